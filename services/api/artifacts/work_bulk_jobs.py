"""Bulk jobs -> files copied, moved and removed, by any api that has time.

A job belongs to whoever claimed it for as long as that is seen; after a kill another one goes on
where it was. Each file is done idempotently, so that doing the last one again changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from libs.common.domain.access.identity import Caller
from libs.common.domain.bulk_job import KEPT_FAILURES, BulkAction, BulkFailure, BulkItem, BulkJob, BulkState
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import StoreUnavailable, TainError
from libs.common.domain.upload import Came
from services.api.artifacts.copy_files import Source, ckey_of, copy_file, find_sources
from services.api.artifacts.remove_files import remove_file, remove_package
from services.api.ports import Ports

_LOST_AFTER = timedelta(seconds=10)
_SEEN_EVERY_S = 2.5
_LOOK_EVERY_S = 3.0
_CAME = {BulkAction.COPY: Came.COPIED, BulkAction.MOVE: Came.MOVED}
_LOG = structlog.get_logger()


class LostJob(Exception):
    """Another api has taken the job over."""


async def keep_working(ports: Ports, *, owner: str, look_every_s: float = _LOOK_EVERY_S) -> None:
    """Work at jobs as they come, one after the other; runs for ever."""
    while True:
        ports.bulk_asked.clear()
        try:
            while await work_once(ports, owner=owner):
                pass
        except StoreUnavailable as exc:
            _LOG.warning("bulk_job_waits", code=exc.code, reason=exc.message)
        with suppress(TimeoutError):
            await asyncio.wait_for(ports.bulk_asked.wait(), look_every_s)


async def work_once(ports: Ports, *, owner: str) -> bool:
    """Take up one job and work at it to its end; False where there is none to take up.

    Raises:
        StoreUnavailable: when a store does not answer; the job is taken up again.
    """
    now = ports.clock.now()
    job = await ports.bulk_jobs.claim(owner=owner, at=now, unseen_since=now - _LOST_AFTER)
    if job is None:
        return False
    with suppress(LostJob):
        await _Work(job, owner=owner, ports=ports).run()
    return True


class _Work:
    """One job in the hands of one worker."""

    def __init__(self, job: BulkJob, *, owner: str, ports: Ports) -> None:
        self._job = job
        self._owner = owner
        self._ports = ports
        self._by = Caller(name=job.by or "unknown", address=job.by_address)
        self._done = job.done
        self._failed = job.failed
        self._failures = list(job.failures)

    async def run(self) -> None:
        """Go through what is left.

        Raises:
            LostJob: when another one has the job by now.
            StoreUnavailable: when a store does not answer.
        """
        job = self._job
        channel = await self._channel(job.channel, job.channel_id)
        target = await self._channel(job.target, job.target_id) if job.target is not None else None
        if channel is None or (job.target is not None and target is None):
            gone = job.channel if channel is None else job.target
            await self._finish(BulkState.FAILED, reason=f"channel {gone} was deleted")
            return
        async with self._being_seen():
            for item in (await self._ports.bulk_jobs.items(job.id))[job.done :]:
                failures = await self._change(item, channel, target)
                self._done += 1
                self._failed += len(failures)
                self._failures += failures[: max(0, KEPT_FAILURES - len(self._failures))]
                await self._report()
        await self._finish(BulkState.DONE)

    async def _change(self, item: BulkItem, channel: Channel, target: Channel | None) -> list[BulkFailure]:
        """Do one item; what can't be done is returned, what may be done later is raised."""
        try:
            sources = await find_sources(channel, item, shown_only=self._job.shown_only, ports=self._ports)
            if target is None:
                await self._remove(item, channel, sources=[ckey_of(it) for it in sources])
                return []
            return await self._copy(item, channel, target, sources)
        except StoreUnavailable:
            raise
        except TainError as exc:
            return [BulkFailure(ckey=item.ckey or item.name, reason=exc.message)]

    async def _copy(
        self, item: BulkItem, channel: Channel, target: Channel, sources: Sequence[Source]
    ) -> list[BulkFailure]:
        failures: list[BulkFailure] = []
        copied: list[str] = []
        for source in sources:
            try:
                await copy_file(
                    source, item, channel, target, came=_CAME[self._job.action], by=self._by, ports=self._ports
                )
            except StoreUnavailable:
                raise
            except TainError as exc:
                failures.append(BulkFailure(ckey=ckey_of(source), reason=exc.message))
            else:
                copied.append(ckey_of(source))
        if self._job.action is BulkAction.MOVE:
            await self._leave(item, channel, copied, is_whole=item.ckey is None and not failures)
        return failures

    async def _leave(self, item: BulkItem, channel: Channel, copied: list[str], *, is_whole: bool) -> None:
        if is_whole:
            await self._remove(item, channel, sources=copied)
            return
        for ckey in copied:
            await remove_file(channel, item.type, item.name, ckey, by=self._by, ports=self._ports)

    async def _remove(self, item: BulkItem, channel: Channel, *, sources: list[str]) -> None:
        if item.ckey is not None:
            await remove_file(channel, item.type, item.name, item.ckey, by=self._by, ports=self._ports)
        else:
            await remove_package(channel, item.type, item.name, shown=sources, by=self._by, ports=self._ports)

    async def _channel(self, key: ChannelKey | None, channel_id: str | None) -> Channel | None:
        channel = await self._ports.channels.get(key) if key is not None else None
        return channel if channel is not None and channel.id == channel_id else None

    @asynccontextmanager
    async def _being_seen(self) -> AsyncIterator[None]:
        """Say again and again that we live, for one file may take long; ends with whatever ends the work."""
        worker = asyncio.current_task()

        async def tell() -> None:
            while True:
                await asyncio.sleep(_SEEN_EVERY_S)
                try:
                    await self._report()
                except LostJob:
                    if worker is not None:
                        worker.cancel()
                    return
                except StoreUnavailable:
                    continue

        teller = asyncio.create_task(tell())
        try:
            yield
        except asyncio.CancelledError:
            if teller.done():
                raise LostJob from None
            raise
        finally:
            teller.cancel()

    async def _report(self) -> None:
        is_ours = await self._ports.bulk_jobs.report(
            self._job.id,
            owner=self._owner,
            at=self._ports.clock.now(),
            done=self._done,
            failed=self._failed,
            failures=self._failures,
        )
        if not is_ours:
            raise LostJob

    async def _finish(self, state: BulkState, *, reason: str | None = None) -> None:
        ended = await self._ports.bulk_jobs.finish(
            self._job.id, owner=self._owner, at=self._ports.clock.now(), state=state, reason=reason
        )
        if ended is not None:
            _LOG.info("bulk_job_ended", job_id=ended.id, state=ended.state, done=ended.done, failed=ended.failed)
