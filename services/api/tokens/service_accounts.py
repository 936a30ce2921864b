"""The service account of a channel: a user that opens that channel alone, with tokens of its own.

Its name is made of the channel's. `main/stage` and `main-stage` would have the same one, so where it
is taken the channel's id follows it.
"""

from datetime import datetime
from typing import Literal

from libs.common.contracts.access_messages import UserChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.access.people import User, UserKind, service_account_name
from libs.common.domain.access.roles import AUTHOR
from libs.common.domain.channel import Channel
from libs.common.domain.errors import Conflict, NotFound
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import AccessTokens, Sessions, Users
from services.api.say_unsaid import say_unsaid


async def find_service_account(channel: Channel, *, users: Users) -> User | None:
    """Return a channel's service account."""
    for name in _names(channel):
        found = await users.find(name)
        if found is not None and _is_of(found, channel):
            return found
    return None


async def get_service_account(channel: Channel, *, users: Users) -> User:
    """Return a channel's service account.

    Raises:
        NotFound: when it has none.
    """
    found = await find_service_account(channel, users=users)
    if found is None:
        raise NotFound(f"{channel.key} has no service account; POST to this address's service-account makes it")
    return found


async def create_service_account(
    channel: Channel, *, by: Caller, users: Users, bus: Bus, clock: Clock, ids: Ids
) -> User:
    """Make a channel's service account.

    Raises:
        Conflict: when it has one, or its names are taken.
    """
    if await find_service_account(channel, users=users) is not None:
        raise Conflict(f"{channel.key} has a service account already")
    for name in _names(channel):
        account = User(
            id=ids.new(),
            name=name,
            kind=UserKind.SERVICE,
            roles=(AUTHOR,),
            serves=channel.key,
            created_at=clock.now(),
        )
        word = _word(account, "created", by=by, at=account.created_at, ids=ids)
        if await users.add(account, unsaid=[word]):
            await say_unsaid(users, account.id, bus=bus)
            return account
        if await find_service_account(channel, users=users) is not None:
            raise Conflict(f"{channel.key} has a service account already")
    raise Conflict(f"the names of a service account of {channel.key} are taken by others")


async def delete_service_account(
    channel: Channel,
    *,
    by: Caller,
    users: Users,
    tokens: AccessTokens,
    sessions: Sessions,
    bus: Bus,
    clock: Clock,
    ids: Ids,
) -> bool:
    """Remove a channel's service account with its tokens; False where there is none."""
    account = await find_service_account(channel, users=users)
    if account is None:
        return False
    await tokens.delete_of_user(account.id)
    await sessions.end_of_user(account.id)
    word = _word(account, "deleted", by=by, at=clock.now(), ids=ids)
    if await users.delete(account.id, unsaid=[word]) is not None:
        await say_unsaid(users, account.id, bus=bus)
    # A token that was made in between belongs to nobody and lets nobody in; it goes as well.
    await tokens.delete_of_user(account.id)
    return True


def _names(channel: Channel) -> tuple[str, ...]:
    name = service_account_name(channel.key)
    return name[:128], f"{name[:95]}-{channel.id}"[:128]


def _is_of(user: User, channel: Channel) -> bool:
    return user.kind is UserKind.SERVICE and user.serves == channel.key


def _word(account: User, change: Literal["created", "deleted"], *, by: Caller, at: datetime, ids: Ids) -> Unsaid:
    message = UserChanged(user_id=account.id, user=account.name, change=change, by=by.name, by_address=by.address)
    return Unsaid(event_id=f"user.changed-{ids.new()}", at=at, message=message)
