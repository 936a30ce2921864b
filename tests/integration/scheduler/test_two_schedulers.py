"""Two scheduler processes on the same plans: each fire is one run, also where one of them is killed."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats
import pytest

from libs.common.adapters.mongo.records import MongoRecords
from libs.common.contracts.messages import MirrorRequested
from libs.common.contracts.subjects import EVENTS
from libs.common.domain.run import END_STATES, RunState, Trigger
from tests.benchmarks.channel_folder import write_channel
from tests.support.packages import a_package
from tests.support.processes import running_services
from tests.support.records import a_channel, a_mirror
from tests.support.servers import running_nats

MIRRORS = 30
YEARLY = "0 0 1 1 *"


@pytest.mark.parametrize("is_one_killed", [False, True], ids=["both live", "one is killed"])
async def test_what_two_schedulers_see_come_due_runs_once(
    records: MongoRecords, mongo_database_url: str, tmp_path: Path, *, is_one_killed: bool
) -> None:
    """They start on the same plans at the same moment."""
    source, key = tmp_path / "source", tmp_path / "key"
    write_channel([a_package()], source)
    key.write_bytes(base64.b64encode(bytes(32)))
    ids = await _plan(records, source)
    with running_nats(tmp_path / "nats") as nats_url:
        settings = {
            "TAIN_NATS_URL": nats_url,
            "TAIN_MONGO_URL": mongo_database_url,
            "TAIN_BLOBS_URL": (tmp_path / "blobs").as_uri(),
            "TAIN_SECRET_KEY_FILE": str(key),
            "TAIN_FILE_SOURCES": str(source),
            "TAIN_RUN_LOST_AFTER_S": "2",
        }
        each = ({"TAIN_OWNER": "one"}, {"TAIN_OWNER": "other"})
        with running_services("scheduler", tmp_path / "logs", settings=settings, each=each) as (one, _):
            if is_one_killed:
                one.kill()
            await _until_ended(records, ids)
        # Both are gone, and nobody says anything any more.
        client = await nats.connect(nats_url)
        stream = await client.jetstream().stream_info(EVENTS.name, subjects_filter=MirrorRequested.subject)
        await client.close()

    runs = {mirror_id: await records.runs.list(mirror_id) for mirror_id in ids}
    assert [len(of_mirror) for of_mirror in runs.values()] == [1] * MIRRORS
    assert {(run.state, run.trigger) for (run,) in runs.values()} == {(RunState.COMPLETED, Trigger.CRON)}
    assert (stream.state.subjects or {}) == {MirrorRequested.subject: MIRRORS}
    assert min((await records.schedule.next_of(ids)).values()) > datetime.now(UTC)


async def _plan(records: MongoRecords, source: Path) -> list[str]:
    """Make the mirrors, all due."""
    await records.channels.add(a_channel())
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    mirrors = [a_mirror(f"m{number}", source_root=source.as_uri(), cron=YEARLY) for number in range(MIRRORS)]
    for mirror in mirrors:
        await records.mirrors.add(mirror)
        await records.schedule.plan(mirror.id, cron=YEARLY, at=hour_ago)
    return [mirror.id for mirror in mirrors]


async def _until_ended(records: MongoRecords, ids: list[str]) -> None:
    """Return once every mirror has a run that has ended and was said."""
    deadline = datetime.now(UTC) + timedelta(seconds=90)
    while datetime.now(UTC) < deadline:
        latest = await records.runs.latest(ids)
        if len(latest) == len(ids) and all(run.state in END_STATES and not run.is_unsaid for run in latest.values()):
            return
    raise AssertionError(f"not all runs ended: {[run.state for run in latest.values()]}")
