"""A source in memory whose troubles can be planned; held to the contract of the real ones."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.domain.errors import TainError, UnreadableIndex, UpstreamMissing, UpstreamUnavailable
from libs.common.ports.upstream import Fetched, NotModified, Validators


class MemoryDownload:
    """Implements `ports.upstream.Download`."""

    def __init__(self, source: "MemoryUpstream", url: str, *, data: bytes, offset: int, break_at: int | None) -> None:
        self.offset = offset
        self.size_bytes: int | None = len(data)
        self._source = source
        self._url = url
        self._data = data
        self._break_at = break_at

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come; see the port."""
        half = (self.offset + len(self._data) + 1) // 2 if self._break_at is None else self._break_at
        yield self._data[self.offset : half]
        await self._source.pass_gate(self._url)
        if self._break_at is not None:
            raise UpstreamUnavailable(f"the connection broke while {self._url} was coming in")
        yield self._data[half:]


class MemoryUpstream:
    """Implements `ports.upstream.Upstream`.

    `files` has the bytes by URL. `errors` are raised, one per request, before anything is
    answered. `breaks` end a download after that many bytes, once each. A URL with a gate
    stops halfway until the gate is set. `requests` has (URL, offset) of what was asked,
    `proxies` and `homes` what came along with each, `accepted` what came along with each `get`,
    `hops` with each of both.
    `content_types` and `moved` (where a file was redirected to) are by URL.
    """

    def __init__(self, files: dict[str, bytes] | None = None, *, gives_ranges: bool = True) -> None:
        self.files = dict(files or {})
        self.gives_ranges = gives_ranges
        self.errors: dict[str, list[TainError]] = defaultdict(list)
        self.breaks: dict[str, list[int]] = defaultdict(list)
        self.gates: dict[str, asyncio.Event] = {}
        self.requests: list[tuple[str, int]] = []
        self.proxies: list[str | None] = []
        self.homes: list[str | None] = []
        self.accepted: list[str | None] = []
        self.hops: list[int] = []
        self.content_types: dict[str, str] = {}
        self.moved: dict[str, str] = {}
        self.at_gate = asyncio.Event()
        self.now_open = 0
        self.most_open = 0

    async def get(
        self,
        url: str,
        *,
        proxy: str | None = None,
        home: str | None = None,
        hops: int = 0,
        accept: str | None = None,
        validators: Validators | None = None,
        limit_bytes: int,
    ) -> Fetched | NotModified:
        """Return a whole file; see the port."""
        data = self._answer(url, proxy=proxy, home=home, offset=0)
        self.hops.append(hops)
        self.accepted.append(accept)
        current = Validators(etag=f'"{hashlib.sha256(data).hexdigest()[:16]}"')
        if validators is not None and validators.etag == current.etag:
            return NotModified()
        if len(data) > limit_bytes:
            raise UnreadableIndex(f"{url} is larger than the {limit_bytes} bytes that are allowed for it")
        return Fetched(
            data=data, url=self.moved.get(url, url), validators=current, content_type=self.content_types.get(url)
        )

    @asynccontextmanager
    async def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AsyncIterator[MemoryDownload]:
        """Begin a download; see the port."""
        data = self._answer(url, proxy=proxy, home=home, offset=offset)
        self.hops.append(hops)
        start = offset if self.gives_ranges and offset < len(data) else 0
        break_at = self.breaks[url].pop(0) if self.breaks[url] else None
        self.now_open += 1
        self.most_open = max(self.most_open, self.now_open)
        try:
            yield MemoryDownload(self, url, data=data, offset=start, break_at=break_at)
        finally:
            self.now_open -= 1

    async def pass_gate(self, url: str) -> None:
        """Wait at the URL's gate, if it has one."""
        gate = self.gates.get(url)
        if gate is not None:
            self.at_gate.set()
            await gate.wait()

    def _answer(self, url: str, *, proxy: str | None, home: str | None, offset: int) -> bytes:
        self.requests.append((url, offset))
        self.proxies.append(proxy)
        self.homes.append(home)
        if self.errors[url]:
            raise self.errors[url].pop(0)
        if url not in self.files:
            raise UpstreamMissing(f"{url} is not there (404)")
        return self.files[url]
