"""Users, roles and groups as they stand on the wire."""

import msgspec


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user or service account."""

    id: str
    username: str
    kind: str = "person"
    email: str | None = None
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    is_disabled: bool = False
    signs_in_by: str = "none"
    created: str | None = None
    last_sign_in: str | None = None


class UserPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of users."""

    total_count: int
    items: tuple[User, ...]


class NewUser(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A user that is to be made."""

    username: str
    password: str | None = None
    email: str | None = None
    roles: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None


class UserChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be changed of a user; what is left out stays."""

    password: str | None = None
    email: str | None = None
    roles: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    is_disabled: bool | None = None


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True):
    """One's own password."""

    old_password: str
    new_password: str


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role: a level in each category that it speaks of."""

    name: str
    description: str | None = None
    levels: dict[str, str] = {}
    all_channels: str = "none"
    is_preset: bool = False


class RolePage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of roles."""

    items: tuple[Role, ...]


class NewRole(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A role that is to be made."""

    name: str
    description: str | None = None
    levels: dict[str, str] = {}
    all_channels: str = "none"


class RoleChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be changed of a role; what is left out stays."""

    description: str | None = None
    levels: dict[str, str] | None = None
    all_channels: str | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group and its members."""

    id: str
    name: str
    description: str | None = None
    roles: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


class GroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of groups."""

    items: tuple[Group, ...]


class NewGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A group that is to be made."""

    name: str
    description: str | None = None
    roles: tuple[str, ...] | None = None


class GroupChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be changed of a group; what is left out stays."""

    description: str | None = None
    roles: tuple[str, ...] | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a group may do in a channel."""

    name: str
    level: str


class GrantPage(msgspec.Struct, frozen=True, kw_only=True):
    """The groups of a channel."""

    items: tuple[Grant, ...]


class GrantWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a group shall be able to do in a channel."""

    level: str
