"""Users, service accounts, groups, and the tokens that stand for them."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from libs.common.domain.access.levels import Level
from libs.common.domain.channel import ChannelKey
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import InvalidInput

_USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
_GROUP_NAME = re.compile(r"[A-Za-z0-9/][A-Za-z0-9 ._@/+-]{0,127}")

SERVICE_ACCOUNT = "service-account-channel-"
"""What the name of a channel's service account begins with; a subchannel's slash is a `-` in it."""


class UserKind(StrEnum):
    """Whether a person or a machine."""

    PERSON = "person"
    SERVICE = "service"


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can be known: `name` is unique, stands in owners and in the audit trail, and never changes.

    `password_hash` is argon2's, None for whom no password lets in. `issuer` and `subject` are
    those of an OpenID provider. `roles` and `groups` are given here; `told_roles` and `told_groups` are
    what the provider told at the last sign-in, for the tokens that are made here. `serves` is set for
    service accounts. `sessions_valid_from` ends all older sign-ins.
    """

    id: str
    name: str
    kind: UserKind = UserKind.PERSON
    email: str | None = None
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    password_hash: str | None = None
    issuer: str | None = None
    subject: str | None = None
    told_roles: tuple[str, ...] = ()
    told_groups: tuple[str, ...] = ()
    is_disabled: bool = False
    serves: ChannelKey | None = None
    default_channel: ChannelKey | None = None
    sessions_valid_from: datetime | None = None
    created_at: datetime
    updated_at: datetime | None = None
    last_sign_in_at: datetime | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group: its members are users that name it, or that a provider puts in it; `roles` are its members'."""

    id: str
    name: str
    description: str | None = None
    roles: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime | None = None


class TokenKind(StrEnum):
    """A scope token lists scopes, a resource token channels; never both."""

    SCOPE = "scope"
    RESOURCE = "resource"


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """An opaque token; its value is shown once, and only its sha256 is stored.

    `renewed_at` is when it got its present value, where that is not the first one.
    """

    id: str
    user_id: str
    name: str
    kind: TokenKind
    hash: Sha256
    scopes: tuple[str, ...] = ()
    resources: Mapping[ChannelKey, Level] = {}
    created_at: datetime
    expires_at: datetime | None = None
    renewed_at: datetime | None = None
    created_by: str | None = None


def check_user_name(name: str) -> None:
    """Refuse names that could not stand in URLs, logs and channels' owners.

    Raises:
        InvalidInput: with what to write instead.
    """
    if not _USER_NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:80]!r} is not a user's name; use a letter or digit, then at most 127 of A-Z a-z 0-9 . _ @ + -",
            field="username",
        )


def check_group_name(name: str) -> None:
    """Refuse names that could not stand in URLs and logs.

    Raises:
        InvalidInput: with what to write instead.
    """
    if not _GROUP_NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:80]!r} is not a group's name; use at most 128 of A-Z a-z 0-9 . _ @ + - / and blanks", field="name"
        )


def service_account_name(channel: ChannelKey) -> str:
    """Return the name of a channel's service account."""
    return SERVICE_ACCOUNT + channel.replace("/", "-")
