"""a claimed run -> one of its end states, mirror.finished.

Every step may be cut off at any line: a new attempt starts from the first step and finds
what is stored already.
"""

import asyncio

import structlog

from libs.common.domain.errors import StoreUnavailable, TainError, Transient, UpstreamUnreachable
from libs.common.domain.run import Run, RunState
from services.scheduler.fill_catalogue import CatalogueFiller
from services.scheduler.progress import Progress
from services.scheduler.run_ports import Ports, Task
from services.scheduler.tell_run import RunTeller

_LOG = structlog.get_logger()


class Execution:
    """One attempt of one run, by its owner."""

    def __init__(self, task: Task, *, ports: Ports) -> None:
        progress = Progress()
        self._run = task.run
        self._ports = ports
        self._filler = CatalogueFiller(task, ports=ports, progress=progress)
        self._teller = RunTeller(task, ports=ports, progress=progress)
        self._progress = progress
        self._is_stopped = asyncio.Event()
        self._is_given_up = asyncio.Event()
        self._why_given_up = ""
        self._bytes_at_rest: int | None = None

    @property
    def run(self) -> Run:
        """The run as it was claimed."""
        return self._run

    def stop(self) -> None:
        """End this run as stopped, as soon as can be."""
        self._is_stopped.set()

    def give_up(self, reason: str) -> None:
        """End this run as failed: it rested for too long."""
        self._why_given_up = reason
        self._is_given_up.set()

    def got_over_its_rest(self) -> bool:
        """Tell whether files came in since the first time that this was asked."""
        fetched_bytes = self._progress.counts.bytes_transferred
        if self._bytes_at_rest is None:
            self._bytes_at_rest = fetched_bytes
        return fetched_bytes > self._bytes_at_rest

    def goes_on(self) -> None:
        """Forget the rest; the next one is another."""
        self._bytes_at_rest = None

    def batch_settled(self) -> None:
        """Look at the batches again: one more has its outcome."""
        self._filler.batch_settled()

    def look_at_rules(self) -> None:
        """Look whether what the run fetches is still asked for."""
        self._filler.look_at_rules()

    async def execute(self) -> None:
        """Take the run to one of its end states.

        Raises:
            Transient: when a store or the source is away; the watch lets the run rest, and takes it up again.
        """
        await self._filler.count_received()
        if self._run.state is RunState.STOPPING:
            await self._finish(RunState.STOPPED, reason=self._run.reason)
            return
        if self._run.state is RunState.PENDING:
            # Said first: cut off before the move, the run is still pending and says it again.
            await self._teller.say_started()
        await self._ports.runs.move(self._run.id, RunState.RUNNING, at=self._ports.clock.now())
        work = asyncio.create_task(self._filler.fill())
        stopping = asyncio.create_task(self._is_stopped.wait())
        giving_up = asyncio.create_task(self._is_given_up.wait())
        telling = asyncio.create_task(self._teller.keep_telling())
        try:
            await asyncio.wait({work, stopping, giving_up, telling}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await self._end(work)
            elif stopping.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                await self._filler.keep_what_is_stored()
                stored = await self._ports.runs.get(self._run.id)
                await self._finish(RunState.STOPPED, reason=stored.reason if stored is not None else None)
            elif giving_up.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                await self.fail(self._why_given_up)
            else:
                _LOG.warning("run_lost", run_id=self._run.id)
                telling.result()
        finally:
            for task in (work, stopping, giving_up, telling):
                task.cancel()
            await asyncio.gather(work, stopping, giving_up, telling, return_exceptions=True)

    async def fail(self, reason: str) -> None:
        """End the run as failed, outside of `execute` too.

        Raises:
            StoreUnavailable: when not even that can be done now.
        """
        await self._finish(RunState.FAILED, reason=reason)

    async def _end(self, work: "asyncio.Task[None]") -> None:
        error = work.exception()
        if error is None:
            await self._finish(RunState.COMPLETED, reason=None)
        elif isinstance(error, UpstreamUnreachable) and await self._ports.heads.get(self._run.mirror_id) is None:
            # Of a source that never worked its URL is to be doubted first; nobody should wait an hour for that.
            await self._finish(RunState.FAILED, reason=f"{error.message}; check the mirror's source_root")
        elif isinstance(error, Transient):
            raise error
        elif isinstance(error, TainError):
            await self._finish(RunState.FAILED, reason=error.message)
        else:
            _LOG.error("run_broke", run_id=self._run.id, exc_info=error)
            await self._finish(RunState.FAILED, reason=f"an error of Tain's own: {type(error).__name__}")

    async def _finish(self, state: RunState, *, reason: str | None) -> None:
        """Let the run end, then say so: cut off between the two, the watch says it."""
        await self._teller.report()
        ended = await self._teller.move(state, reason=reason, saved=self._filler.saved)
        if ended is None:
            stored = await self._ports.runs.get(self._run.id)
            if stored is None or stored.state is not RunState.STOPPING:
                return
            # A stop came in at the last moment: what is done stays done, and the run is stopped.
            ended = await self._teller.move(RunState.STOPPED, reason=stored.reason, saved=self._filler.saved)
            if ended is None:
                return
        _LOG.info("run_ended", run_id=self._run.id, state=ended.state.value, reason=ended.reason)
        try:
            await self._teller.tell_end(ended)
        except StoreUnavailable as exc:
            _LOG.warning("end_not_told", run_id=self._run.id, reason=exc.message)
