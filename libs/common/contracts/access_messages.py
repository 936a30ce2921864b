"""Messages about who may do what: users, tokens, roles, groups, sign-ins, settings. For the audit trail.

None of them carries a password, a token, or a part of one.
"""

from typing import ClassVar, Literal

from libs.common.contracts.message import Message


class UserChanged(Message, frozen=True, kw_only=True):
    """A user or service account was made, changed or removed; `fields` names what changed."""

    subject: ClassVar[str] = "user.changed"

    user_id: str
    user: str
    change: Literal["created", "updated", "deleted"]
    fields: tuple[str, ...] = ()
    by: str | None = None
    by_address: str | None = None


class UserSignedIn(Message, frozen=True, kw_only=True):
    """Somebody signed in."""

    subject: ClassVar[str] = "user.authenticated"

    user_id: str
    user: str
    way: Literal["password", "oidc"]
    by_address: str | None = None


class SignInRefused(Message, frozen=True, kw_only=True):
    """A sign-in was refused so often that there is a pause now; `user` is what was typed, if there is such a user."""

    subject: ClassVar[str] = "signin.refused"

    user: str | None
    failures: int
    locked_s: int
    by_address: str | None = None


class TokenChanged(Message, frozen=True, kw_only=True):
    """A token was made, given a new value (`updated`), renamed or narrowed, or revoked; `user` is its owner."""

    subject: ClassVar[str] = "token.changed"

    token_id: str
    name: str
    user: str
    change: Literal["created", "updated", "metadata_updated", "revoked"]
    by: str | None = None
    by_address: str | None = None


class RoleChanged(Message, frozen=True, kw_only=True):
    """A role was made, changed or removed."""

    subject: ClassVar[str] = "role.changed"

    role: str
    change: Literal["created", "updated", "deleted"]
    by: str | None = None
    by_address: str | None = None


class GroupChanged(Message, frozen=True, kw_only=True):
    """A group was made, changed or removed, or its members changed; `user` is the member."""

    subject: ClassVar[str] = "group.changed"

    group: str
    change: Literal["created", "updated", "deleted", "user_added", "user_deleted"]
    user: str | None = None
    by: str | None = None
    by_address: str | None = None


class ChannelGroupChanged(Message, frozen=True, kw_only=True):
    """A group may do other things in a channel than before."""

    subject: ClassVar[str] = "channel.shared"

    channel: str
    channel_id: str
    group: str
    change: Literal["added", "deleted"]
    level: str | None = None
    by: str | None = None
    by_address: str | None = None


class SettingsChanged(Message, frozen=True, kw_only=True):
    """Settings of the whole system were changed; `fields` names which."""

    subject: ClassVar[str] = "settings.changed"

    fields: tuple[str, ...] = ()
    by: str | None = None
    by_address: str | None = None


ACCESS_MESSAGES: tuple[type[Message], ...] = (
    UserChanged,
    UserSignedIn,
    SignInRefused,
    TokenChanged,
    RoleChanged,
    GroupChanged,
    ChannelGroupChanged,
    SettingsChanged,
)
