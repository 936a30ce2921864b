"""POST channel -> channel.created."""

import msgspec

from libs.common.contracts.messages import ChannelCreated
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel, ChannelKey, channel_key
from libs.common.domain.errors import Conflict
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Channels, Policies
from services.api.assign_policy import moved
from services.api.channel_schemas import NewChannel
from services.api.check_filters import check_channel_filters
from services.api.find_policy import find_wished_policy
from services.api.policy_places import PolicyPlaces
from services.api.say_unsaid import say_unsaid
from services.api.show_channels import get_channel


async def create_channel(
    wish: NewChannel,
    *,
    parent: ChannelKey | None,
    by: Caller,
    channels: Channels,
    policies: Policies,
    places: PolicyPlaces,
    bus: Bus,
    clock: Clock,
    ids: Ids,
) -> Channel:
    """Make a channel, or a subchannel of `parent`.

    Raises:
        InvalidInput: for a name that package URLs can't carry, filters that make no sense, or no such policy.
        NotFound: when the parent does not exist.
        Conflict: when the name is taken.
    """
    if parent is not None:
        await get_channel(channels, parent)
    key = channel_key(wish.name) if parent is None else channel_key(parent, wish.name)
    policy = await find_wished_policy(policies, wish.policy)
    channel = Channel(
        id=ids.new(),
        key=key,
        description=wish.description,
        privacy=wish.privacy,
        indexing_behavior=wish.indexing_behavior,
        owners=(by.name,),
        filters=check_channel_filters(wish.filters),
        policy_id=policy.id if policy else None,
        created_at=clock.now(),
    )
    async with places.moving(before=None, token_before=None, after=policy, channel=channel, mirror_id=None) as act:
        created = Unsaid(
            event_id=f"channel.created-{channel.id}",
            at=channel.created_at,
            message=ChannelCreated(channel=key, channel_id=channel.id, by=by.name, by_address=by.address),
        )
        assigned = await moved(
            act, at=created.at, channel=channel, mirror=None, before=None, after=policy, by=by, policies=policies
        )
        channel = msgspec.structs.replace(channel, policy_token=act if policy else None)
        if not await channels.add(channel, unsaid=[created, *assigned]):
            raise Conflict(f"there is a channel {key} already; choose another name")
    await say_unsaid(channels, channel.id, bus=bus)
    return channel
