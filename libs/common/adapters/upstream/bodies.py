"""How a body comes in: whole buffers, also the last one before a break, and gzip where it was asked for."""

import zlib
from collections.abc import AsyncIterator

import aiohttp

from libs.common.domain.errors import UpstreamUnavailable

_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_BITS = 16 + zlib.MAX_WBITS
_STEP_BYTES = 4 * 1024 * 1024
"""So much of a body comes out at once, however small it was packed."""


async def raw_pieces(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Yield what has come in, as much as there is.

    aiohttp forgets what it has buffered when a connection breaks; it is yielded first here,
    and the file goes on from there.

    Raises:
        aiohttp.ClientError, OSError: when the connection breaks or stalls.
    """
    broken: Exception | None = None
    while broken is None:
        try:
            piece = await content.readany()
        except (aiohttp.ClientError, OSError) as exc:
            broken = exc
            piece = _buffered(content)
        if piece:
            yield piece
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
