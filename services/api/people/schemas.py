"""Objects of users, roles and groups as they stand on the wire; nothing else uses them."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from libs.common.domain.access.levels import Category, Level
from services.api.schemas import Timestamp

Email = Annotated[str, Meta(max_length=254, pattern=r"^[^\s@]+@[^\s@]+$", examples=["ann@example.org"])]
Names = Annotated[tuple[str, ...], Meta(max_length=100)]
Description = Annotated[str, Meta(max_length=1000)]
Password = Annotated[str, Meta(max_length=1024, extra_json_schema={"format": "password"})]


class UserOut(msgspec.Struct, frozen=True, kw_only=True):
    """A user or service account; what an OpenID provider tells of roles and groups is not among those shown."""

    id: str
    username: str
    kind: Literal["person", "service"]
    email: str | None
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    is_disabled: bool
    signs_in_by: Literal["password", "oidc", "none"]
    created: Timestamp
    last_sign_in: Timestamp | None


class UserList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of users, by name."""

    total_count: int
    items: tuple[UserOut, ...]


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a user; without roles they are an author, without a password no password lets them in."""

    username: Annotated[str, Meta(examples=["ann"])]
    password: Password | None = None
    email: Email | None = None
    roles: Names | UnsetType | None = UNSET
    groups: Names | None = None


class UserChanges(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of a user: what is left out stays. A new password ends all of the user's sign-ins."""

    username: str | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    email: Email | UnsetType | None = UNSET
    roles: Names | UnsetType = UNSET
    groups: Names | UnsetType = UNSET
    is_disabled: bool | UnsetType = UNSET


class RoleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A role: a level in each category, and on all channels."""

    name: str
    description: str | None
    levels: dict[Category, Level]
    all_channels: Level
    is_preset: bool


class RoleList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of roles, the built-in ones first."""

    total_count: int
    items: tuple[RoleOut, ...]


class NewRole(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a role; a category that is left out is `none`."""

    name: Annotated[str, Meta(examples=["curator"])]
    description: Description | None = None
    levels: Annotated[dict[Category, Level], Meta(examples=[{"channel": "read", "cve": "write"}])] = {}
    all_channels: Level = Level.NONE


class RoleChanges(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of a role: what is left out stays; `levels` are replaced as a whole."""

    name: str | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    levels: dict[Category, Level] | UnsetType = UNSET
    all_channels: Level | UnsetType = UNSET


class GroupOut(msgspec.Struct, frozen=True, kw_only=True):
    """A group; those that a provider puts into it are not among its `members`."""

    id: str
    name: str
    description: str | None
    roles: tuple[str, ...]
    members: tuple[str, ...]


class GroupList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of groups, by name."""

    total_count: int
    items: tuple[GroupOut, ...]


class GroupChannelOut(msgspec.Struct, frozen=True, kw_only=True):
    """A channel or subchannel (CHANNEL/SUBCHANNEL) that names a group, and what its members may do there."""

    channel: str
    level: Level


class GroupChannelList(msgspec.Struct, frozen=True, kw_only=True):
    """The channels that name a group, by name."""

    total_count: int
    items: tuple[GroupChannelOut, ...]


class NewGroup(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a group; its roles are those of all its members."""

    name: Annotated[str, Meta(examples=["data-science"])]
    description: Description | None = None
    roles: Names | None = None


class GroupChanges(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of a group: what is left out stays."""

    name: str | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    roles: Names | UnsetType = UNSET


class ChannelGroupOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the members of a group may do in a channel, besides what their roles let them do at all."""

    name: str
    level: Level


class ChannelGroupList(msgspec.Struct, frozen=True, kw_only=True):
    """The groups of a channel, by name."""

    total_count: int
    items: tuple[ChannelGroupOut, ...]


class ChannelGroupWish(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of what a group may do in a channel."""

    level: Literal["read", "write", "manage"]
