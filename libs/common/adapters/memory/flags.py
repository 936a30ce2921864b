"""Stop flags and leases in one process; held to the contract of the real ones."""

import asyncio
from collections.abc import AsyncIterator


class MemoryStopFlags:
    """Implements `ports.flags.StopFlags`."""

    def __init__(self) -> None:
        self._flagged: dict[str, str] = {}
        self._watchers: list[asyncio.Queue[str]] = []

    async def raise_flag(self, run_id: str, *, reason: str) -> None:
        """Tell every watcher to drop this run."""
        self._flagged[run_id] = reason
        for queue in self._watchers:
            queue.put_nowait(run_id)

    async def lower_flag(self, run_id: str) -> None:
        """Forget the flag."""
        self._flagged.pop(run_id, None)

    async def watch(self) -> AsyncIterator[str]:
        """Yield what is flagged now, then what is flagged later."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        for run_id in self._flagged:
            queue.put_nowait(run_id)
        self._watchers.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._watchers.remove(queue)


class MemoryLeases:
    """Implements `ports.flags.Leases`; a lease lapses when a test says so."""

    def __init__(self) -> None:
        self._holders: dict[str, str] = {}

    async def take(self, key: str, holder: str) -> bool:
        """Take or renew the lease."""
        return self._holders.setdefault(key, holder) == holder

    async def release(self, key: str, holder: str) -> None:
        """Give the lease back."""
        if self._holders.get(key) == holder:
            del self._holders[key]


class MemoryWorkQueue:
    """Implements `ports.bus.WorkQueue`; remembers which runs were discarded, and may have lost their work."""

    def __init__(self) -> None:
        self.discarded: list[str] = []
        self.is_lost = False

    async def discard(self, run_id: str) -> None:
        """Remember that a run's work was dropped."""
        self.discarded.append(run_id)

    async def has_work(self, run_id: str) -> bool:  # noqa: ARG002 - it holds none itself
        """Tell that there is work, until `is_lost`."""
        return not self.is_lost
