"""Doing one piece of work beside the next: two cores, and never more than two pieces in memory."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class OneBehind:
    """Runs what it is given beside the caller, one at a time and in order.

    Leaving the context waits for the last one; leaving it by an error cancels it.
    """

    def __init__(self) -> None:
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work` once what was given before is done; a failure of that one is raised here."""
        try:
            await self._wait()
        except BaseException:
            work.close()
            raise
        self._running = asyncio.create_task(work)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            return
        await self._wait()

    async def _wait(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running
