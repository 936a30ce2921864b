"""Builders of users, groups, roles, tokens and sign-ins with dull defaults."""

import hashlib
from datetime import timedelta

import msgspec

from libs.common.domain.access.people import AccessToken, Group, TokenKind, User
from libs.common.domain.access.roles import Rights, Role
from libs.common.domain.access.sessions import Session
from libs.common.domain.digest import Sha256
from tests.support.records import NOON


def digest_of(value: str) -> Sha256:
    """Return the sha256 of a secret."""
    return Sha256(hashlib.sha256(value.encode()).hexdigest())


def a_user(name: str = "ann", **changes: object) -> User:
    """Return an author whose id is made of the name."""
    user = User(id=f"id-of-{name}", name=name, roles=("author",), created_at=NOON)
    return msgspec.structs.replace(user, **changes)


def a_group(name: str = "team", **changes: object) -> Group:
    """Return a group whose id is made of its name."""
    return msgspec.structs.replace(Group(id=f"id-of-{name}", name=name, created_at=NOON), **changes)


def a_role(name: str = "helper", **changes: object) -> Role:
    """Return a role that gives nothing."""
    return msgspec.structs.replace(Role(name=name, rights=Rights(), created_at=NOON), **changes)


def a_token(name: str = "ci", *, of: str = "ann", value: str | None = None, **changes: object) -> AccessToken:
    """Return a scope token whose value is its name, unless another is given."""
    token = AccessToken(
        id=f"id-of-{of}-{name}",
        user_id=f"id-of-{of}",
        name=name,
        kind=TokenKind.SCOPE,
        hash=digest_of(value or name),
        scopes=("channel:view",),
        created_at=NOON,
    )
    return msgspec.structs.replace(token, **changes)


def a_session(value: str = "secret", *, of: str = "ann", **changes: object) -> Session:
    """Return a sign-in of a day, whose id is made of its secret."""
    session = Session(
        id=f"id-of-{value}",
        user_id=f"id-of-{of}",
        kind="refresh",
        hash=digest_of(value),
        created_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )
    return msgspec.structs.replace(session, **changes)
