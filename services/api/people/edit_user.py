"""PUT user, PUT and DELETE of a group's member -> user.changed, group.changed."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from libs.common.domain.access.identity import Caller
from libs.common.domain.access.people import User, UserKind
from libs.common.domain.access.roles import Rights
from libs.common.domain.errors import Conflict, InvalidInput
from services.api.people.known_people import (
    KnownPeople,
    check_covered,
    is_without_administrator,
    known_people,
    last_administrator,
)
from services.api.people.schemas import UserChanges
from services.api.people.words import member_words, user_word
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid
from services.api.signing_in.passwords import check_new_password

_TRIES = 5
_JUDGED_BY = ("roles", "groups", "told_roles", "told_groups", "is_disabled")


async def edit_user(name: str, wish: UserChanges, *, by: Caller, own: Rights, ports: Ports) -> User:
    """Change what differs; a no-op where nothing does. A new password and disabling end all sign-ins.

    Raises:
        NotFound: when there is no such user.
        InvalidInput: for another name, no such role or group, or what such a user can't have.
        NotAllowed: when the user has more rights than `own`, or would have.
        Conflict: when nobody could do everything any more, or others never stop changing the user.
    """
    hashed = None
    if wish.password is not UNSET:
        check_new_password(wish.password, name=name)
        hashed = await ports.passwords.hash(wish.password)
    for _ in range(_TRIES):
        people = await known_people(ports)
        before = people.find_user(name)
        changes = _changes(before, wish, people)
        if hashed is not None:
            changes["password_hash"] = hashed
        changed = await change_user(before, changes, people=people, by=by, own=own, ports=ports)
        if changed is not None:
            return changed
    raise Conflict(f"others change the user {name} in this moment; look again")


async def set_member(group: str, name: str, *, is_in: bool, by: Caller, own: Rights, ports: Ports) -> None:
    """Put a user into a group, or take them out; a no-op where it is so.

    Raises:
        NotFound: when there is no such group or user.
        NotAllowed: when the group's roles give more than `own`.
        Conflict: when nobody could do everything any more, or others never stop changing the user.
    """
    for _ in range(_TRIES):
        people = await known_people(ports)
        found, before = people.find_group(group), people.find_user(name)
        check_covered(own, people.rights_of_group(found))
        if (found.name in before.groups) is is_in:
            return
        left = tuple(it for it in before.groups if it != found.name)
        changes: dict[str, object] = {"groups": (*left, found.name) if is_in else left}
        if await _write(before, changes, people=people, by=by, ports=ports) is not None:
            return
    raise Conflict(f"others change the user {name} in this moment; look again")


async def change_user(
    before: User, changes: Mapping[str, object], *, people: KnownPeople, by: Caller, own: Rights, ports: Ports
) -> User | None:
    """Change a user that is still what it was judged by; None where it is not.

    Raises:
        NotAllowed: when the user has more rights than `own`, or would have.
        Conflict: when nobody could do everything any more.
    """
    after = msgspec.structs.replace(before, **changes)
    check_covered(own, people.rights_of(before), people.rights_of(after))
    return await _write(before, changes, people=people, by=by, ports=ports) if changes else before


async def _write(
    before: User, changes: Mapping[str, object], *, people: KnownPeople, by: Caller, ports: Ports
) -> User | None:
    after = msgspec.structs.replace(before, **changes)
    is_of_administrator = people.takes_an_administrator(people.with_user(after))
    now = ports.clock.now()
    ends_sign_ins = "password_hash" in changes or (after.is_disabled and not before.is_disabled)
    stamped = {**changes, "updated_at": now, **({"sessions_valid_from": now} if ends_sign_ins else {})}
    fields = ("password" if field == "password_hash" else field for field in changes)
    unsaid = [
        user_word(before, "updated", fields=fields, by=by, at=now, ids=ports.ids),
        *member_words(before, after, by=by, at=now, ids=ports.ids),
    ]
    changed = await ports.users.update(before.id, stamped, was=_judged(before), unsaid=unsaid)
    if changed is None:
        return None
    if is_of_administrator and await is_without_administrator(ports):
        await _take_back(before, changed, changes, by=by, ports=ports)
        raise last_administrator()
    if ends_sign_ins:
        await ports.sessions.end_of_user(before.id)
    await say_unsaid(ports.users, before.id, bus=ports.bus)
    return changed


async def _take_back(before: User, changed: User, changes: Mapping[str, object], *, by: Caller, ports: Ports) -> None:
    """Make a user what it was: another administrator was taken away in the same moment."""
    now = ports.clock.now()
    restored = {name: getattr(before, name) for name in changes}
    unsaid = [
        user_word(before, "updated", fields=restored, by=by, at=now, ids=ports.ids),
        *member_words(changed, before, by=by, at=now, ids=ports.ids),
    ]
    await ports.users.update(before.id, restored, was=_judged(changed), unsaid=unsaid)
    await say_unsaid(ports.users, before.id, bus=ports.bus)


def _judged(user: User) -> dict[str, object]:
    return {name: getattr(user, name) for name in _JUDGED_BY}


def _changes(before: User, wish: UserChanges, people: KnownPeople) -> dict[str, object]:
    if wish.username is not UNSET and wish.username != before.name:
        raise InvalidInput(
            "a user's name stands in channels and in the audit log and can't be changed; make another user",
            field="username",
        )
    if before.kind is UserKind.SERVICE and any(
        it is not UNSET for it in (wish.password, wish.roles, wish.groups, wish.email)
    ):
        raise InvalidInput("a channel's service account can be disabled, and nothing else of it changed")
    if before.issuer is not None and wish.password is not UNSET:
        raise InvalidInput("this user signs in at the OpenID provider; the password is changed there", field="password")
    wished: dict[str, object] = {
        "email": wish.email,
        "roles": people.check_roles(wish.roles) if wish.roles is not UNSET else UNSET,
        "groups": people.check_groups(wish.groups) if wish.groups is not UNSET else UNSET,
        "is_disabled": wish.is_disabled,
    }
    return {field: value for field, value in wished.items() if value is not UNSET and value != getattr(before, field)}
