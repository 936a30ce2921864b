"""The HTTP client: aiohttp sessions for all sources and proxies, with connections that are kept open.

aiohttp and not httpx, whose own transport looks at every connection for every request:
for many small files it costs four times the CPU, and its bridge to aiohttp twice.
"""

import asyncio
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from libs.common.adapters.tls import tls_context
from libs.common.adapters.upstream.manners import HostLimits
from libs.common.adapters.upstream.proxies import ProxyRules
from libs.common.adapters.upstream.reach import Reach

_KEEP_ALIVE_S = 30.0
_BUFFER_BYTES = 256 * 1024


class HttpLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How patient to be with a source, and how polite to each of its hosts.

    Less than `least_bytes` in `read_s` is taken for silence.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    least_bytes: int = 64 * 1024
    host: HostLimits = HostLimits()


class HttpClient:
    """Sends requests, each by its proxy, and follows no redirects.

    What is free to go anywhere has connections of its own, which no other request gets.

    Raises:
        InvalidInput: when the file of extra certificates can't be read.
    """

    def __init__(
        self, *, proxies: ProxyRules, reach: Reach, ca_bundle: Path | None, user_agent: str, limits: HttpLimits
    ) -> None:
        self._proxies = proxies
        self._reach = reach
        self._tls = tls_context(ca_bundle)
        self._user_agent = user_agent
        self._limits = limits
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def get(
        self, url: URL, *, proxy: str | None, is_free: bool, headers: dict[str, str]
    ) -> aiohttp.ClientResponse:
        """Ask, through `proxy` or through the machine's for this URL; the body is still to come in.

        Raises:
            SourceNotAllowed: unless it is free, for a host that is not public by its name.
            TimeoutError: when the answer's head does not come.
        """
        way = proxy or self._proxies.proxy_for(str(url))
        through = URL(way) if way else None
        login = (
            aiohttp.BasicAuth(through.user, through.password or "", encoding="utf-8")
            if through is not None and through.user
            else None
        )
        if through is not None and not is_free:
            self._reach.check_name(url)
        elif through is not None:
            self._reach.check_named(url)
        # Also for a head that comes letter by letter.
        async with asyncio.timeout(self._limits.connect_s + self._limits.read_s):
            return await self._session(is_free=is_free or through is not None).get(
                url,
                headers=headers,
                proxy=None if through is None else through.with_user(None),
                proxy_auth=login,
                allow_redirects=False,
            )

    async def aclose(self) -> None:
        """Close all connections."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def _session(self, *, is_free: bool) -> aiohttp.ClientSession:
        session = self._sessions.get(is_free)
        if session is None:
            session = self._sessions[is_free] = self._open(is_free=is_free)
        return session

    def _open(self, *, is_free: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            # How many connections a host gets is a matter of manners, also where it has several addresses.
            connector=aiohttp.TCPConnector(
                limit=0,
                ssl=self._tls,
                keepalive_timeout=_KEEP_ALIVE_S,
                socket_factory=self._reach.named_socket if is_free else self._reach.socket,
            ),
            headers={"User-Agent": self._user_agent, "Accept": "*/*"},
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._limits.connect_s, sock_read=self._limits.read_s
            ),
            # No source may know us again by a cookie.
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=_BUFFER_BYTES,
        )
