"""What a provider says of somebody -> the user that they are here, made when they are first seen."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from libs.common.contracts.access_messages import UserChanged
from libs.common.domain.access.people import SERVICE_ACCOUNT, User, UserKind, check_user_name
from libs.common.domain.access.roles import ADMIN
from libs.common.domain.errors import InvalidInput, NotAllowed, NotAuthenticated
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Users
from services.api.oidc.check_token import given_to, subject_of
from services.api.oidc.claims import groups_told, roles_told, text_at
from services.api.oidc.settings import OidcSettings
from services.api.say_unsaid import say_unsaid
from services.api.signing_in.first_administrator import FIRST_ADMINISTRATOR
from services.api.signing_in.sessions import Told

_OF_SERVICES = "service-account-"
"""What Keycloak calls the user of a client's own credentials, before the client's id."""

_AGAIN_AFTER = timedelta(hours=1)
"""Tokens that do not say when somebody signed in are told of this often at most."""

_EMAIL_CHARACTERS = 254


class UserPorts(msgspec.Struct, frozen=True):
    """What knowing users asks of the outside world."""

    users: Users
    bus: Bus
    clock: Clock
    ids: Ids


class FinishSignIn(Protocol):
    """Does what belongs to every sign-in; `oidc/finish.py`."""

    async def __call__(self, user: User, told: Told, *, at: datetime, address: str | None) -> User:
        """Return the user as they are after it."""


def told_by(claims: Mapping[str, Any], settings: OidcSettings) -> Told:
    """Return the roles and groups that claims tell."""
    return Told(
        roles=roles_told(claims, paths=settings.roles_claims, role_map=settings.role_map),
        groups=groups_told(claims, path=settings.groups_claim),
    )


async def know_user(
    claims: Mapping[str, Any], told: Told, *, address: str | None, settings: OidcSettings, ports: UserPorts
) -> User:
    """Return the user whom a provider's claims are of.

    They are known by issuer and subject, whatever their name there becomes. Several apis may see
    somebody for the first time at once.

    Raises:
        NotAuthenticated: for who is disabled here, or whose claims tell of nobody.
        NotAllowed: for a name that they can't have.
        StoreUnavailable: when the database does not answer.
    """
    subject = subject_of(claims)
    user = await ports.users.find_subject(settings.issuer, subject)
    if user is None:
        user = await _add(claims, told, subject=subject, address=address, settings=settings, ports=ports)
    if user.is_disabled:
        raise NotAuthenticated(f"the account {user.name} is disabled; ask your administrator")
    return user


async def note_tokens_sign_in(
    user: User, claims: Mapping[str, Any], told: Told, *, address: str | None, clock: Clock, finish: FinishSignIn
) -> User:
    """Finish the sign-in behind a token, once for all of its tokens.

    Raises:
        NotAuthenticated: for one from before all sign-ins of the user were ended.
        StoreUnavailable: when the database does not answer.
    """
    moment = _signed_in_at(claims, now=clock.now())
    if user.sessions_valid_from is not None and moment < user.sessions_valid_from.replace(microsecond=0):
        raise NotAuthenticated("this sign-in was ended here; sign in again")
    last = user.last_sign_in_at
    is_exact = "auth_time" in claims
    if last is not None and moment <= last + (timedelta() if is_exact else _AGAIN_AFTER):
        return user
    return await finish(user, told, at=moment, address=address)


async def _add(
    claims: Mapping[str, Any],
    told: Told,
    *,
    subject: str,
    address: str | None,
    settings: OidcSettings,
    ports: UserPorts,
) -> User:
    name, kind = _name(claims, told, subject=subject, settings=settings)
    now = ports.clock.now()
    user = User(
        id=ports.ids.new(),
        name=name,
        kind=kind,
        email=_email(claims),
        roles=settings.new_user_roles if kind is UserKind.PERSON else (),
        issuer=settings.issuer,
        subject=subject,
        created_at=now,
    )
    message = UserChanged(user_id=user.id, user=name, change="created", by=name, by_address=address)
    word = Unsaid(event_id=f"user.changed-{ports.ids.new()}", at=now, message=message)
    if await ports.users.add(user, unsaid=[word]):
        await say_unsaid(ports.users, user.id, bus=ports.bus)
        return user
    there = await ports.users.find_subject(settings.issuer, subject)
    if there is None:
        raise NotAllowed(
            f"the name {name} belongs to another user here; an administrator must rename one of the two at the "
            "provider, or remove the other user here"
        )
    return there


def _name(claims: Mapping[str, Any], told: Told, *, subject: str, settings: OidcSettings) -> tuple[str, UserKind]:
    name, client = text_at(claims, settings.name_claim), given_to(claims)
    if name is None and client is not None and subject in (client, f"{client}@clients"):
        # A client's own credentials at a provider that gives their user no name.
        name = _OF_SERVICES + client
    if name is None:
        raise NotAllowed(
            f"the token says no name ({settings.name_claim}); add that claim to access tokens at the provider, "
            "or name another one in TAIN_OIDC_NAME_CLAIM"
        )
    try:
        check_user_name(name)
    except InvalidInput as exc:
        raise NotAllowed(
            f"the name that the provider gives can't be one here: {exc.message}; "
            "TAIN_OIDC_NAME_CLAIM can name another claim"
        ) from exc
    if name.startswith(SERVICE_ACCOUNT):
        raise NotAllowed(f"names that begin with {SERVICE_ACCOUNT} belong to channels; rename the client")
    if name == FIRST_ADMINISTRATOR and ADMIN not in told.roles:
        raise NotAllowed("the name admin is the administrator's; rename the user, or give them the role admin")
    return name, UserKind.SERVICE if name.startswith(_OF_SERVICES) else UserKind.PERSON


def _email(claims: Mapping[str, Any]) -> str | None:
    email = text_at(claims, "email")
    return email if email is not None and email.isprintable() and len(email) <= _EMAIL_CHARACTERS else None


def _signed_in_at(claims: Mapping[str, Any], *, now: datetime) -> datetime:
    """Return when somebody signed in, as a token tells it; never later than now."""
    for name in ("auth_time", "iat"):
        value = claims.get(name)
        if isinstance(value, int | float) and 0 < value <= now.timestamp():
            return datetime.fromtimestamp(int(value), tz=UTC)
    return now
