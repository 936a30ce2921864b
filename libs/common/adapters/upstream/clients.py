"""HTTP clients, one per proxy, kept open: httpx on aiohttp's transport.

httpx's own transport looks at every connection for every request and costs three times
the CPU for many small files; aiohttp's pool also keeps the bound of connections per host.
"""

from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from ssl import SSLContext, SSLError

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from libs.common.adapters.upstream.proxies import ProxyRules
from libs.common.domain.errors import InvalidInput

_KEEP_ALIVE_S = 30.0


class HttpLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How patient to be with a source, and how polite."""

    connect_s: float = 10.0
    read_s: float = 60.0
    connections_per_host: int = 16


class HttpClients:
    """Makes clients when they are first needed.

    Raises:
        InvalidInput: when the file of extra certificates can't be read.
    """

    def __init__(self, *, proxies: ProxyRules, ca_bundle: Path | None, user_agent: str, limits: HttpLimits) -> None:
        self._proxies = proxies
        self._tls = _tls_context(ca_bundle)
        self._user_agent = user_agent
        self._limits = limits
        self._clients: dict[str | None, httpx.AsyncClient] = {}

    def client_for(self, url: str, *, proxy: str | None) -> httpx.AsyncClient:
        """Return the client that goes through `proxy`, or through the machine's for this URL."""
        proxy = proxy or self._proxies.proxy_for(url)
        client = self._clients.get(proxy)
        if client is None:
            client = self._clients[proxy] = self._make(proxy)
        return client

    async def aclose(self) -> None:
        """Close all connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    def _make(self, proxy: str | None) -> httpx.AsyncClient:
        transport = AiohttpTransport(
            verify=self._tls,
            trust_env=False,
            proxy=httpx.Proxy(proxy) if proxy else None,
            client=self._session,
        )
        return httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            headers={"User-Agent": self._user_agent, "Accept": "*/*"},
            timeout=httpx.Timeout(connect=self._limits.connect_s, read=self._limits.read_s, write=None, pool=None),
            # No source may know us again by a cookie.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                limit_per_host=self._limits.connections_per_host,
                ssl=self._tls,
                keepalive_timeout=_KEEP_ALIVE_S,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
        )


def _tls_context(ca_bundle: Path | None) -> SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_bundle is None:
        return context
    try:
        if ca_bundle.is_dir():
            context.load_verify_locations(capath=ca_bundle)
        else:
            context.load_verify_locations(cafile=ca_bundle)
    except (OSError, SSLError) as exc:
        raise InvalidInput(
            "TAIN_CA_BUNDLE must be a readable file of PEM certificates, or a folder of them by hash", field="ca_bundle"
        ) from exc
    return context
