"""Compressed streams, unpacked piece by piece, to their end, and never further than a bound.

Rules of this file:
1. A stream may have several members one after the other, and zeros behind them; anything else behind
   them is refused: of what tools pass over there, no two agree.
2. What it unpacks to is bounded by what a package can have, and by how far its kind of content packs.
"""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from libs.common.ecosystems.archives.refuse import refuse

if sys.version_info >= (3, 14):  # pragma: no cover - the same code, moved into the standard library
    from compression import zstd
else:
    from backports import zstd

LARGEST_UNPACKED_BYTES = 64 * 1024 * 1024 * 1024
"""The largest packages of the field have ten."""

MOST_MEMBERS = 100_000
"""Parallel writers make one for 900 kB; far more are an attack on our time."""

_LARGEST_RATIO = 300
_ANY_RATIO_BYTES = 64 * 1024 * 1024
"""Text packs 20 to 1, tables of zeros 1,000 to 1 and more; a small file may be all of those."""

_PIECE_BYTES = 1024 * 1024

_UNREADABLE = (zlib.error, zstd.ZstdError, lzma.LZMAError, OSError, EOFError, ValueError)


class _Decompressor(Protocol):
    """What those of bzip2 and Zstandard have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's, in the shape of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        ready = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(ready) < max_length
        return ready


_OPENERS: Mapping[str, Callable[[], _Decompressor]] = {
    "gzip": _Gzip,
    "bzip2": bz2.BZ2Decompressor,
    "zstd": zstd.ZstdDecompressor,
}


def unpack(
    packed: Iterable[bytes], *, format: str, packed_bytes: int, largest: int = LARGEST_UNPACKED_BYTES
) -> Iterator[bytes]:
    """Yield what is in a stream of `format` (gzip, bzip2 or zstd), of which there are `packed_bytes`.

    Raises:
        InvalidInput: for what is no such stream, is cut off, or unpacks too far.
    """
    bound = min(largest, _ANY_RATIO_BYTES + packed_bytes * _LARGEST_RATIO)
    unpacked = 0
    for piece in _pieces(iter(packed), format=format):
        unpacked += len(piece)
        if unpacked > bound:
            refuse(f"the archive unpacks to more than {bound:,} bytes, which no package of its size does")
        yield piece


def _pieces(packed: Iterator[bytes], *, format: str) -> Iterator[bytes]:
    rest = b""
    for _ in range(MOST_MEMBERS):
        decompressor = _OPENERS[format]()
        while not decompressor.eof:
            given = b""
            if decompressor.needs_input:
                given, rest = rest or next(packed, b""), b""
                if not given:
                    refuse(f"the archive is cut off: its {format} data have no end; upload the whole file")
            try:
                ready = decompressor.decompress(given, _PIECE_BYTES)
            except _UNREADABLE as exc:
                refuse(f"the archive is damaged: it has no {format} data that can be unpacked", cause=exc)
            yield ready
        rest = _after_zeros(decompressor.unused_data, packed)
        if not rest:
            return
    refuse("the archive has more members than a package can have")


def _after_zeros(rest: bytes, packed: Iterator[bytes]) -> bytes:
    """Pass over the zeros that files are filled up with."""
    while not (rest := rest.lstrip(b"\0")) and (more := next(packed, b"")):
        rest = more
    return rest
