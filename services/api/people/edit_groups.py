"""POST, PUT, DELETE group -> group.changed."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET

from libs.common.contracts.access_messages import GroupChanged
from libs.common.domain.access.identity import Caller, Identity
from libs.common.domain.access.people import Group, check_group_name
from libs.common.domain.access.roles import Rights
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
from services.api.people.owned_channels import all_channels, names_of
from services.api.people.schemas import GroupChanges, NewGroup
from services.api.people.show_people import members_of
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid

_Change = Literal["created", "updated", "deleted"]


async def create_group(wish: NewGroup, *, asked_by: Identity, by: Caller, own: Rights, ports: Ports) -> Group:
    """Make a group whose roles give at most `own`.

    Raises:
        InvalidInput: for a name that can't be one, or no such role.
        NotAllowed: when its roles would give more than `own`.
        Conflict: when the name is taken, or users or channels still name a group that was called so.
    """
    check_group_name(wish.name)
    people = await known_people(ports)
    now = ports.clock.now()
    group = Group(
        id=ports.ids.new(),
        name=wish.name,
        description=wish.description,
        roles=people.check_roles(wish.roles or ()),
        created_at=now,
    )
    check_covered(own, people.rights_of_group(group))
    if group.name not in people.groups:
        await _check_unused(group, people, asked_by=asked_by, doing="make one of this name", ports=ports)
    if not await ports.groups.add(group, unsaid=[_word(group, "created", by=by, at=now, ports=ports)]):
        raise Conflict(f"there is a group {group.name} already; choose another name")
    await say_unsaid(ports.groups, group.id, bus=ports.bus)
    return group


async def edit_group(name: str, wish: GroupChanges, *, by: Caller, own: Rights, ports: Ports) -> Group:
    """Change what differs; a no-op where nothing does.

    Raises:
        NotFound: when there is no such group.
        InvalidInput: for another name, or no such role.
        NotAllowed: when its roles give more than `own`, or would.
        Conflict: when nobody could do everything any more.
    """
    people = await known_people(ports)
    before = people.find_group(name)
    if wish.name is not UNSET and wish.name != before.name:
        raise InvalidInput("a group's name stands in channels and can't be changed; make another group", field="name")
    after = msgspec.structs.replace(
        before,
        description=before.description if wish.description is UNSET else wish.description,
        roles=before.roles if wish.roles is UNSET else people.check_roles(wish.roles),
    )
    check_covered(own, people.rights_of_group(before), people.rights_of_group(after))
    if after == before:
        return before
    is_of_administrator = people.takes_an_administrator(people.with_group(after))
    changed = await _write(after, by=by, ports=ports)
    if is_of_administrator and await is_without_administrator(ports):
        await _write(before, by=by, ports=ports)
        raise last_administrator()
    return changed


async def delete_group(name: str, *, asked_by: Identity, by: Caller, own: Rights, ports: Ports) -> None:
    """Remove a group that nobody is in and no channel names.

    Raises:
        NotFound: when there is no such group.
        NotAllowed: when its roles give more than `own`.
        Conflict: when users are in it, or channels name it, saying which.
    """
    people = await known_people(ports)
    group = people.find_group(name)
    check_covered(own, people.rights_of_group(group))
    await _check_unused(group, people, asked_by=asked_by, doing="delete it", ports=ports)
    word = _word(group, "deleted", by=by, at=ports.clock.now(), ports=ports)
    await ports.groups.delete(group.id, unsaid=[word])
    await say_unsaid(ports.groups, group.id, bus=ports.bus)


async def _write(group: Group, *, by: Caller, ports: Ports) -> Group:
    now = ports.clock.now()
    changes = {"description": group.description, "roles": group.roles, "updated_at": now}
    word = _word(group, "updated", by=by, at=now, ports=ports)
    changed = await ports.groups.update(group.id, changes, unsaid=[word])
    if changed is None:
        raise NotFound("there is no group of this name any more")
    await say_unsaid(ports.groups, group.id, bus=ports.bus)
    return changed


def _word(group: Group, change: _Change, *, by: Caller, at: datetime, ports: Ports) -> Unsaid:
    message = GroupChanged(group=group.name, change=change, by=by.name, by_address=by.address)
    return Unsaid(event_id=f"group.changed-{ports.ids.new()}", at=at, message=message)


async def _check_unused(group: Group, people: KnownPeople, *, asked_by: Identity, doing: str, ports: Ports) -> None:
    members = members_of(group, people.users.values())
    channels = [it for it in await all_channels(ports.channels) if group.name in it.groups]
    named = [f"users {some_of(members)}"] if members else []
    if channels:
        named.append(names_of(channels, seen_by=asked_by))
    if named:
        raise Conflict(f"the group {group.name} stands at {' and at '.join(named)}; take it off them, then {doing}")
