"""Everybody there is, with roles and groups: what a change of one of them is judged by."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.domain.access.give import administrators, beyond, rights_of, rights_of_roles
from libs.common.domain.access.people import Group, User
from libs.common.domain.access.roles import EVERYONE, PRESETS, Rights, Role
from libs.common.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from services.api.ports import Ports

_MOST_NAMES = 20


class KnownPeople(msgspec.Struct, frozen=True, kw_only=True):
    """Users by id, groups and roles by name, presets among them."""

    users: Mapping[str, User]
    groups: Mapping[str, Group]
    roles: Mapping[str, Role]

    def rights_of(self, user: User) -> Rights:
        """Return what a user may do."""
        return rights_of(user, roles=self.roles, groups=self.groups)

    def rights_of_group(self, group: Group) -> Rights:
        """Return what the roles of a group give."""
        return rights_of_roles(group.roles, roles=self.roles)

    def find_user(self, name: str) -> User:
        """Return a user by name.

        Raises:
            NotFound: when there is none.
        """
        found = next((user for user in self.users.values() if user.name == name), None)
        if found is None:
            raise NotFound("there is no user of this name")
        return found

    def find_heir(self, name: str) -> User:
        """Return the user that shall have what another one has.

        Raises:
            InvalidInput: when there is none.
        """
        try:
            return self.find_user(name)
        except NotFound as exc:
            raise InvalidInput(f"there is no user {name[:80]!r} to have the channels", field="reassign_to") from exc

    def find_group(self, name_or_id: str) -> Group:
        """Return a group by name, or by its id, for names may have a slash that a path can't carry.

        Raises:
            NotFound: when there is none.
        """
        found = self.groups.get(name_or_id)
        if found is None:
            found = next((group for group in self.groups.values() if group.id == name_or_id), None)
        if found is None:
            raise NotFound("there is no group of this name")
        return found

    def find_role(self, name: str) -> Role:
        """Return a role by name.

        Raises:
            NotFound: when there is none.
        """
        found = self.roles.get(name)
        if found is None:
            raise NotFound("there is no role of this name")
        return found

    def check_roles(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return roles without doubles.

        Raises:
            InvalidInput: for one that is not there, or that everybody has anyway.
        """
        for name in names:
            if name == EVERYONE:
                raise InvalidInput(f"everybody has the role {EVERYONE}; leave it out", field="roles")
            if name not in self.roles:
                given = ", ".join(sorted(self.roles.keys() - {EVERYONE}))
                raise InvalidInput(f"there is no role {name[:80]!r}; there are {given}", field="roles")
        return tuple(dict.fromkeys(names))

    def check_groups(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return groups without doubles.

        Raises:
            InvalidInput: for one that is not there.
        """
        for name in names:
            if name not in self.groups:
                raise InvalidInput(f"there is no group {name[:80]!r}; make it first", field="groups")
        return tuple(dict.fromkeys(names))

    def administrators(self) -> frozenset[str]:
        """Return the ids of those who may do everything, and are not disabled."""
        return administrators(self.users.values(), roles=self.roles, groups=self.groups)

    def with_user(self, user: User) -> "KnownPeople":
        """Return all as they are when a user is like this."""
        return msgspec.structs.replace(self, users={**self.users, user.id: user})

    def with_group(self, group: Group) -> "KnownPeople":
        """Return all as they are when a group is like this."""
        return msgspec.structs.replace(self, groups={**self.groups, group.name: group})

    def with_role(self, role: Role) -> "KnownPeople":
        """Return all as they are when a role is like this."""
        return msgspec.structs.replace(self, roles={**self.roles, role.name: role})

    def takes_an_administrator(self, after: "KnownPeople") -> bool:
        """Tell whether a change takes an administrator away.

        Raises:
            Conflict: when it would take the last one away.
        """
        gone = self.administrators() - after.administrators()
        if gone and not after.administrators():
            raise last_administrator()
        return bool(gone)


async def known_people(ports: Ports) -> KnownPeople:
    """Read them all.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    roles = await ports.roles.list()
    return KnownPeople(
        users={user.id: user for user in await ports.users.list()},
        groups={group.name: group for group in await ports.groups.list()},
        roles={**{role.name: role for role in roles}, **PRESETS},
    )


async def is_without_administrator(ports: Ports) -> bool:
    """Tell whether two took away each other in one moment: the change that sees it is to be taken back."""
    return not (await known_people(ports)).administrators()


def check_covered(own: Rights, *given: Rights) -> None:
    """Refuse what somebody can't give, since they do not have it.

    Raises:
        NotAllowed: naming what that is.
    """
    higher = tuple(dict.fromkeys(word for rights in given for word in beyond(own, rights)))
    if higher:
        raise NotAllowed(
            f"this is about more rights than yours ({', '.join(higher)}); nobody gives or takes what they do not have"
        )


def last_administrator() -> Conflict:
    """Say that somebody has to be able to do everything."""
    return Conflict("this would leave nobody who may do everything; make somebody else an administrator first")


def some_of(names: Sequence[str]) -> str:
    """Name a few, and say how many more there are."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
