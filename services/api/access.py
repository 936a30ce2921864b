"""What a request shows -> who asks.

One valid credential is enough: the administrator's token of a file, an opaque token, a JWT of our
own or of a provider, or the cookie of a browser. Whatever is revoked, disabled or changed counts
on every api half a second later at the latest.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from libs.common.domain.access.identity import ANONYMOUS, Credential, Identity, Limits
from libs.common.domain.access.people import AccessToken, TokenKind, User
from libs.common.domain.access.roles import ADMIN, PRESETS
from libs.common.domain.access.sessions import Session
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotAuthenticated
from libs.common.ports.clock import Clock
from libs.common.ports.records import AccessTokens, Groups, Roles, Sessions, Users
from services.api.credentials import Shown, tokens_of
from services.api.signing_in.bearer_verifiers import BearerVerifier
from services.api.signing_in.guesses import Guesses
from services.api.signing_in.identities import Identities
from services.api.signing_in.jwts import Jwts
from services.api.signing_in.kept import KEPT_S, Kept
from services.api.signing_in.own_pages import check_own_page

ADMIN_NAME = "admin"
"""The name that the holder of the administrator's token goes by."""

_REMEMBERED = 10_000
_MOST_CHARACTERS = 16 * 1024
_JWT_DOTS = 2


class People(Protocol):
    """The documents that say who is who."""

    @property
    def users(self) -> Users:
        """Users and service accounts."""

    @property
    def groups(self) -> Groups:
        """Groups of users."""

    @property
    def roles(self) -> Roles:
        """Roles that were made here."""

    @property
    def access_tokens(self) -> AccessTokens:
        """Opaque tokens."""

    @property
    def sessions(self) -> Sessions:
        """Sign-ins that go on."""


class Access:
    """Knows who holds which token; without `people` only the administrator's.

    Without `jwts` it takes a key of its own, which no other api has.

    `verifiers` know bearer tokens that others sign. `public_url` is where browsers find the server,
    where that differs from the address that it is asked by. `kept_s` is how long a lookup is remembered.
    With `by_provider` sign-ins are a provider's alone: those by password that were made before count no more.
    """

    def __init__(
        self,
        admin_token: str,
        *,
        people: People | None = None,
        jwts: Jwts | None = None,
        clock: Clock | None = None,
        verifiers: Sequence[BearerVerifier] = (),
        public_url: str | None = None,
        by_provider: bool = False,
        kept_s: float = KEPT_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._admin = _fingerprint(admin_token)
        self._people = people
        self.jwts = jwts or Jwts(secrets.token_bytes(32))
        self._clock = clock
        self._verifiers = tuple(verifiers)
        self._guesses = Guesses(now_s=now_s)
        self.public_url = public_url
        self._by_provider = by_provider
        self._tokens: Kept[str, tuple[AccessToken, User]] = Kept(limit=_REMEMBERED, kept_s=kept_s, now_s=now_s)
        self._sessions: Kept[str, tuple[Session, User]] = Kept(limit=_REMEMBERED, kept_s=kept_s, now_s=now_s)
        self.identities = (
            None if people is None else Identities(roles=people.roles, groups=people.groups, kept_s=kept_s, now_s=now_s)
        )

    async def identify(self, shown: Shown) -> Identity:
        """Return who asks; anonymous where nothing was shown.

        Raises:
            NotAuthenticated: when something was shown and none of it is valid.
            NotAllowed: for a change by cookie that did not come from a page of our own.
            TooManyAttempts: for an address that shows too many tokens that nobody knows.
            StoreUnavailable: when the database does not answer.
        """
        tokens = tokens_of(shown)
        # All are looked at, so that the time tells nothing of where the right one stands.
        if sum([hmac.compare_digest(_fingerprint(token), self._admin) for token in tokens]):
            return self._administrator(shown)
        refused: NotAuthenticated | None = None
        for token in dict.fromkeys(tokens):
            try:
                return await self._by_token(token, shown)
            except NotAuthenticated as exc:
                refused = refused or exc
        if shown.cookie is not None:
            try:
                return await self._by_cookie(shown.cookie, shown)
            except NotAuthenticated as exc:
                refused = refused or exc
        if refused is not None:
            raise refused
        return msgspec.structs.replace(ANONYMOUS, address=shown.address)

    async def session_of(self, cookie: str) -> Session:
        """Return the sign-in of a browser's cookie.

        Raises:
            NotAuthenticated: where there is none any more.
            StoreUnavailable: when the database does not answer.
        """
        session, _ = await self._sessions.get(f"cookie {_digest(cookie)}", lambda: self._find_cookie(cookie))
        return session

    def _administrator(self, shown: Shown) -> Identity:
        return Identity(
            name=ADMIN_NAME,
            user_id=ADMIN_NAME,
            roles=(ADMIN,),
            rights=PRESETS[ADMIN].rights,
            credential=Credential.BOOTSTRAP,
            address=shown.address,
        )

    async def _by_token(self, token: str, shown: Shown) -> Identity:
        if self._people is None or not token or len(token) > _MOST_CHARACTERS:
            raise _unknown()
        if token.count(".") == _JWT_DOTS:
            return await self._by_jwt(token, shown)
        digest = _digest(token)
        if not self._tokens.has(digest):
            self._guesses.check(shown.address)
        held, user = await self._tokens.get(digest, lambda: self._find_token(digest, shown.address))
        if held.expires_at is not None and held.expires_at <= self._now():
            raise NotAuthenticated(
                f"the token {held.name!r} ended on {held.expires_at:%Y-%m-%d}; make another one, or give it a new value"
            )
        return await self._identities.of(
            user, credential=Credential.TOKEN, limits=limits_of(held), token_id=held.id, address=shown.address
        )

    async def _by_jwt(self, token: str, shown: Shown) -> Identity:
        claims = self.jwts.read(token, now=self._now())
        if claims is not None:
            session_id = claims.sid
            session, user = await self._sessions.get(session_id, lambda: self._find_session(session_id))
            return await self._by_session(session, user, shown)
        for verifier in self._verifiers:
            identity = await verifier.verify(token, address=shown.address)
            if identity is not None:
                return identity
        raise NotAuthenticated(
            "the sign-in token that was sent is not one of this server, or was changed on its way; sign in again"
        )

    async def _by_cookie(self, cookie: str, shown: Shown) -> Identity:
        if self._people is None or not cookie or len(cookie) > _MOST_CHARACTERS:
            raise _ended()
        session, user = await self._sessions.get(f"cookie {_digest(cookie)}", lambda: self._find_cookie(cookie))
        identity = await self._by_session(session, user, shown)
        if not shown.is_safe:
            check_own_page(shown, session.csrf, public_url=self.public_url)
        return identity

    async def _by_session(self, session: Session, user: User, shown: Shown) -> Identity:
        is_over = session.expires_at <= self._now()
        if is_over or (user.sessions_valid_from is not None and session.created_at < user.sessions_valid_from):
            raise _ended()
        if (user.issuer if self._by_provider else user.password_hash) is None:
            # Made before the operator chose the other way to sign in.
            raise _ended()
        return await self._identities.of(
            user,
            credential=Credential.SESSION,
            roles=session.roles,
            groups=session.groups,
            session_id=session.id,
            address=shown.address,
        )

    async def _find_token(self, digest: str, address: str | None) -> tuple[AccessToken, User]:
        held = await self._known.access_tokens.find(Sha256(digest))
        user = await self._known.users.get(held.user_id) if held is not None else None
        if held is None or user is None:
            self._guesses.count(address)
            raise _unknown()
        return held, user

    async def _find_session(self, session_id: str) -> tuple[Session, User]:
        return await self._with_user(await self._known.sessions.get(session_id))

    async def _find_cookie(self, cookie: str) -> tuple[Session, User]:
        digest = Sha256(_digest(cookie))
        session = await self._known.sessions.find(digest)
        # The secret of a refresh token is no cookie: it would live without its CSRF word.
        is_cookie = session is not None and session.kind == "cookie" and session.hash == digest
        return await self._with_user(session if is_cookie else None)

    async def _with_user(self, session: Session | None) -> tuple[Session, User]:
        user = await self._known.users.get(session.user_id) if session is not None else None
        if session is None or user is None:
            raise _ended()
        return session, user

    @property
    def _known(self) -> People:
        if self._people is None:
            raise _unknown()
        return self._people

    @property
    def _identities(self) -> Identities:
        if self.identities is None:
            raise _unknown()
        return self.identities

    def _now(self) -> datetime:
        if self._clock is None:
            raise _unknown()
        return self._clock.now()


def limits_of(token: AccessToken) -> Limits:
    """Return what a token narrows its owner's rights to."""
    if token.kind is TokenKind.SCOPE:
        return Limits(scopes=frozenset(token.scopes))
    return Limits(resources=dict(token.resources))


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _digest(secret: str) -> str:
    return _fingerprint(secret).hex()


def _unknown() -> NotAuthenticated:
    return NotAuthenticated(
        "the token that was sent is not valid here: it is mistyped, or was revoked; make another one, "
        "or ask your administrator for one"
    )


def _ended() -> NotAuthenticated:
    return NotAuthenticated("this sign-in has ended; sign in again")
