"""Sources over http and https (RFC 9110).

- Redirects are followed, five at most, and never from https to http.
- What is not public is asked only where the operator named it (`reach.py`).
- Files are asked for as they are (`Accept-Encoding: identity`): their digests are of those bytes.
- `get` retries what may pass, with growing pauses, as the source wishes by Retry-After.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import msgspec
import stamina
from yarl import URL

from libs.common.adapters.upstream.answers import error_of, retry_after_of, shown, translated
from libs.common.adapters.upstream.bodies import LeastSpeed, raw_pieces, unpacked
from libs.common.adapters.upstream.clients import HttpClient, HttpLimits
from libs.common.adapters.upstream.manners import Host, Hosts
from libs.common.adapters.upstream.places import final_url, login_after, login_of, place_of, redirected
from libs.common.adapters.upstream.proxies import ProxyRules
from libs.common.adapters.upstream.reach import Reach, home_of
from libs.common.domain.errors import UnreadableIndex, UpstreamRefused, UpstreamUnavailable, UpstreamUnreachable
from libs.common.ports.upstream import Fetched, NotModified, Validators
from libs.common.version import VERSION

_MAX_REDIRECTS = 5
_OURS = "tain"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_PACKED = (".zst", ".gz", ".bz2", ".xz", ".conda", ".whl", ".zip", ".tgz", ".rds")
"""Servers that compress these again, or mark `.gz` as an encoding, would change the bytes."""


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how fast to ask again; waits double from the first to the longest."""

    attempts: int = 4
    wait_first_s: float = 0.5
    wait_longest_s: float = 20.0
    jitter_s: float = 1.0
    retry_after_longest_s: float = 60.0


class Answer(msgspec.Struct, frozen=True):
    """The head of an answer, the host that it came from, and how its body comes in."""

    response: aiohttp.ClientResponse
    host: Host
    speed: LeastSpeed

    async def pieces(self, url: str) -> AsyncIterator[bytes]:
        """Yield the body's bytes as they are, at the pace that is allowed for the host."""
        with translated(url):
            async for piece in raw_pieces(self.response.content, speed=self.speed):
                yield piece
                await self.host.received(len(piece))


class HttpDownload:
    """Implements `ports.upstream.Download`."""

    def __init__(self, answer: Answer, *, url: str, offset: int, size_bytes: int | None) -> None:
        self.offset = offset
        self.size_bytes = size_bytes
        self._answer = answer
        self._url = url

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come; see the port."""
        return self._answer.pieces(self._url)


class HttpUpstream:
    """Implements `ports.upstream.Upstream` for http and https.

    `ca_bundle` adds certificates to those that are trusted anyway.

    Raises:
        InvalidInput: when `ca_bundle` can't be read.
    """

    def __init__(
        self,
        *,
        proxies: ProxyRules | None = None,
        reach: Reach | None = None,
        ca_bundle: Path | None = None,
        limits: HttpLimits | None = None,
        retries: Retries | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._limits = limits or HttpLimits()
        self._reach = reach or Reach()
        self._hosts = Hosts(self._limits.host)
        self._client = HttpClient(
            proxies=proxies or ProxyRules(),
            reach=self._reach,
            ca_bundle=ca_bundle,
            user_agent=f"Tain/{VERSION} (+mirror)",
            limits=self._limits,
        )

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
        async for attempt in stamina.retry_context(
            on=self._pause,
            attempts=self._retries.attempts,
            timeout=None,
            wait_initial=self._retries.wait_first_s,
            wait_max=self._retries.wait_longest_s,
            wait_jitter=self._retries.jitter_s,
        ):
            with attempt:
                return await self._get(
                    url,
                    proxy=proxy,
                    home=home,
                    hops=hops,
                    accept=accept,
                    validators=validators,
                    limit_bytes=limit_bytes,
                )
        raise AssertionError("stamina raises the last attempt's error")

    @asynccontextmanager
    async def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AsyncIterator[HttpDownload]:
        """Begin a download; see the port."""
        headers = {"Accept-Encoding": "identity", "CDN-Loop": _loop(hops)}
        if offset:
            async with self._answer(
                url, proxy=proxy, home=home, headers=headers | {"Range": f"bytes={offset}-"}
            ) as answer:
                start, size_bytes = _content_range(answer.response)
                if start == offset:
                    yield HttpDownload(answer, url=url, offset=offset, size_bytes=size_bytes)
                    return
                if answer.response.status not in (206, 416):
                    yield _from_start(answer, url)
                    return
            # The source can't give this range; ask for the whole file.
        async with self._answer(url, proxy=proxy, home=home, headers=headers) as answer:
            yield _from_start(answer, url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _pause(self, exc: Exception) -> bool | float:
        if not isinstance(exc, UpstreamUnavailable):
            return False
        if exc.retry_after_s is None:
            return True
        return min(exc.retry_after_s, self._retries.retry_after_longest_s)

    async def _get(
        self,
        url: str,
        *,
        proxy: str | None,
        home: str | None,
        hops: int,
        accept: str | None,
        validators: Validators | None,
        limit_bytes: int,
    ) -> Fetched | NotModified:
        is_packed = url.partition("?")[0].lower().endswith(_PACKED)
        headers = {"Accept-Encoding": "identity" if is_packed else "gzip", "CDN-Loop": _loop(hops)}
        if accept is not None:
            headers["Accept"] = accept
        if validators and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators and validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        async with self._answer(url, proxy=proxy, home=home, headers=headers) as answer:
            response = answer.response
            if response.status == 304 and validators is not None:
                return NotModified()
            if response.status != 200:
                raise error_of(response, url)
            pieces = answer.pieces(url)
            if not is_packed:
                pieces = unpacked(pieces, encoding=response.headers.get("Content-Encoding", ""), source=shown(url))
            data = await _read_all(pieces, url=url, declared=_length(response), limit_bytes=limit_bytes)
            return Fetched(
                data=data,
                url=final_url(url, place_of(url), response.url),
                validators=_validators(response),
                content_type=_content_type(response),
            )

    @asynccontextmanager
    async def _answer(
        self, url: str, *, proxy: str | None, home: str | None, headers: dict[str, str]
    ) -> AsyncIterator[Answer]:
        """Ask, and ask on where the source redirects to; each host has its own manners."""
        asked = place = place_of(url)
        login = login_of(place)
        home_host = home_of(home or url)
        for _ in range(_MAX_REDIRECTS + 1):
            host = self._hosts.of(str(place.origin()))
            async with host.turn(shown(url)):
                with _elsewhere(url, asked, place):
                    response = await self._client.get(
                        place.with_user(None),
                        proxy=proxy,
                        is_free=self._reach.is_free(place, home=home_host),
                        headers=headers | login,
                    )
                try:
                    host.rest(retry_after_of(response) if response.status in _BUSY else None)
                    location = response.headers.get("Location")
                    if response.status not in _REDIRECTS or location is None:
                        speed = LeastSpeed(least_bytes=self._limits.least_bytes, within_s=self._limits.read_s)
                        yield Answer(response, host, speed)
                        return
                finally:
                    response.release()
            target = redirected(place, location, url=url)
            place, login = target, login_after(place, target, login)
        raise UpstreamRefused(f"{shown(url)} is redirected more than {_MAX_REDIRECTS} times")


def _loop(hops: int) -> str:
    """Say that we are one of those who pass the wish on (RFC 8586)."""
    return ", ".join([_OURS] * (hops + 1))


@contextmanager
def _elsewhere(url: str, asked: URL, place: URL) -> Iterator[None]:
    """Let a source not count as away where it is a host that it redirects to that is."""
    try:
        with translated(url):
            yield
    except UpstreamUnreachable:
        if place.origin() == asked.origin():
            raise
        raise UpstreamUnavailable(f"{shown(url)} is redirected to {place.host}, which can't be reached") from None


def _from_start(answer: Answer, url: str) -> HttpDownload:
    if answer.response.status != 200:
        raise error_of(answer.response, url)
    return HttpDownload(answer, url=url, offset=0, size_bytes=_length(answer.response))


def _content_range(response: aiohttp.ClientResponse) -> tuple[int | None, int | None]:
    """Return where a 206 begins and how large the whole file is, as far as it says so (RFC 9110 §14.4)."""
    unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
    span, _, size = rest.partition("/")
    start = span.partition("-")[0]
    if response.status != 206 or unit != "bytes" or not start.isdecimal():
        return None, None
    return int(start), int(size) if size.isdecimal() else None


def _length(response: aiohttp.ClientResponse) -> int | None:
    """Return the size of the body that comes in, None where an encoding hides the file's."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and "Content-Encoding" not in response.headers else None


def _validators(response: aiohttp.ClientResponse) -> Validators:
    return Validators(etag=response.headers.get("ETag"), last_modified=response.headers.get("Last-Modified"))


def _content_type(response: aiohttp.ClientResponse) -> str | None:
    return response.headers.get("Content-Type", "").strip() or None


async def _read_all(pieces: AsyncIterator[bytes], *, url: str, declared: int | None, limit_bytes: int) -> bytes:
    if declared is not None and declared > limit_bytes:
        raise _too_large(url, limit_bytes)
    read: list[bytes] = []
    size_bytes = 0
    async for piece in pieces:
        size_bytes += len(piece)
        if size_bytes > limit_bytes:
            raise _too_large(url, limit_bytes)
        read.append(piece)
    return b"".join(read)


def _too_large(url: str, limit_bytes: int) -> UnreadableIndex:
    return UnreadableIndex(f"{shown(url)} is larger than the {limit_bytes} bytes that are allowed for it")
