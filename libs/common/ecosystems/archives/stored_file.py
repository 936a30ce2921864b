"""A stored file, read in parts, as a file that Python's libraries can read."""

# ruff: noqa: D102 - the methods of io.RawIOBase mean what they always mean

from collections.abc import Iterator
from io import SEEK_CUR, SEEK_END, SEEK_SET, RawIOBase

from libs.common.ecosystems.protocol import ReadAt

_PAGE_BYTES = 256 * 1024
"""What is asked for at once: the headers of many small members, and of a large one not much besides."""
_PIECE_BYTES = 256 * 1024


class BeforeTheStart(OSError):
    """A place that no file has; zipfile looks for it in files that are too short."""


class StoredFile(RawIOBase):
    """Reads anywhere; of what was read last one page is kept."""

    def __init__(self, size_bytes: int, read_at: ReadAt) -> None:
        super().__init__()
        self.size_bytes = size_bytes
        self._read_at = read_at
        self._place = 0
        self._page = b""
        self._page_start = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        start = {SEEK_SET: 0, SEEK_CUR: self._place, SEEK_END: self.size_bytes}[whence]
        if start + offset < 0:
            raise BeforeTheStart("before the beginning of the file")
        self._place = start + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        wanted = max(self.size_bytes - self._place, 0)
        data = self.part(self._place, min(wanted, size) if size >= 0 else wanted)
        self._place += len(data)
        return data

    def part(self, start: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` from a place; less only at the end."""
        if size_bytes > _PAGE_BYTES:
            return self._whole(start, min(size_bytes, max(self.size_bytes - start, 0)))
        if not self._page_start <= start <= start + size_bytes <= self._page_start + len(self._page):
            self._page = self._whole(start, min(_PAGE_BYTES, max(self.size_bytes - start, 0)))
            self._page_start = start
        offset = start - self._page_start
        return self._page[offset : offset + size_bytes]

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes between two places."""
        stop = self.size_bytes if stop is None else stop
        while start < stop and (piece := self._read_at(start, min(_PIECE_BYTES, stop - start))):
            yield piece
            start += len(piece)

    def _whole(self, start: int, size_bytes: int) -> bytes:
        """Read on where a store gives less than it was asked for."""
        return b"".join(self.pieces(start, start + size_bytes))
