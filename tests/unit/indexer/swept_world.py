"""A world that is swept while it works, as if a week went by between any two steps."""

import asyncio
import random
from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from libs.common.contracts.messages import ArtifactFetch, ArtifactFetched, Origin
from libs.common.domain.garbage import GarbageReport
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.verification import Fault
from services.fetcher.store_file import FileStore, Retries
from services.indexer.check_channel import ChannelCheck
from services.indexer.garbage_ports import Keeping
from services.indexer.sweep_garbage import Sweep
from services.scheduler.execute_run import Execution
from services.scheduler.settle_batch import settle_batch
from tests.support.jitter import jittery
from tests.support.packages import Package
from tests.support.records import a_run
from tests.support.world import World

_LATER = timedelta(days=8)


class LateClock:
    """A clock that stands still, so late that every revision that was replaced is too old to be read."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return a time a week later."""
        return self._at + _LATER


class SweptWorld(World):
    """Its fetcher is the real one; its ports pause by dice, so that sweeps meet its work anywhere."""

    def __init__(self, packages: Iterable[Package] = (), *, dice: random.Random | None = None) -> None:
        super().__init__(packages, mode=MirrorMode.ACTIVE)
        if dice is not None:
            for name, port in vars(self.records).items():
                setattr(self.records, name, jittery(port, dice))
            self.blobs = jittery(self.blobs, dice)
        self._files = FileStore(
            upstream=self.upstream, blobs=self.blobs, slots=asyncio.Semaphore(4), retries=Retries(attempts=1)
        )

    async def begin(self) -> Execution:
        """Make a run that is asked for now."""
        self._runs += 1
        self._runs, number = self._runs - 1, self._runs
        run = a_run(f"run-{number}", mirror_id=self.mirror.id, requested_at=datetime.now(UTC))
        await self.records.runs.add(run)
        return await super().begin()

    async def fetch(self, message: ArtifactFetch) -> None:
        """Store a batch's files as a fetcher does."""
        origin = msgspec.json.decode(self.seal.unseal(message.origin), type=Origin)
        stored = [
            await self._files.store(file, origin=origin, words={}, count=lambda _: None) for file in message.files
        ]
        fetched = ArtifactFetched(
            run_id=message.run_id,
            mirror_id=message.mirror_id,
            attempt=message.attempt,
            batch=message.batch,
            stored=tuple(stored),
        )
        await settle_batch(fetched, batches=self.records.batches)

    async def sweep(
        self, *, old_since: datetime | None = None, is_dry_run: bool = False, decisions: int = 1
    ) -> GarbageReport:
        """Sweep everything that was stored before now, or before another time."""
        clock = LateClock(old_since or datetime.now(UTC))
        ports = msgspec.structs.replace(self.garbage_ports(), clock=clock)
        keeping = Keeping(grace=_LATER, revisions=1, decisions=decisions)
        return await Sweep("sweep", keeping=keeping, is_dry_run=is_dry_run, ports=ports).sweep()

    async def swept_meanwhile(self, work: Awaitable[object], *, old_since: datetime | None = None) -> None:
        """Do some work, and sweep over and over until it is done."""
        task = asyncio.ensure_future(work)
        while not task.done():
            report = await self.sweep(old_since=old_since)
            assert report.refused is None
            await asyncio.sleep(0)
        await task

    async def faults(self) -> list[Fault]:
        """Return what the channel lacks."""
        channel = await self.records.channels.get(self.mirror.channel)
        assert channel is not None
        check = ChannelCheck(channel, is_deep=True, ports=self.garbage_ports())
        return list(await check.check())
