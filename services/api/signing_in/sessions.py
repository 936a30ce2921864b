"""Sign-ins that go on: begun, renewed, ended.

A JWT lives for minutes and is renewed with a refresh token, which is good for one renewal; a
browser holds a cookie in their place. Only the sha256 of either is stored.
"""

import secrets
from datetime import timedelta

import msgspec

from libs.common.domain.access.identity import Credential
from libs.common.domain.access.people import User
from libs.common.domain.access.sessions import Session
from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.errors import NotAuthenticated
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.records import Sessions, Users
from services.api.signing_in.identities import Identities
from services.api.signing_in.jwts import LIVES_FOR, Jwts

_SECRET_BYTES = 32
_MOST_CHARACTERS = 1024
_AGENT_CHARACTERS = 200


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider tells of somebody at a sign-in, besides who it is."""

    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a program gets that signs in or renews."""

    jwt: str
    refresh_token: str
    expires_in_s: int


class CookieGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser gets that signs in: the cookie's value, and the word that its own scripts send."""

    cookie: str
    csrf: str
    max_age_s: int
    roles: tuple[str, ...]


class SignIns:
    """Begins, renews and ends sign-ins, each of which lasts `days`."""

    def __init__(
        self, *, sessions: Sessions, users: Users, identities: Identities, jwts: Jwts, clock: Clock, ids: Ids, days: int
    ) -> None:
        self._sessions = sessions
        self._users = users
        self._identities = identities
        self._jwts = jwts
        self._clock = clock
        self._ids = ids
        self._lasts = timedelta(days=days)

    async def begin(
        self, user: User, *, address: str | None, agent: str | None = None, told: Told | None = None
    ) -> Grant:
        """Begin the sign-in of a program.

        Raises:
            NotAuthenticated: for a user who is disabled.
            StoreUnavailable: when the database does not answer.
        """
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        session = self._session(user, secret, address=address, agent=agent, told=told or Told())
        grant = await self._grant(user, session, secret)
        await self._sessions.add(session)
        return grant

    async def begin_cookie(
        self,
        user: User,
        *,
        address: str | None,
        agent: str | None = None,
        told: Told | None = None,
        lasts: timedelta | None = None,
    ) -> CookieGrant:
        """Begin the sign-in of a browser; `lasts` is how long, where it is less than usual.

        Raises:
            NotAuthenticated, StoreUnavailable: as `begin`.
        """
        secret, csrf = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        session = self._session(user, secret, address=address, agent=agent, told=told or Told(), csrf=csrf)
        lasting = min(self._lasts, lasts or self._lasts)
        session = msgspec.structs.replace(session, expires_at=session.created_at + lasting)
        roles = await self._roles(user, session)
        await self._sessions.add(session)
        return CookieGrant(cookie=secret, csrf=csrf, max_age_s=int(lasting.total_seconds()), roles=roles)

    async def renew(self, refresh_token: str) -> Grant:
        """Give the next JWT and refresh token for this one.

        A refresh token that was used before is shown by a thief, or by who was robbed: the sign-in
        ends for both.

        Raises:
            NotAuthenticated: for a token that is not good, or no more.
            StoreUnavailable: when the database does not answer.
        """
        digest = _digest(refresh_token)
        session = await self._sessions.find(digest) if len(refresh_token) <= _MOST_CHARACTERS else None
        if session is None or session.kind != "refresh":
            raise NotAuthenticated("the refresh token is not good, or no more; sign in again")
        user = await self._users.get(session.user_id)
        now = self._clock.now()
        is_over = session.expires_at <= now
        if user is None or is_over or (user.sessions_valid_from or session.created_at) > session.created_at:
            raise NotAuthenticated("this sign-in has ended; sign in again")
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        grant = await self._grant(user, session, secret)
        is_first = session.hash == digest
        if not is_first or not await self._sessions.rotate(session.id, was=digest, digest=_digest(secret), at=now):
            await self._sessions.end(session.id)
            raise NotAuthenticated("this refresh token was used before, so the sign-in was ended; sign in again")
        return grant

    async def end(self, session_id: str) -> None:
        """End a sign-in; a no-op where it has ended."""
        await self._sessions.end(session_id)

    async def end_by_refresh_token(self, refresh_token: str) -> None:
        """End the sign-in of a refresh token; a no-op where there is none."""
        session = await self._sessions.find(_digest(refresh_token))
        if session is not None and session.kind == "refresh":
            await self._sessions.end(session.id)

    def _session(
        self, user: User, secret: str, *, address: str | None, agent: str | None, told: Told, csrf: str | None = None
    ) -> Session:
        now = self._clock.now()
        return Session(
            id=self._ids.new(),
            user_id=user.id,
            kind="refresh" if csrf is None else "cookie",
            hash=_digest(secret),
            roles=told.roles,
            groups=told.groups,
            csrf=csrf,
            address=address,
            agent=agent[:_AGENT_CHARACTERS] if agent else None,
            created_at=now,
            expires_at=now + self._lasts,
        )

    async def _grant(self, user: User, session: Session, secret: str) -> Grant:
        roles = await self._roles(user, session)
        jwt = self._jwts.make(
            user_id=user.id, name=user.name, roles=roles, session_id=session.id, now=self._clock.now()
        )
        return Grant(jwt=jwt, refresh_token=secret, expires_in_s=int(LIVES_FOR.total_seconds()))

    async def _roles(self, user: User, session: Session) -> tuple[str, ...]:
        identity = await self._identities.of(
            user, credential=Credential.SESSION, roles=session.roles, groups=session.groups
        )
        return identity.roles


def _digest(secret: str) -> Sha256:
    return sha256_of(secret.encode("utf-8", "surrogatepass"))
