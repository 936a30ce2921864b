"""Asking a provider: https, bounded in size and time, never redirected."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from ssl import SSLContext
from urllib.parse import quote_plus, urlsplit

import httpx
import msgspec

from libs.common.adapters.tls import tls_context
from libs.common.adapters.upstream.proxies import ProxyRules
from libs.common.domain.errors import ProviderRefused, ProviderUnavailable
from libs.common.version import VERSION

ANSWER_LIMIT_BYTES = 512 * 1024
"""The longest answer that is read; a discovery document or a set of keys has some KiB."""

WITHIN_S = 10.0
"""How long an answer may take from beginning to end; a person waits for it."""

_RETRY_AFTER_S = 5.0


class Credentials(msgspec.Struct, frozen=True):
    """Who we are at the provider; without a secret a public client."""

    client_id: str
    secret: str | None = None

    def __repr__(self) -> str:
        return f"Credentials({self.client_id!r})"


class _Error(msgspec.Struct, frozen=True):
    """RFC 6749 section 5.2."""

    error: str


class ProviderHttp:
    """One provider's addresses, over kept connections.

    Raises:
        InvalidInput: when `ca_bundle` can't be read.
    """

    def __init__(
        self,
        *,
        ca_bundle: Path | None = None,
        proxies: ProxyRules | None = None,
        within_s: float = WITHIN_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._within_s = within_s
        self._http = httpx.AsyncClient(
            transport=transport or _ByProxy(tls=tls_context(ca_bundle), rules=proxies or ProxyRules()),
            headers={"User-Agent": f"Tain/{VERSION}", "Accept": "application/json"},
            timeout=within_s,
            follow_redirects=False,
            trust_env=False,
        )

    async def get(self, url: str) -> bytes:
        """Return what is at a URL.

        Raises:
            ProviderUnavailable: for anything but the document itself.
        """
        status, body = await self._ask(self._http.build_request("GET", url))
        if status != httpx.codes.OK:
            raise _unavailable(url, f"answered {status}")
        return body

    async def post(self, url: str, form: Mapping[str, str], *, who: Credentials, is_in_body: bool) -> bytes:
        """Return what an endpoint gives for a form; `is_in_body` says where a secret stands.

        Raises:
            ProviderRefused: when the provider does not take it.
            ProviderUnavailable: when it does not answer.
        """
        fields, headers = dict(form), {}
        if who.secret is None or is_in_body:
            fields["client_id"] = who.client_id
            if who.secret is not None:
                fields["client_secret"] = who.secret
        else:
            # Both parts are encoded before they are joined: RFC 6749 section 2.3.1.
            login = httpx.BasicAuth(quote_plus(who.client_id), quote_plus(who.secret))
            headers = _authorization(login)
        status, body = await self._ask(self._http.build_request("POST", url, data=fields, headers=headers))
        if status == httpx.codes.OK:
            return body
        if not httpx.codes.is_client_error(status) or status == httpx.codes.TOO_MANY_REQUESTS:
            raise _unavailable(url, f"answered {status}")
        raise ProviderRefused(f"the provider refused it ({_word(body)})", error=_word(body))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _ask(self, request: httpx.Request) -> tuple[int, bytes]:
        url = str(request.url)
        try:
            async with asyncio.timeout(self._within_s):
                answer = await self._http.send(request, stream=True)
                try:
                    return answer.status_code, await _bounded(answer, url)
                finally:
                    await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
            # What was raised may hold the whole request, and with it a password.
            raise _unavailable(url, "does not answer") from None


class _ByProxy(httpx.AsyncBaseTransport):
    """Sends each request straight or through the machine's proxy for it."""

    def __init__(self, *, tls: SSLContext, rules: ProxyRules) -> None:
        self._tls = tls
        self._rules = rules
        self._ways: dict[str | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; see httpx."""
        proxy = self._rules.proxy_for(str(request.url))
        way = self._ways.get(proxy)
        if way is None:
            way = self._ways[proxy] = httpx.AsyncHTTPTransport(
                verify=self._tls,
                proxy=proxy,
                trust_env=False,
            )
        return await way.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of all ways."""
        for way in self._ways.values():
            await way.aclose()


async def _bounded(answer: httpx.Response, url: str) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > ANSWER_LIMIT_BYTES:
            raise _unavailable(url, f"sends more than {ANSWER_LIMIT_BYTES:,} bytes")
    return bytes(body)


def _authorization(login: httpx.BasicAuth) -> dict[str, str]:
    request = next(login.auth_flow(httpx.Request("POST", "https://provider.invalid")))
    return {"Authorization": request.headers["Authorization"]}


def _unavailable(url: str, what: str) -> ProviderUnavailable:
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
    return ProviderUnavailable(
        f"the OpenID provider {what} at {place}; try again in a moment", retry_after_s=_RETRY_AFTER_S
    )


def _word(body: bytes) -> str:
    """Return the provider's word for what is wrong, if it is one; its longer texts may repeat what was sent."""
    try:
        word = msgspec.json.decode(body, type=_Error).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "unknown"
    return word if word.replace("_", "").isalpha() and word.isascii() and len(word) <= 40 else "unknown"
