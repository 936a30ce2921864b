"""users, roles and groups -> the wire's objects."""

from collections.abc import Iterable, Sequence

from libs.common.domain.access.levels import Category
from libs.common.domain.access.people import Group, User
from libs.common.domain.access.roles import Role
from services.api.people.known_people import KnownPeople
from services.api.people.schemas import GroupOut, RoleOut, UserOut
from services.api.sync_state import timestamp, timestamp_or_none


def show_user(user: User) -> UserOut:
    """Show a user, and nothing that one could sign in by."""
    return UserOut(
        id=user.id,
        username=user.name,
        kind=user.kind.value,
        email=user.email,
        roles=user.roles,
        groups=user.groups,
        is_disabled=user.is_disabled,
        signs_in_by="oidc" if user.issuer is not None else "password" if user.password_hash is not None else "none",
        created=timestamp(user.created_at),
        last_sign_in=timestamp_or_none(user.last_sign_in_at),
    )


def find_users(users: Iterable[User], *, search: str | None, kind: str | None) -> Sequence[User]:
    """Return the users of a kind with this in their name or email, whatever its case; all where neither is said."""
    wanted = (search or "").strip().casefold()
    return [
        user
        for user in users
        if kind in (None, user.kind.value)
        and (wanted in user.name.casefold() or wanted in (user.email or "").casefold())
    ]


def show_role(role: Role) -> RoleOut:
    """Show a role with its level in every category."""
    return RoleOut(
        name=role.name,
        description=role.description,
        levels={category: role.rights.level(category) for category in Category},
        all_channels=role.rights.all_channels,
        is_preset=role.is_preset,
    )


def show_group(group: Group, *, people: KnownPeople) -> GroupOut:
    """Show a group with its members."""
    return GroupOut(
        id=group.id,
        name=group.name,
        description=group.description,
        roles=group.roles,
        members=members_of(group, people.users.values()),
    )


def members_of(group: Group, users: Iterable[User]) -> tuple[str, ...]:
    """Name those who were put into a group here."""
    return tuple(sorted(user.name for user in users if group.name in user.groups))
