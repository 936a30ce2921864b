"""A scheduler that is killed while it reads pages: the one that comes after it takes the run up."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.connect import connect_nats
from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.mirror import MirrorMode, MirrorType
from libs.common.domain.run import END_STATES, Run, RunState
from libs.common.runtime.clock import RandomIds, SystemClock
from tests.support.faults import Held
from tests.support.processes import running_services
from tests.support.python_index import Habits
from tests.support.python_packages import a_wheel
from tests.support.python_source import PythonSource
from tests.support.records import a_channel, a_mirror
from tests.support.servers import running_nats

YEARLY = "0 0 1 1 *"
OLD = [a_wheel(f"old-{number}") for number in range(30)]
NEW = [a_wheel(f"new-{number}") for number in range(30)]


@pytest.fixture
def source() -> Iterator[PythonSource]:
    """Serve an index."""
    source = PythonSource(OLD, habits=Habits(has_serials=True))
    yield source
    source.close()


async def test_a_run_goes_on_where_its_scheduler_was_killed(
    records: MongoRecords, source: PythonSource, mongo_database_url: str, tmp_path: Path
) -> None:
    """Nobody asks again for what the last run that ended knows."""
    key = tmp_path / "key"
    key.write_bytes(base64.b64encode(bytes(32)))
    await records.channels.add(a_channel())
    mirror = a_mirror(type=MirrorType.PYTHON_SIMPLE, mode=MirrorMode.PASSIVE, source_root=source.root, cron=YEARLY)
    await records.mirrors.add(mirror)
    with running_nats(tmp_path / "nats") as nats_url:
        settings = {
            "TAIN_NATS_URL": nats_url,
            "TAIN_MONGO_URL": mongo_database_url,
            "TAIN_BLOBS_URL": (tmp_path / "blobs").as_uri(),
            "TAIN_SECRET_KEY_FILE": str(key),
            "TAIN_RUN_LOST_AFTER_S": "2",
        }
        with running_services("scheduler", tmp_path / "first", settings=settings) as (first,):
            await _request(nats_url)
            await _ended(records, mirror.id, number=1)
            source.publish([*OLD, *NEW])
            source.forget()
            source.break_files({"simple/new-7/": Held()})
            await _request(nats_url)
            source.wait_for_request("simple/new-7/")
            first.kill()
            first.wait()
        source.mend()
        with running_services("scheduler", tmp_path / "second", settings=settings):
            run = await _ended(records, mirror.id, number=2)

    assert (run.state, run.counts.passive, run.counts.failed) == (RunState.COMPLETED, 60, 0)
    assert run.attempt > 1
    assert not [path for path in source.counts() if path.startswith("simple/old-")]


async def _request(nats_url: str) -> None:
    """Ask for a run."""
    client = await connect_nats(nats_url, name="test")
    bus = NatsBus(client, source="test", clock=SystemClock(), ids=RandomIds())
    await bus.say(MirrorRequested(channel="main", mirror="forge"))
    await client.close()


async def _ended(records: MongoRecords, mirror_id: str, *, number: int) -> Run:
    """Return the mirror's run of this number once it has ended."""
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    run: Run | None = None
    while datetime.now(UTC) < deadline:
        run = (await records.runs.latest([mirror_id])).get(mirror_id)
        if run is not None and run.number == number and run.state in END_STATES and not run.is_unsaid:
            return run
    raise AssertionError(f"run {number} did not end; the latest is {run}")
