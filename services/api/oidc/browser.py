"""A browser signs in at the provider: there with a question of our own, back with a code.

Essential reading (in order): RFC 6749 section 4.1, RFC 7636, OpenID Connect Core 1.0 section 3.1,
RFC 9207, RFC 9700 section 2.1.

What is asked (state, nonce, PKCE's verifier, where to go after) is sealed in a cookie of the browser
that asked, so nobody else's browser can bring the answer, and no api needs another's memory. Each
attempt has a cookie of its own, for people open several pages at once.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import msgspec

from libs.common.domain.access.people import User
from libs.common.domain.errors import InvalidInput, NotAuthenticated, ProviderRefused
from libs.common.ports.oidc import OidcProvider, ProviderDocument, ProviderTokens
from libs.common.ports.secrets import Seal
from services.api.oidc.check_token import check_id_token, check_issuer, subject_of
from services.api.oidc.know_user import FinishSignIn, UserPorts, know_user, told_by
from services.api.oidc.local_path import check_local_path
from services.api.oidc.settings import OidcSettings
from services.api.oidc.unproven import unproven_claims
from services.api.signing_in.sessions import Told

COOKIE = "tain_oidc_"
"""What the names of the cookies begin with; the beginning of the state follows."""

WITHIN = timedelta(minutes=10)
"""How long a person may take at the provider."""

_NAME_CHARACTERS = 12
_STATE_LIMIT = 200


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a cookie holds; `kind` keeps it apart from all else that is sealed with the key."""

    kind: Literal["oidc-sign-in"] = "oidc-sign-in"
    state: str
    nonce: str
    verifier: str
    next: str
    until: int


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """Where a browser is sent, with which cookie."""

    url: str
    cookie_name: str
    cookie: str


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Who came back, what the provider tells of them, and where they go."""

    user: User
    told: Told
    next: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider sent a browser back with (RFC 6749 section 4.1.2, RFC 9207)."""

    state: str | None = None
    code: str | None = None
    iss: str | None = None
    error: str | None = None


class BrowserSignIn:
    """Sends browsers to the provider and takes them back."""

    def __init__(
        self, *, provider: OidcProvider, settings: OidcSettings, seal: Seal, ports: UserPorts, finish: FinishSignIn
    ) -> None:
        self._provider = provider
        self.settings = settings
        self._finish = finish
        self._seal = seal
        self._ports = ports

    async def depart(self, next_path: str) -> Departure:
        """Return where a browser is to go.

        Raises:
            InvalidInput: for a next page that is not of this server.
            ProviderUnavailable: when the provider does not answer, and never did.
        """
        document = await self._provider.document()
        asked = _Asked(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            next=check_local_path(next_path),
            until=int((self._ports.clock.now() + WITHIN).timestamp()),
        )
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": _challenge(asked.verifier),
            "code_challenge_method": "S256",
        }
        return Departure(
            url=_with_query(document.authorization_endpoint, urlencode(query)),
            cookie_name=cookie_name(asked.state),
            cookie=self._seal.seal(msgspec.json.encode(asked).decode()),
        )

    async def hand_on(self, query: str) -> str:
        """Return where another client's question is to go: to the provider, as it is."""
        return _with_query((await self._provider.document()).authorization_endpoint, query)

    async def arrive(self, answer: Answer, *, cookies: Mapping[str, str], address: str | None) -> Arrival:
        """Take back a browser.

        Raises:
            InvalidInput: when it is not the browser that we sent, or it took too long.
            NotAuthenticated: when the provider did not let them in, or its tokens do not hold.
            NotAllowed: for a name that they can't have here.
            ProviderUnavailable, StoreUnavailable: when it can't be told now.
        """
        asked = self._asked(answer, cookies)
        self._check_sender(answer, await self._provider.document())
        if answer.error is not None:
            raise NotAuthenticated(f"the provider did not let you in ({_word(answer.error)}); begin again")
        if not answer.code:
            raise InvalidInput("the provider sent no code; begin again at /api/auth/authorize", field="code")
        try:
            tokens = await self._provider.exchange_code(
                answer.code, redirect_uri=self.settings.redirect_uri, verifier=asked.verifier
            )
        except ProviderRefused as exc:
            if exc.error == "invalid_grant":
                raise NotAuthenticated("the provider's code was used before, or is too old; begin again") from exc
            raise
        claims, told = await self._read(tokens, nonce=asked.nonce)
        user = await know_user(claims, told, address=address, settings=self.settings, ports=self._ports)
        user = await self._finish(user, told, at=self._ports.clock.now(), address=address)
        return Arrival(user=user, told=told, next=asked.next)

    async def published(self) -> bytes:
        """Return what the provider says of itself, as it wrote it."""
        return await self._provider.published()

    def _asked(self, answer: Answer, cookies: Mapping[str, str]) -> _Asked:
        state = answer.state or ""
        sealed = cookies.get(cookie_name(state), "") if len(state) <= _STATE_LIMIT else ""
        try:
            asked = msgspec.json.decode(self._seal.unseal(sealed), type=_Asked)
        except (InvalidInput, msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise _not_ours() from exc
        if not hmac.compare_digest(asked.state.encode(), state.encode("utf-8", "surrogatepass")):
            raise _not_ours()
        if datetime.fromtimestamp(asked.until, tz=UTC) <= self._ports.clock.now():
            raise _not_ours()
        return asked

    def _check_sender(self, answer: Answer, document: ProviderDocument) -> None:
        """Refuse an answer of another provider than the one that was asked (RFC 9207 section 2.4)."""
        is_missing = answer.iss is None and document.authorization_response_iss_parameter_supported
        if is_missing or (answer.iss is not None and answer.iss != self.settings.issuer):
            raise InvalidInput("the answer is not of the provider that was asked; begin again", field="iss")

    async def _read(self, tokens: ProviderTokens, *, nonce: str) -> tuple[Mapping[str, Any], Told]:
        """Return who it is and what is told of them: Keycloak's roles stand in the access token alone."""
        if tokens.id_token is None:
            raise NotAuthenticated("the provider gave no id token; TAIN_OIDC_SCOPES must name openid")
        now = self._ports.clock.now()
        signed = await self._provider.read_signed(tokens.id_token)
        check_id_token(signed, settings=self.settings, nonce=nonce, access_token=tokens.access_token, now=now)
        told = told_by(signed.claims, self.settings)
        # Access tokens of some providers are no JWTs; then the id token says all.
        if unproven_claims(tokens.access_token) is None:
            return signed.claims, told
        access = await self._provider.read_signed(tokens.access_token)
        check_issuer(access.claims, self.settings)
        if subject_of(access.claims) != subject_of(signed.claims):
            raise NotAuthenticated("the provider's id token and access token are of two people")
        more = told_by(access.claims, self.settings)
        both = Told(
            roles=tuple(dict.fromkeys((*told.roles, *more.roles))),
            groups=tuple(dict.fromkeys((*told.groups, *more.groups))),
        )
        return {**access.claims, **signed.claims}, both


def cookie_name(state: str) -> str:
    """Return the name of the cookie of one attempt."""
    return COOKIE + "".join(sign for sign in state[:_NAME_CHARACTERS] if sign.isascii() and sign.isalnum())


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _with_query(url: str, query: str) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"


def _word(error: str) -> str:
    is_word = error.isascii() and error.replace("_", "").isalpha() and len(error) <= 40
    return error if is_word else "unknown"


def _not_ours() -> InvalidInput:
    return InvalidInput(
        "this sign-in was begun in another browser, is over, or took more than ten minutes; "
        "begin again at /api/auth/authorize",
        field="state",
    )
