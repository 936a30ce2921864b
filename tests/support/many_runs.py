"""Many runs of scheduler and indexer in a process of their own, and how much memory their objects hold.

`python -m tests.support.many_runs MONGO_URL FOLDER` writes the blocks that Python holds
after a warm-up, and after all runs: other tests leave things behind that grow as well.
"""

import asyncio
import gc
import sys
from datetime import timedelta
from pathlib import Path

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.run import RunState
from services.scheduler.execute_run import Execution
from services.scheduler.run_ports import Task
from services.scheduler.start_run import start_run
from services.scheduler.watch_runs import RunWatch
from tests.support.packages import a_package
from tests.support.records import a_channel, an_event
from tests.support.world import World

_WARM_UP = 30
RUNS = 100
_VERSIONS = 7
_OWNER = "scheduler-1"


class Installation:
    """Scheduler and indexer in this process, on a real MongoDB and real files; a source that changes each run."""

    def __init__(self, records: MongoRecords, folder: Path) -> None:
        self.world = World(mode=MirrorMode.ACTIVE)
        # The same ports on other adapters.
        self.world.records = records  # type: ignore[assignment]
        self.world.blobs = blobs = FileBlobStore(folder)  # type: ignore[assignment]
        for number in range(256):
            # It remembers the folders that are there; these are all that there can be.
            blobs._prepare_folder(folder / "sha256" / f"{number:02x}")
        self.records = records
        self.watch = RunWatch(
            owner=_OWNER,
            runs=records.runs,
            mirrors=records.mirrors,
            channels=records.channels,
            flags=self.world.flags,
            clock=self.world.clock,
            make_execution=lambda run, mirror, channel: Execution(
                Task(run=run, mirror=mirror, channel=channel, owner=_OWNER), ports=self.world.ports()
            ),
            tell_end=self.world.tell_end,
            runs_at_once=4,
            lost_after=timedelta(minutes=1),
            rest_limit=timedelta(days=1),
        )

    async def run(self, number: int) -> None:
        """Run once, with one new file in the source, and publish."""
        # The same few versions again and again: what is remembered of a version is bounded, and known by then.
        version = f"1.{number % _VERSIONS}"
        self.world.offer([a_package("same"), a_package("changing", version=version, padding_bytes=number)])
        run = await start_run(
            MirrorRequested(channel="main", mirror=self.world.mirror.name),
            event=an_event(f"event-{number}"),
            at=self.world.clock.now(),
            channels=self.records.channels,
            mirrors=self.records.mirrors,
            runs=self.records.runs,
            bus=self.world.bus,
        )
        await self.watch._look()
        await asyncio.gather(*self.watch._tasks.values())
        ended = await self.records.runs.get(run.id)
        assert ended is not None
        assert ended.state is RunState.COMPLETED, ended.reason
        assert await self.world.publish() == number
        self._forget_what_tests_remember()

    def _forget_what_tests_remember(self) -> None:
        self.world.asked()
        self.world.upstream.proxies.clear()
        self.world.upstream.errors.clear()
        self.world.upstream.breaks.clear()
        self.world.bus.said.clear()
        self.world.bus._event_ids.clear()
        self.world.queue.discarded.clear()


async def many_runs(mongo_url: str, folder: Path) -> tuple[int, int]:
    """Return the blocks that objects hold after the warm-up, and after `RUNS` more runs."""
    records = MongoRecords(connect(mongo_url))
    await records.prepare()
    installation = Installation(records, folder)
    await records.channels.add(a_channel())
    await records.mirrors.add(installation.world.mirror)
    for number in range(1, _WARM_UP + 1):
        await installation.run(number)
    before = _blocks()
    for number in range(_WARM_UP + 1, _WARM_UP + RUNS + 1):
        await installation.run(number)
    after = _blocks()
    await records.close()
    return before, after


def _blocks() -> int:
    """Count the blocks of memory that Python objects hold now."""
    gc.collect()
    return sys.getallocatedblocks()


if __name__ == "__main__":
    before_runs, after_runs = asyncio.run(many_runs(sys.argv[1], Path(sys.argv[2])))
    sys.stdout.write(f"{before_runs} {after_runs}\n")
