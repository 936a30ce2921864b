"""A scheduler that is killed while it decides anew: those that come after it finish the work, and say it once."""

import asyncio
import base64
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import nats
import pytest

from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.connect import connect_nats
from libs.common.contracts.messages import MirrorRequested
from libs.common.contracts.policy_messages import CatalogueDecided
from libs.common.contracts.subjects import EVENTS
from libs.common.domain.mirror import Filters
from libs.common.runtime.clock import RandomIds, SystemClock
from tests.benchmarks.channel_folder import write_channel
from tests.support.dying_rule_watch import Point
from tests.support.packages import a_package
from tests.support.processes import running_services
from tests.support.real_data import ROOT
from tests.support.records import a_channel, a_mirror, a_policy, a_rule
from tests.support.servers import running_nats

_LOOK_S = 0.03
"""Between two looks into the database, which the services need, too."""

FREE, COPYLEFT = a_package("alpha"), a_package("beta", license_name="GPL-3.0-only")


@pytest.mark.parametrize("point", list(Point))
async def test_what_a_killed_scheduler_was_about_to_decide_is_published(
    records: MongoRecords, mongo_database_url: str, tmp_path: Path, point: Point
) -> None:
    """The source is gone by then: nobody asks it. What was decided is said once."""
    source, key = tmp_path / "source", tmp_path / "key"
    write_channel([FREE, COPYLEFT], source)
    key.write_bytes(base64.b64encode(bytes(32)))
    await records.channels.add(a_channel())
    filters = Filters(subdirs=("noarch",))
    await records.mirrors.add(a_mirror(source_root=source.as_uri(), filters=filters, cron="0 0 1 1 *"))
    with running_nats(tmp_path / "nats") as nats_url:
        settings = {
            "TAIN_NATS_URL": nats_url,
            "TAIN_MONGO_URL": mongo_database_url,
            "TAIN_BLOBS_URL": (tmp_path / "blobs").as_uri(),
            "TAIN_SECRET_KEY_FILE": str(key),
            "TAIN_FILE_SOURCES": str(source),
        }
        with _services(tmp_path / "before", settings):
            client = await connect_nats(nats_url, name="test")
            bus = NatsBus(client, source="test", clock=SystemClock(), ids=RandomIds())
            await bus.say(MirrorRequested(channel="main", mirror="forge"))
            await _until_published(records, artifacts=2)
            await client.close()
        shutil.rmtree(source)
        await records.policies.add(a_policy("production", a_rule("no-gpl")))
        await records.channels.set_policy("id-of-main", "id-of-production", was=None, at=datetime.now(UTC))

        code = _decide_and_die(nats_url, mongo_database_url, settings["TAIN_BLOBS_URL"], point)
        with _services(tmp_path / "after", settings):
            await _until_published(records, artifacts=1)
            await _until_said(records)
        client = await nats.connect(nats_url)
        stream = await client.jetstream().stream_info(EVENTS.name, subjects_filter=CatalogueDecided.subject)
        await client.close()

    assert code == -signal.SIGKILL
    assert (stream.state.subjects or {}) == {CatalogueDecided.subject: 1}
    assert [run.number for run in await records.runs.list("id-of-forge")] == [1]


@contextmanager
def _services(logs: Path, settings: Mapping[str, str]) -> Iterator[None]:
    with (
        running_services("scheduler", logs, settings=settings),
        running_services("indexer", logs, settings=settings),
    ):
        yield


def _decide_and_die(nats_url: str, mongo_url: str, blobs_url: str, point: Point) -> int:
    command = [sys.executable, "-m", "tests.support.dying_rule_watch", nats_url, mongo_url, blobs_url, point.value]
    return subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode


async def _until_published(records: MongoRecords, *, artifacts: int) -> None:
    """Return once the channel shows so many files."""
    deadline = datetime.now(UTC).timestamp() + 60
    while datetime.now(UTC).timestamp() < deadline:
        (channel,) = await records.channels.list()
        if channel.published is not None and channel.published.artifact_count == artifacts:
            return
        await asyncio.sleep(_LOOK_S)
    raise AssertionError(f"the channel does not show {artifacts} files: {channel.published}")


async def _until_said(records: MongoRecords) -> None:
    """Return once nothing is left to be said."""
    deadline = datetime.now(UTC).timestamp() + 60
    while datetime.now(UTC).timestamp() < deadline:
        head = await records.catalogue_heads.get("id-of-forge")
        if head is not None and head.unsaid is None:
            return
        await asyncio.sleep(_LOOK_S)
    raise AssertionError("something is still to be said")
