"""POST, PUT, DELETE role -> role.changed."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET

from libs.common.contracts.access_messages import RoleChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import Rights, Role, check_role_name
from libs.common.domain.errors import Conflict, InvalidInput, NotFound
from libs.common.ports.outbox import Unsaid
from services.api.people.known_people import (
    KnownPeople,
    check_covered,
    is_without_administrator,
    known_people,
    last_administrator,
    some_of,
)
from services.api.people.schemas import NewRole, RoleChanges
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid

_Change = Literal["created", "updated", "deleted"]


async def create_role(wish: NewRole, *, by: Caller, own: Rights, ports: Ports) -> Role:
    """Make a role that gives at most `own`.

    Raises:
        InvalidInput: for a name that can't be one, or is a built-in role's.
        NotAllowed: when it would give more than `own`.
        Conflict: when the name is taken, or somebody still has a role that was called so.
    """
    check_role_name(wish.name)
    rights = Rights(levels=_levels(wish.levels), all_channels=wish.all_channels)
    check_covered(own, rights)
    people = await known_people(ports)
    if wish.name not in people.roles:
        _check_unused(wish.name, people, doing="make one of this name")
    now = ports.clock.now()
    role = Role(name=wish.name, description=wish.description, rights=rights, created_at=now)
    if not await ports.roles.add(role, unsaid=[_word(role.name, "created", by=by, at=now, ports=ports)]):
        raise Conflict(f"there is a role {role.name} already; choose another name")
    await say_unsaid(ports.roles, role.name, bus=ports.bus)
    return role


async def edit_role(name: str, wish: RoleChanges, *, by: Caller, own: Rights, ports: Ports) -> Role:
    """Change what differs; a no-op where nothing does. Who has the role has the change within a second.

    Raises:
        NotFound: when there is no such role.
        InvalidInput: for another name.
        NotAllowed: when it gives more than `own`, or would.
        Conflict: for a built-in role, and when nobody could do everything any more.
    """
    people = await known_people(ports)
    before = people.find_role(name)
    _check_changeable(before)
    if wish.name is not UNSET and wish.name != name:
        raise InvalidInput("a role's name can't be changed; make another role", field="name")
    rights = Rights(
        levels=_levels(wish.levels) if wish.levels is not UNSET else before.rights.levels,
        all_channels=before.rights.all_channels if wish.all_channels is UNSET else wish.all_channels,
    )
    check_covered(own, before.rights, rights)
    description = before.description if wish.description is UNSET else wish.description
    after = msgspec.structs.replace(before, description=description, rights=rights)
    if after == before:
        return before
    is_of_administrator = people.takes_an_administrator(people.with_role(after))
    changed = await _write(after, by=by, ports=ports)
    if is_of_administrator and await is_without_administrator(ports):
        await _write(before, by=by, ports=ports)
        raise last_administrator()
    return changed


async def delete_role(name: str, *, by: Caller, own: Rights, ports: Ports) -> None:
    """Remove a role that nobody has.

    Raises:
        NotFound: when there is no such role.
        NotAllowed: when it gives more than `own`.
        Conflict: for a built-in role, and for one that users or groups have, naming them.
    """
    people = await known_people(ports)
    role = people.find_role(name)
    _check_changeable(role)
    check_covered(own, role.rights)
    _check_unused(name, people, doing="delete it")
    word = _word(name, "deleted", by=by, at=ports.clock.now(), ports=ports)
    await ports.roles.delete(name, unsaid=[word])
    await say_unsaid(ports.roles, name, bus=ports.bus)


async def _write(role: Role, *, by: Caller, ports: Ports) -> Role:
    now = ports.clock.now()
    changes = {"description": role.description, "rights": role.rights, "updated_at": now}
    word = _word(role.name, "updated", by=by, at=now, ports=ports)
    changed = await ports.roles.update(role.name, changes, unsaid=[word])
    if changed is None:
        raise NotFound("there is no role of this name any more")
    await say_unsaid(ports.roles, role.name, bus=ports.bus)
    return changed


def _word(name: str, change: _Change, *, by: Caller, at: datetime, ports: Ports) -> Unsaid:
    message = RoleChanged(role=name, change=change, by=by.name, by_address=by.address)
    return Unsaid(event_id=f"role.changed-{ports.ids.new()}", at=at, message=message)


def _check_changeable(role: Role) -> None:
    if role.is_preset:
        raise Conflict(f"{role.name} is a built-in role and stays as it is; make a role of your own")


def _check_unused(name: str, people: KnownPeople, *, doing: str) -> None:
    users = sorted(user.name for user in people.users.values() if name in user.roles)
    groups = sorted(group.name for group in people.groups.values() if name in group.roles)
    named = [f"{noun} {some_of(names)}" for noun, names in (("users", users), ("groups", groups)) if names]
    if named:
        raise Conflict(f"the role {name} is given to {' and '.join(named)}; take it off them first, then {doing}")


def _levels(wish: dict[Category, Level]) -> dict[Category, Level]:
    return {category: level for category, level in wish.items() if level is not Level.NONE}
