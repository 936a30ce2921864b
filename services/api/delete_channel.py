"""DELETE channel -> mirror.deleted, channel.deleted for it and all that it holds."""

from libs.common.contracts.messages import ChannelDeleted
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Channels, Mirrors
from services.api.delete_mirror import Packages, remove_mirror
from services.api.policy_places import PolicyPlaces
from services.api.say_unsaid import say_unsaid
from services.api.show_channels import get_channel


async def delete_channel(
    key: ChannelKey, *, by: Caller, channels: Channels, mirrors: Mirrors, places: PolicyPlaces, bus: Bus, clock: Clock
) -> None:
    """Remove a channel with its subchannels, mirrors and packages, the innermost first.

    What is gone is gone if this is broken off; asked again, it goes on with the rest.

    Raises:
        NotFound: when there is no such channel.
    """
    channel = await get_channel(channels, key)
    going = [*await channels.list(parent=key), channel]
    gone: list[str] = []
    for it in going:
        gone += await _delete_one(it, by=by, channels=channels, mirrors=mirrors, places=places, clock=clock)
    await say_unsaid(mirrors, *gone, bus=bus)
    await say_unsaid(channels, *(it.id for it in going), bus=bus)


async def _delete_one(
    channel: Channel, *, by: Caller, channels: Channels, mirrors: Mirrors, places: PolicyPlaces, clock: Clock
) -> list[str]:
    """Remove a channel and its mirrors, whose ids are returned; that they are gone is still to be said."""
    before = await _delete_mirrors(channel, by=by, mirrors=mirrors, places=places, clock=clock)
    deleted = Unsaid(
        event_id=f"channel.deleted-{channel.id}",
        at=clock.now(),
        message=ChannelDeleted(channel=channel.key, channel_id=channel.id, by=by.name, by_address=by.address),
    )
    gone = await channels.delete(channel.key, unsaid=[deleted])
    if gone is not None:
        await places.leave(gone)
    # Those that were made meanwhile; create_mirror looks for its channel again, too, so none is left behind.
    meanwhile = await _delete_mirrors(channel, by=by, mirrors=mirrors, places=places, clock=clock)
    return [*before, *meanwhile]


async def _delete_mirrors(
    channel: Channel, *, by: Caller, mirrors: Mirrors, places: PolicyPlaces, clock: Clock
) -> list[str]:
    going = [it for it in await mirrors.list(channel=channel.key) if it.channel_id == channel.id]
    for mirror in going:
        await remove_mirror(mirror, packages=Packages.REMOVE, by=by, mirrors=mirrors, places=places, clock=clock)
    return [mirror.id for mirror in going]
