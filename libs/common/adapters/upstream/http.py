"""Sources over http and https (RFC 9110).

- Redirects are followed, five at most, and never from https to http.
- Files are asked for as they are (`Accept-Encoding: identity`): their digests are of those bytes.
- `get` retries what may pass, with growing pauses, as the source wishes by Retry-After.
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import stamina

from libs.common.adapters.upstream.answers import error_of, shown, translated
from libs.common.adapters.upstream.clients import HttpClients, HttpLimits
from libs.common.adapters.upstream.proxies import ProxyRules
from libs.common.domain.errors import UnreadableIndex, UpstreamRefused, UpstreamUnavailable
from libs.common.ports.upstream import Fetched, NotModified, Validators
from libs.common.version import VERSION

_MAX_REDIRECTS = 5
_PACKED = (".zst", ".gz", ".bz2", ".xz", ".conda", ".whl", ".zip", ".tgz", ".rds")
"""Servers that compress these again, or mark `.gz` as an encoding, would change the bytes."""


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how fast to ask again; waits double from the first to the longest."""

    attempts: int = 4
    wait_first_s: float = 0.5
    wait_longest_s: float = 20.0
    jitter_s: float = 1.0
    retry_after_longest_s: float = 60.0


class HttpDownload:
    """Implements `ports.upstream.Download`."""

    def __init__(self, response: httpx.Response, *, url: str, offset: int, size_bytes: int | None) -> None:
        self.offset = offset
        self.size_bytes = size_bytes
        self._response = response
        self._url = url

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come; see the port."""
        with translated(self._url):
            async for piece in self._response.aiter_raw():
                yield piece


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
        ca_bundle: Path | None = None,
        limits: HttpLimits | None = None,
        retries: Retries | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._clients = HttpClients(
            proxies=proxies or ProxyRules(),
            ca_bundle=ca_bundle,
            user_agent=f"Tain/{VERSION} (+mirror)",
            limits=limits or HttpLimits(),
        )

    async def get(
        self, url: str, *, proxy: str | None = None, validators: Validators | None = None, limit_bytes: int
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
                return await self._get(url, proxy=proxy, validators=validators, limit_bytes=limit_bytes)
        raise AssertionError("stamina raises the last attempt's error")

    @asynccontextmanager
    async def open(self, url: str, *, proxy: str | None = None, offset: int = 0) -> AsyncIterator[HttpDownload]:
        """Begin a download; see the port."""
        headers = {"Accept-Encoding": "identity"}
        if offset:
            async with self._answer(url, proxy=proxy, headers=headers | {"Range": f"bytes={offset}-"}) as response:
                start, size_bytes = _content_range(response)
                if start == offset:
                    yield HttpDownload(response, url=url, offset=offset, size_bytes=size_bytes)
                    return
                if response.status_code not in (206, 416):
                    yield _from_start(response, url)
                    return
            # The source can't give this range; ask for the whole file.
        async with self._answer(url, proxy=proxy, headers=headers) as response:
            yield _from_start(response, url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._clients.aclose()

    def _pause(self, exc: Exception) -> bool | float:
        if not isinstance(exc, UpstreamUnavailable):
            return False
        if exc.retry_after_s is None:
            return True
        return min(exc.retry_after_s, self._retries.retry_after_longest_s)

    async def _get(
        self, url: str, *, proxy: str | None, validators: Validators | None, limit_bytes: int
    ) -> Fetched | NotModified:
        is_packed = url.partition("?")[0].lower().endswith(_PACKED)
        headers = {"Accept-Encoding": "identity" if is_packed else "gzip"}
        if validators and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators and validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        async with self._answer(url, proxy=proxy, headers=headers) as response:
            if response.status_code == 304 and validators is not None:
                return NotModified()
            if response.status_code != 200:
                raise error_of(response, url)
            pieces = response.aiter_raw() if is_packed else response.aiter_bytes()
            data = await _read_all(pieces, url=url, declared=_length(response), limit_bytes=limit_bytes)
            return Fetched(data=data, url=_final_url(response, url), validators=_validators(response))

    @asynccontextmanager
    async def _answer(self, url: str, *, proxy: str | None, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
        response = await self._ask(url, proxy=proxy, headers=headers)
        try:
            yield response
        finally:
            with translated(url):
                await response.aclose()

    async def _ask(self, url: str, *, proxy: str | None, headers: dict[str, str]) -> httpx.Response:
        with translated(url):
            place = httpx.URL(url)
            for _ in range(_MAX_REDIRECTS + 1):
                client = self._clients.client_for(str(place), proxy=proxy)
                request = client.build_request("GET", _bare(place), headers=headers | _login(place))
                response = await client.send(request, stream=True)
                if response.next_request is None:
                    return response
                await response.aclose()
                # Only its address and headers: the transport would send httpx's own with a chunked body.
                target = response.next_request
                _check_redirect(request, target, url)
                place, headers = target.url, dict(target.headers)
        raise UpstreamRefused(f"{shown(url)} is redirected more than {_MAX_REDIRECTS} times")


def _bare(url: httpx.URL) -> httpx.URL:
    return url.copy_with(userinfo=b"") if url.userinfo else url


def _login(url: httpx.URL) -> dict[str, str]:
    """Return user and password of a URL as a header; aiohttp would refuse to have both."""
    if not url.userinfo:
        return {}
    return {"Authorization": f"Basic {b64encode(f'{url.username}:{url.password}'.encode()).decode()}"}


def _final_url(response: httpx.Response, url: str) -> str:
    """Return where the file came from, with the user and password that relative URLs in it will need."""
    asked, final = httpx.URL(url), response.url
    is_same_host = (asked.scheme, asked.host, asked.port) == (final.scheme, final.host, final.port)
    return str(final.copy_with(userinfo=asked.userinfo) if is_same_host else final)


def _check_redirect(request: httpx.Request, target: httpx.Request, url: str) -> None:
    if target.url.scheme not in ("http", "https"):
        raise UpstreamRefused(f"{shown(url)} is redirected to something that is not http or https")
    if request.url.scheme == "https" and target.url.scheme != "https":
        raise UpstreamRefused(f"{shown(url)} is redirected from https to http, which is not followed")


def _from_start(response: httpx.Response, url: str) -> HttpDownload:
    if response.status_code != 200:
        raise error_of(response, url)
    return HttpDownload(response, url=url, offset=0, size_bytes=_length(response))


def _content_range(response: httpx.Response) -> tuple[int | None, int | None]:
    """Return where a 206 begins and how large the whole file is, as far as it says so (RFC 9110 §14.4)."""
    unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
    span, _, size = rest.partition("/")
    start = span.partition("-")[0]
    if response.status_code != 206 or unit != "bytes" or not start.isdecimal():
        return None, None
    return int(start), int(size) if size.isdecimal() else None


def _length(response: httpx.Response) -> int | None:
    """Return the size of the body that comes in, None where an encoding hides the file's."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and "Content-Encoding" not in response.headers else None


def _validators(response: httpx.Response) -> Validators:
    return Validators(etag=response.headers.get("ETag"), last_modified=response.headers.get("Last-Modified"))


async def _read_all(pieces: AsyncIterator[bytes], *, url: str, declared: int | None, limit_bytes: int) -> bytes:
    if declared is not None and declared > limit_bytes:
        raise _too_large(url, limit_bytes)
    read: list[bytes] = []
    size_bytes = 0
    with translated(url):
        async for piece in pieces:
            size_bytes += len(piece)
            if size_bytes > limit_bytes:
                raise _too_large(url, limit_bytes)
            read.append(piece)
    return b"".join(read)


def _too_large(url: str, limit_bytes: int) -> UnreadableIndex:
    return UnreadableIndex(f"{shown(url)} is larger than the {limit_bytes} bytes that are allowed for it")
