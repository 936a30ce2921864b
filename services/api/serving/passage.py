"""One file on its way from a source to the store, and to everyone who reads it meanwhile.

    writer   begin → advance, advance, … → seal → finish      (or fail, at any point)
    readers  see what was written but for the last bytes, until `finish`; then the blob

The last bytes are held back until the digest is right, so that no client ever gets the
whole of a wrong file. A file that is not longer than what is held back is only shown when
it is verified.
"""

import asyncio
from collections.abc import AsyncIterator

from libs.common.domain.digest import Blob
from libs.common.domain.errors import TainError
from libs.common.ports.blobs import BlobStore, Spool
from services.api.serving.pieces import closing

_PIECE_BYTES = 256 * 1024


class Passage:
    """Hands out a growing file; belongs to one event loop."""

    def __init__(self, *, blobs: BlobStore, url: str, hold_back_bytes: int) -> None:
        self.url = url
        self.blob: Blob | None = None
        self._blobs = blobs
        self._hold_back_bytes = max(1, hold_back_bytes)
        self._spool: Spool | None = None
        self._visible = 0
        self._error: TainError | None = None
        self._changed = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Tell whether the file is stored, or given up."""
        return self.blob is not None or self._error is not None

    def begin(self, spool: Spool) -> None:
        """Show what will be written to the spool."""
        self._spool = spool

    def advance(self) -> None:
        """Look at how much was written, and wake those who wait for it."""
        if self._spool is not None:
            self._visible = max(0, self._spool.size_bytes - self._hold_back_bytes)
        self._wake()

    def seal(self) -> None:
        """Read no more from the spool, for it is about to be committed."""
        self._spool = None

    def finish(self, blob: Blob) -> None:
        """Show all of the file, as it is in the store."""
        self.blob = blob
        self._spool = None
        self._wake()

    def fail(self, error: TainError) -> None:
        """Give up; a no-op where the passage is over."""
        if self.is_over:
            return
        self._error = error
        self._spool = None
        self._wake()

    async def ready(self, position: int) -> None:
        """Wait until the byte at `position` may be read, or the file is stored.

        Raises:
            TainError: when the file was given up; always a new one, for an error that is
                raised in several tasks would carry the traces of all.
        """
        while self.blob is None:
            if self._error is not None:
                raise _again(self._error)
            if self._spool is not None and position < self._visible:
                return
            await self._changed.wait()

    async def stored(self) -> Blob:
        """Wait for the whole file.

        Raises:
            TainError: as `ready`.
        """
        while self.blob is None:
            if self._error is not None:
                raise _again(self._error)
            await self._changed.wait()
        return self.blob

    async def pieces(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield bytes as they come in.

        Raises:
            TainError: when the file is given up, also in the middle.
        """
        position = start
        while stop is None or position < stop:
            await self.ready(position)
            if self.blob is not None or self._spool is None:
                break
            end = self._visible if stop is None else min(stop, self._visible)
            # From the page cache, as a rule: the bytes were written moments ago.
            piece = self._spool.read_at(position, min(_PIECE_BYTES, end - position))
            position += len(piece)
            yield piece
        if self.blob is None or (stop is not None and position >= stop):
            return
        async with closing(self._blobs.read(self.blob.sha256, start=position, stop=stop)) as rest:
            async for piece in rest:
                yield piece

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _again(error: TainError) -> TainError:
    """Make the same error once more."""
    copy = type(error)(error.message)
    copy.__dict__.update(error.__dict__)
    return copy
