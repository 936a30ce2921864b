"""How much a fetcher has in hand: batches are taken as long as files do not wait for their turn."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from libs.common.contracts.messages import ArtifactFetch

_AHEAD = 4
"""One file waits for every four that come in, so that none of these waits for the bus."""


class FileRoom:
    """Counts files that are not done; there is room while they are hardly more than come in at once."""

    def __init__(self, *, files_at_once: int) -> None:
        self._most = files_at_once + files_at_once // _AHEAD
        self._left: dict[int, int] = {}
        self._has_room = asyncio.Event()
        self._has_room.set()

    @contextmanager
    def hold(self, batch: ArtifactFetch, /) -> Iterator[None]:
        """Count the batch's files as being in hand while the block runs."""
        self._left[id(batch)] = len(batch.files)
        self._look()
        try:
            yield
        finally:
            del self._left[id(batch)]
            self._look()

    def done(self, batch: ArtifactFetch) -> None:
        """Count one file of the batch less; a no-op for a batch that is not in hand."""
        if self._left.get(id(batch)):
            self._left[id(batch)] -= 1
            self._look()

    async def wait(self) -> None:
        """Return once another batch may be taken."""
        await self._has_room.wait()

    def _look(self) -> None:
        if sum(self._left.values()) < self._most:
            self._has_room.set()
        else:
            self._has_room.clear()
