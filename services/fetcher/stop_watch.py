"""stop flags -> transfers dropped at once."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.ports.flags import StopFlags


class Work:
    """The work of one task on one run; `is_stopped` tells whether it was dropped."""

    def __init__(self, task: "asyncio.Task[object]", *, is_stopped: bool) -> None:
        self.is_stopped = is_stopped
        self._is_cancelled = False
        self._task = task
        self._cancelling_before = task.cancelling()

    def stop(self) -> None:
        """Cancel the task, once."""
        if not self.is_stopped:
            self.is_stopped = self._is_cancelled = True
            self._task.cancel()

    @property
    def is_only_ours(self) -> bool:
        """Tell whether nobody else wants the task to end too."""
        return self._is_cancelled and self._task.cancelling() <= self._cancelling_before + 1

    def forget(self) -> None:
        """Take the cancellation back, so that the task can go on after it."""
        if self._is_cancelled:
            self._task.uncancel()


class StopWatch:
    """Knows the flagged runs, and drops their work."""

    def __init__(self, flags: StopFlags) -> None:
        self._flags = flags
        self._flagged: set[str] = set()
        self._works: defaultdict[str, set[Work]] = defaultdict(set)

    async def watch(self) -> None:
        """Follow the flags; runs for ever.

        Raises:
            StoreUnavailable: when they can't be followed; call again.
        """
        async for run_id in self._flags.watch():
            self._flagged.add(run_id)
            for work in self._works.get(run_id, ()):
                work.stop()

    @asynccontextmanager
    async def dropping(self, run_id: str) -> AsyncIterator[Work]:
        """Run the block until its end, or until the run is flagged: then it is cancelled, and left in silence.

        Where the flag was there before, the work `is_stopped` from the start.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("work is done in a task")
        work = Work(task, is_stopped=run_id in self._flagged)
        self._works[run_id].add(work)
        try:
            yield work
        except asyncio.CancelledError:
            if not work.is_only_ours:
                raise
        finally:
            work.forget()
            self._works[run_id].discard(work)
            if not self._works[run_id]:
                del self._works[run_id]
