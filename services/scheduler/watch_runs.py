"""active runs -> executions: claims what nobody works on, also after a crash.

The handler of mirror.requested only records a pending run. This watch takes up pending
runs, and running ones whose owner was not seen for a while, and executes them. It also
says what ends others stored and could not say any more.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from libs.common.domain.channel import Channel
from libs.common.domain.errors import TainError, UpstreamUnavailable
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import Run, RunState
from libs.common.ports.clock import Clock
from libs.common.ports.flags import StopFlags
from libs.common.ports.records import Channels, Mirrors, Runs
from services.scheduler.execute_run import Execution

_LOG = structlog.get_logger()
_LOOK_S = 1.0
_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE_AT_SOURCE = timedelta(minutes=5)
"""A source is somebody else's machine, and may be in trouble because of those who ask."""

MakeExecution = Callable[[Run, Mirror, Channel], Execution]
TellEnd = Callable[[Run], Awaitable[None]]


class RunWatch:
    """The executions of this process."""

    def __init__(
        self,
        *,
        owner: str,
        runs: Runs,
        mirrors: Mirrors,
        channels: Channels,
        flags: StopFlags,
        clock: Clock,
        make_execution: MakeExecution,
        tell_end: TellEnd,
        runs_at_once: int,
        lost_after: timedelta,
        rest_limit: timedelta,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._owner = owner
        self._runs = runs
        self._mirrors = mirrors
        self._channels = channels
        self._flags = flags
        self._clock = clock
        self._make = make_execution
        self._tell_end = tell_end
        self._runs_at_once = runs_at_once
        self._lost_after = lost_after
        self._rest_limit = rest_limit
        self._dice = dice
        self._executions: dict[str, Execution] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._pauses: dict[str, tuple[timedelta, datetime | None]] = {}
        self._wake = asyncio.Event()

    def look_now(self) -> None:
        """Do not wait for the next look: there is a new run."""
        self._wake.set()

    def batch_settled(self, run_id: str) -> None:
        """Tell the run's execution, if it is ours, that a batch has its outcome."""
        execution = self._executions.get(run_id)
        if execution is not None:
            execution.batch_settled()

    def rules_changed(self) -> None:
        """Tell our executions to look whether what they fetch is still asked for."""
        for execution in self._executions.values():
            execution.look_at_rules()

    async def watch_flags(self) -> None:
        """Stop our executions as their runs are flagged; runs for ever."""
        async for run_id in self._flags.watch():
            execution = self._executions.get(run_id)
            if execution is not None:
                execution.stop()

    async def watch_runs(self) -> None:
        """Take up runs as they come; runs for ever, and gives its runs back when it is cancelled."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self._look()
                except TainError as exc:
                    # What goes on goes on: each execution finds out for itself whether it can.
                    _LOG.warning("look_failed", code=exc.code, reason=exc.message)
                try:
                    async with asyncio.timeout(_LOOK_S):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _look(self) -> None:
        active = await self._runs.active()
        # A run that someone else ended rests no more.
        self._pauses = {run.id: self._pauses[run.id] for run in active if run.id in self._pauses}
        for run in active:
            if run.id in self._executions:
                await self._look_at_ours(run, self._executions[run.id])
                continue
            if len(self._executions) >= self._runs_at_once and run.state is not RunState.STOPPING:
                continue
            # To stop a resting run nothing is needed of what it waits for.
            if run.state is not RunState.STOPPING and self._rests(run):
                continue
            await self._take_up(run)
        for run in await self._runs.unsaid():
            # Our own executions are about to say theirs.
            if run.id not in self._executions:
                await self._tell_end(run)

    async def _look_at_ours(self, run: Run, execution: Execution) -> None:
        if run.state is RunState.STOPPING:
            execution.stop()
        elif run.rests_since is None:
            execution.goes_on()
        elif execution.got_over_its_rest():
            await self._runs.resume(run.id)
        elif run.rests_until is None and self._has_rested_too_long(run):
            # One that was put off is at work again, and ends here by itself or rests anew.
            execution.give_up(_given_up(run))

    def _rests(self, run: Run) -> bool:
        """Tell whether a run was put off until later, by this process or by another."""
        _, until = self._pauses.get(run.id, (None, run.rests_until))
        return until is not None and self._clock.now() < until

    def _has_rested_too_long(self, run: Run) -> bool:
        return run.rests_since is not None and self._clock.now() - run.rests_since >= self._rest_limit

    async def _take_up(self, run: Run) -> None:
        now = self._clock.now()
        claimed = await self._runs.claim(run.id, owner=self._owner, at=now, unseen_since=now - self._lost_after)
        if claimed is None:
            return
        mirror = await self._mirrors.get(run.mirror_id)
        channel = await self._channels.get(mirror.channel) if mirror is not None else None
        if mirror is None or channel is None:
            what = "mirror" if mirror is None else "channel"
            await self._runs.move(run.id, RunState.STOPPING, at=now)
            await self._end(claimed, RunState.STOPPED, at=now, reason=f"the {what} was deleted")
            return
        _LOG.info("run_taken_up", run_id=run.id, attempt=claimed.attempt, state=claimed.state.value)
        try:
            execution = self._make(claimed, mirror, channel)
        except TainError as exc:
            await self._end(claimed, RunState.FAILED, at=now, reason=exc.message)
            return
        self._executions[run.id] = execution
        self._tasks[run.id] = asyncio.create_task(self._execute(execution))

    async def _end(self, run: Run, state: RunState, *, at: datetime, reason: str) -> None:
        """End a run that can't be executed; cut off before it is said, the next look says it."""
        ended = await self._runs.move(run.id, state, at=at, changes={"reason": reason}, owner=self._owner)
        if ended is not None:
            await self._tell_end(ended)

    async def _execute(self, execution: Execution) -> None:
        work = asyncio.create_task(execution.execute())
        try:
            await asyncio.wait({work})
            error = work.exception()
            if error is None:
                self._pauses.pop(execution.run.id, None)
                return
            reason = (
                error.message if isinstance(error, TainError) else f"an error of Tain's own: {type(error).__name__}"
            )
            unexpected = None if isinstance(error, TainError) else error
            _LOG.warning("run_put_off", run_id=execution.run.id, reason=reason, exc_info=unexpected)
            await self._note_rest(execution, reason, until=self._put_off(execution.run.id, error))
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            self._executions.pop(execution.run.id, None)
            self._tasks.pop(execution.run.id, None)

    def _put_off(self, run_id: str, error: BaseException) -> datetime:
        """Let a run rest that a store or its source failed; return until when.

        It stays ours, and each attempt waits longer than the last, by dice up to half of
        that less: what many wait for must not be asked by all of them at once.
        """
        longest, wished = _LONGEST_PAUSE, timedelta(0)
        if isinstance(error, UpstreamUnavailable):
            longest, wished = _LONGEST_PAUSE_AT_SOURCE, timedelta(seconds=error.retry_after_s or 0)
        pause, _ = self._pauses.get(run_id, (_FIRST_PAUSE / 2, None))
        pause = min(pause * 2, longest)
        until = self._clock.now() + max(pause * (1 + self._dice()) / 2, min(wished, longest))
        self._pauses[run_id] = (pause, until)
        return until

    async def _note_rest(self, execution: Execution, reason: str, *, until: datetime) -> None:
        """Show why the run rests; it was just tried again, so one that has rested too long ends here."""
        try:
            run = await self._runs.rest(execution.run.id, at=self._clock.now(), reason=reason, until=until)
            if run is not None and run.state is not RunState.STOPPING and self._has_rested_too_long(run):
                await execution.fail(_given_up(run))
        except TainError as exc:
            _LOG.warning("rest_not_noted", run_id=execution.run.id, code=exc.code, reason=exc.message)


def _given_up(run: Run) -> str:
    return f"{run.last_exception}; given up, for it went on for too long; the next run tries again"
