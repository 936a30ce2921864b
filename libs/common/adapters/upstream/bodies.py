"""How a body comes in: whole buffers, also the last one before a break, and gzip where it was asked for.

A source that sends a byte a minute never stalls, and would hold a connection for years:
it is given up like one that does.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator

import aiohttp

from libs.common.domain.errors import UpstreamUnavailable

_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_BITS = 16 + zlib.MAX_WBITS
_STEP_BYTES = 4 * 1024 * 1024
"""So much of a body comes out at once, however small it was packed."""


class LeastSpeed:
    """Counts what comes in while we wait for it; our own pauses do not count."""

    def __init__(self, *, least_bytes: int, within_s: float) -> None:
        self._least_bytes = least_bytes
        self._within_s = within_s
        self._came_bytes = 0
        self._waited_s = 0.0

    def came(self, size_bytes: int, *, waited_s: float) -> None:
        """Count a piece and how long it was waited for.

        Raises:
            TimeoutError: when so long a wait brought less than it should.
        """
        self._came_bytes += size_bytes
        self._waited_s += waited_s
        if self._waited_s >= self._within_s:
            if self._came_bytes < self._least_bytes:
                raise TimeoutError
            self._came_bytes, self._waited_s = 0, 0.0


async def raw_pieces(content: aiohttp.StreamReader, *, speed: LeastSpeed) -> AsyncIterator[bytes]:
    """Yield what has come in, as much as there is.

    aiohttp forgets what it has buffered when a connection breaks; it is yielded first here,
    and the file goes on from there.

    Raises:
        aiohttp.ClientError, OSError: when the connection breaks, stalls, or is slower than `speed`.
    """
    now = asyncio.get_running_loop().time
    broken: Exception | None = None
    while broken is None:
        began_at = now()
        try:
            piece = await content.readany()
        except (aiohttp.ClientError, OSError) as exc:
            broken = exc
            piece = _buffered(content)
        waited_s = now() - began_at
        if piece:
            yield piece
            speed.came(len(piece), waited_s=waited_s)
        elif broken is None:
            return
    raise broken


def _buffered(content: aiohttp.StreamReader) -> bytes:
    # A reader without an error gives its buffer away.
    content.set_exception(None)  # type: ignore[arg-type]
    return content.read_nowait()


async def unpacked(pieces: AsyncIterator[bytes], *, encoding: str, source: str) -> AsyncIterator[bytes]:
    """Yield a body as it was before the server encoded it; other encodings than gzip were not asked for.

    Raises:
        UpstreamUnavailable: when it is not whole, or not gzip at all.
    """
    if encoding.strip().lower() not in _GZIP:
        async for piece in pieces:
            yield piece
        return
    decoder = zlib.decompressobj(_GZIP_BITS)
    try:
        async for piece in pieces:
            rest = piece
            while rest and not decoder.eof:
                yield decoder.decompress(rest, _STEP_BYTES)
                rest = decoder.unconsumed_tail
    except zlib.error:
        raise UpstreamUnavailable(f"{source} came packed in a way that can't be read") from None
    if not decoder.eof:
        raise UpstreamUnavailable(f"the connection broke while {source} was coming in")
