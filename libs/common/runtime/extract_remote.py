"""a package file of a source -> what stands in it, by some of its bytes: the file itself is not fetched.

Installers read wheels so, too, where an index serves no metadata beside them. What is read
decides only; nothing of it is stored, and the file is verified when it comes in.
"""

import asyncio
from contextlib import AbstractAsyncContextManager

from libs.common.domain.errors import ContentMismatch
from libs.common.ecosystems.protocol import ArtifactRef, ServingEcosystem
from libs.common.ports.upstream import Download, Upstream

_PART_BYTES = 64 * 1024
"""Of most wheels the last so many have all that is looked for."""
_MOST_PARTS = 8
_MOST_WITHOUT_RANGES = 16 * 1024 * 1024


async def extract_remote(
    ref: ArtifactRef,
    url: str,
    *,
    ecosystem: ServingEcosystem,
    upstream: Upstream,
    proxy: str | None = None,
    home: str | None = None,
    hops: int = 0,
) -> bytes | None:
    """Return what stands in the file; None where there is nothing to be had. `home` and `hops` as in the port.

    Raises:
        ContentMismatch: when the file has another size than its record says, or must be read in too many parts.
        Permanent: when it can't be had.
        UpstreamUnavailable: when the source does not answer.
    """
    loop = asyncio.get_running_loop()
    parts = _Parts(ref, url, upstream=upstream, proxy=proxy, home=home, hops=hops)
    size_bytes = await parts.read_end()
    if size_bytes is None:
        return None

    def read_at(offset: int, size_bytes: int) -> bytes:
        # Most is in the file's end: a dozen little reads that need not go through the loop.
        data = parts.known(offset, size_bytes)
        if data is None:
            data = asyncio.run_coroutine_threadsafe(parts.read(offset, size_bytes), loop).result()
        return data

    return await asyncio.to_thread(ecosystem.extract, ref.filename, size_bytes, read_at)


class _Parts:
    """A file whose parts are asked for when they are read."""

    def __init__(
        self, ref: ArtifactRef, url: str, *, upstream: Upstream, proxy: str | None, home: str | None, hops: int
    ) -> None:
        self._ref = ref
        self._url = url
        self._upstream = upstream
        self._proxy = proxy
        self._home = home
        self._hops = hops
        self._parts: list[tuple[int, bytes]] = []

    async def read_end(self) -> int | None:
        """Read the last part; return the file's size, None where nobody says it, or only the whole can be had."""
        size_bytes = self._ref.expected.size_bytes
        if size_bytes is None:
            async with self._open(0) as download:
                size_bytes = download.size_bytes
                if size_bytes is None:
                    return None
                if size_bytes <= _PART_BYTES:
                    self._parts.append((0, await _first(download, size_bytes)))
                    return size_bytes
        start = max(0, size_bytes - _PART_BYTES)
        async with self._open(start) as download:
            if download.size_bytes not in (None, size_bytes):
                raise ContentMismatch(f"{self._ref.filename} has another size than its record says")
            if download.offset not in (0, start) or (download.offset == 0 and size_bytes > _MOST_WITHOUT_RANGES):
                return None
            self._parts.append((download.offset, await _first(download, size_bytes - download.offset)))
        return size_bytes

    def known(self, offset: int, size_bytes: int) -> bytes | None:
        """Return what was read already; None where it was not."""
        for start, data in self._parts:
            if start <= offset and offset + size_bytes <= start + len(data):
                return data[offset - start : offset - start + size_bytes]
        return None

    async def read(self, offset: int, size_bytes: int) -> bytes:
        """Read a part, and what follows it.

        Raises:
            as `extract_remote`.
        """
        if len(self._parts) >= _MOST_PARTS:
            raise ContentMismatch(f"what {self._ref.filename} says of itself lies in too many places")
        async with self._open(offset) as download:
            if download.offset != offset:
                raise ContentMismatch(f"the source gives parts of {self._ref.filename} at some times only")
            data = await _first(download, max(size_bytes, _PART_BYTES))
        self._parts.append((offset, data))
        return data[:size_bytes]

    def _open(self, offset: int) -> AbstractAsyncContextManager[Download]:
        return self._upstream.open(self._url, proxy=self._proxy, home=self._home, hops=self._hops, offset=offset)


async def _first(download: Download, size_bytes: int) -> bytes:
    """Read so many bytes, or all that there are."""
    data = bytearray()
    async for piece in download.pieces():
        data += piece
        if len(data) >= size_bytes:
            break
    return bytes(data[:size_bytes])
