"""One provider: what it says of itself and its keys are kept; tokens are asked for each time.

What is kept and when it is asked for again:
- The document after an hour, the keys after five minutes: a key that the provider takes back
  counts no longer than that.
- The keys at once when a token names one that is not there, a few times a minute: whoever makes
  names up must not make us ask without end.
- While the provider is away what is kept goes on, for a day; it is asked again every few seconds.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec
import structlog

from libs.common.adapters.oidc.discovery import document_url, may_be_asked, read_document
from libs.common.adapters.oidc.http import Credentials, ProviderHttp
from libs.common.adapters.oidc.keys import SigningKey, UnknownKeyError, read_keys, verify
from libs.common.domain.errors import InvalidInput, NotAuthenticated, ProviderUnavailable
from libs.common.ports.oidc import ProviderDocument, ProviderTokens, SignedToken

T = TypeVar("T")

_DOCUMENT_FRESH_S = 3600.0
_KEYS_FRESH_S = 300.0
_GOES_ON_S = 86400.0
_REST_S = 5.0
_EXTRA = 6
_EXTRA_WITHIN_S = 60.0
_LOG = structlog.get_logger()


class HttpOidcProvider:
    """Implements `ports.oidc.OidcProvider` for one issuer.

    Raises:
        InvalidInput: for an issuer that may not be asked.
    """

    def __init__(
        self,
        issuer: str,
        *,
        http: ProviderHttp,
        who: Credentials,
        allows_http: bool = False,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        if not may_be_asked(issuer, allows_http=allows_http):
            raise InvalidInput(
                "TAIN_OIDC_ISSUER must be an https address without user, password and fragment "
                "(https://sso.example.org/realms/tain); TAIN_OIDC_ALLOW_HTTP=true allows http",
                field="oidc_issuer",
            )
        self._issuer = issuer
        self._http = http
        self._who = who
        self._allows_http = allows_http
        self._now_s = now_s
        self._document = _Held(self._read_document, fresh_s=_DOCUMENT_FRESH_S, now_s=now_s)
        self._keys = _Held(self._read_keys, fresh_s=_KEYS_FRESH_S, now_s=now_s)
        self._extra: deque[float] = deque(maxlen=_EXTRA)

    async def document(self) -> ProviderDocument:
        """Return what the provider says of itself; see the port."""
        return (await self._document.get())[0]

    async def published(self) -> bytes:
        """Return the same as the provider wrote it; see the port."""
        return (await self._document.get())[1]

    async def read_signed(self, token: str) -> SignedToken:
        """Return what a JWT says whose signature holds; see the port."""
        try:
            return verify(token, await self._keys.get())
        except UnknownKeyError:
            pass
        if not self._may_ask_extra():
            raise ProviderUnavailable(
                "the token names a key that is not known yet, and the provider was asked for its keys often lately; "
                "try again in a moment",
                retry_after_s=_EXTRA_WITHIN_S / _EXTRA,
            )
        try:
            return verify(token, await self._keys.get_anew())
        except UnknownKeyError:
            raise NotAuthenticated(
                "the token is signed by a key that the provider does not publish (any more); sign in again"
            ) from None

    async def exchange_code(self, code: str, *, redirect_uri: str, verifier: str) -> ProviderTokens:
        """Return what a code stands for; see the port."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return await self._exchange({**form, "code_verifier": verifier})

    async def exchange_password(self, username: str, password: str, *, scope: str) -> ProviderTokens:
        """Return what a user's password stands for; see the port."""
        form = {"grant_type": "password", "username": username, "password": password, "scope": scope}
        return await self._exchange(form)

    async def exchange_refresh(self, refresh_token: str) -> ProviderTokens:
        """Return what a refresh token stands for; see the port."""
        return await self._exchange({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _exchange(self, form: dict[str, str]) -> ProviderTokens:
        document = await self.document()
        methods = document.token_endpoint_auth_methods_supported
        is_in_body = "client_secret_basic" not in methods and "client_secret_post" in methods
        answer = await self._http.post(document.token_endpoint, form, who=self._who, is_in_body=is_in_body)
        try:
            return msgspec.json.decode(answer, type=ProviderTokens)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # The library's words may hold a piece of a token.
            raise ProviderUnavailable("the answer of the provider's token endpoint can't be read") from None

    async def _read_document(self) -> tuple[ProviderDocument, bytes]:
        data = await self._http.get(document_url(self._issuer))
        return read_document(data, issuer=self._issuer, allows_http=self._allows_http), data

    async def _read_keys(self) -> tuple[SigningKey, ...]:
        return read_keys(await self._http.get((await self.document()).jwks_uri))

    def _may_ask_extra(self) -> bool:
        now = self._now_s()
        if len(self._extra) == _EXTRA and now - self._extra[0] < _EXTRA_WITHIN_S:
            return False
        self._extra.append(now)
        return True


class _Held(Generic[T]):
    """Something of the provider that is kept; whoever comes while it is asked for waits for the same answer."""

    def __init__(self, ask: Callable[[], Awaitable[T]], *, fresh_s: float, now_s: Callable[[], float]) -> None:
        self._ask = ask
        self._fresh_s = fresh_s
        self._now_s = now_s
        self._turn = asyncio.Lock()
        self._held: tuple[float, T] | None = None
        self._failed: tuple[float, ProviderUnavailable] | None = None

    async def get(self) -> T:
        """Return it, asked for anew where it is no longer fresh."""
        if self._held is not None and self._now_s() - self._held[0] < self._fresh_s:
            return self._held[1]
        async with self._turn:
            if self._held is not None and self._now_s() - self._held[0] < self._fresh_s:
                return self._held[1]
            return await self._asked_or_kept()

    async def get_anew(self) -> T:
        """Ask for it, unless somebody else's answer came meanwhile.

        Raises:
            ProviderUnavailable: also where what is kept would go on.
        """
        came_at = self._now_s()
        async with self._turn:
            if self._held is not None and self._held[0] > came_at:
                return self._held[1]
            return await self._asked()

    async def _asked_or_kept(self) -> T:
        now = self._now_s()
        if self._failed is None or now - self._failed[0] >= _REST_S:
            try:
                return await self._asked()
            except ProviderUnavailable as exc:
                self._failed = (self._now_s(), exc)
                _LOG.warning("oidc_provider_away", code=exc.code, reason=exc.message)
        if self._held is not None and now - self._held[0] < _GOES_ON_S:
            return self._held[1]
        failure = self._failed[1] if self._failed is not None else None
        raise ProviderUnavailable(
            failure.message if failure else "the OpenID provider does not answer", retry_after_s=_REST_S
        )

    async def _asked(self) -> T:
        value = await self._ask()
        self._held, self._failed = (self._now_s(), value), None
        return value
