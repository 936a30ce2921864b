"""PUT channel -> channel.updated, channel.frozen, channel.unfrozen."""

from collections.abc import Iterator, Mapping

from msgspec import UNSET

from libs.common.contracts.message import Message
from libs.common.contracts.messages import ChannelFrozen, ChannelUnfrozen, ChannelUpdated
from libs.common.domain.access.identity import Caller
from libs.common.domain.access.people import User, UserKind
from libs.common.domain.channel import Channel, ChannelKey, IndexingBehavior
from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Channels, Policies, Users
from services.api.assign_policy import assign_to_channel
from services.api.channel_schemas import ChannelChanges
from services.api.check_filters import check_channel_filters
from services.api.find_policy import find_wished_policy
from services.api.policy_places import PolicyPlaces
from services.api.say_unsaid import say_unsaid
from services.api.show_channels import get_channel


async def edit_channel(
    key: ChannelKey,
    wish: ChannelChanges,
    *,
    by: Caller,
    channels: Channels,
    policies: Policies,
    places: PolicyPlaces,
    bus: Bus,
    clock: Clock,
    ids: Ids,
    users: Users,
) -> Channel:
    """Change what differs, and say what changed; a no-op where nothing does.

    Raises:
        NotFound: when there is no such channel.
        InvalidInput: for another name, filters that make no sense, no such policy, or owners that are no users.
        Conflict: where a mirror of the channel has the same policy.
    """
    before = await get_channel(channels, key)
    changes = _changes(before, wish)
    if "owners" in changes:
        await _check_owners(before, wish, users=users)
    if wish.policy is not UNSET:
        policy = await find_wished_policy(policies, wish.policy)
        await assign_to_channel(
            key, policy, by=by, channels=channels, policies=policies, places=places, bus=bus, clock=clock
        )
        before = await get_channel(channels, key)
    if not changes:
        return before
    now = clock.now()
    unsaid = [
        Unsaid(event_id=f"{message.subject}-{ids.new()}", at=now, message=message)
        for message in _messages(before, changes, by=by)
    ]
    after = await channels.update(key, changes | {"updated_at": now}, unsaid=unsaid)
    if after is None:
        raise NotFound(f"there is no channel {key}")
    await say_unsaid(channels, after.id, bus=bus)
    return after


async def _check_owners(before: Channel, wish: ChannelChanges, *, users: Users) -> None:
    if not wish.owners:
        raise InvalidInput("a channel needs an owner; name at least one user", field="owners")
    for name in wish.owners:
        if name not in before.owners and not _is_person(await users.find(name)):
            raise InvalidInput(f"there is no user {name[:80]!r} who could own a channel", field="owners")


def _is_person(user: User | None) -> bool:
    return user is not None and user.kind is UserKind.PERSON


def _messages(before: Channel, changes: Mapping[str, object], *, by: Caller) -> Iterator[Message]:
    fields = tuple(sorted(changes.keys() - {"indexing_behavior"}))
    if fields:
        yield ChannelUpdated(channel=before.key, channel_id=before.id, fields=fields, by=by.name, by_address=by.address)
    if "indexing_behavior" in changes:
        kind = ChannelFrozen if changes["indexing_behavior"] is IndexingBehavior.FROZEN else ChannelUnfrozen
        yield kind(channel=before.key, channel_id=before.id, by=by.name, by_address=by.address)


def _changes(before: Channel, wish: ChannelChanges) -> dict[str, object]:
    if wish.name is not UNSET and wish.name not in (before.name, before.key):
        raise InvalidInput(
            "a channel's name stands in its clients' settings and can't be changed; make a new channel", field="name"
        )
    wished: dict[str, object] = {
        "description": wish.description,
        "privacy": wish.privacy,
        "indexing_behavior": wish.indexing_behavior,
        "filters": check_channel_filters(wish.filters) if wish.filters is not UNSET else UNSET,
        "owners": tuple(dict.fromkeys(wish.owners)) if wish.owners is not UNSET else UNSET,
    }
    return {field: value for field, value in wished.items() if value is not UNSET and value != getattr(before, field)}
