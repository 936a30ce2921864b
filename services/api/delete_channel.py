"""DELETE channel -> mirror.deleted, channel.deleted for it and all that it holds."""

from libs.common.contracts.messages import ChannelDeleted
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.ports.bus import Bus
from libs.common.ports.records import Channels, Mirrors
from services.api.delete_mirror import Packages, remove_mirror
from services.api.policy_places import PolicyPlaces
from services.api.show_channels import get_channel


async def delete_channel(
    key: ChannelKey, *, by: str, channels: Channels, mirrors: Mirrors, places: PolicyPlaces, bus: Bus
) -> None:
    """Remove a channel with its subchannels, mirrors and packages, the innermost first.

    What is gone is gone if this is broken off; asked again, it goes on with the rest.

    Raises:
        NotFound: when there is no such channel.
    """
    channel = await get_channel(channels, key)
    for subchannel in await channels.list(parent=key):
        await _delete_one(subchannel, by=by, channels=channels, mirrors=mirrors, places=places, bus=bus)
    await _delete_one(channel, by=by, channels=channels, mirrors=mirrors, places=places, bus=bus)


async def _delete_one(
    channel: Channel, *, by: str, channels: Channels, mirrors: Mirrors, places: PolicyPlaces, bus: Bus
) -> None:
    await _delete_mirrors(channel, by=by, mirrors=mirrors, places=places, bus=bus)
    # Said first, as in remove_mirror: a crash in between can be made good by asking again.
    await bus.say(
        ChannelDeleted(channel=channel.key, channel_id=channel.id, by=by), event_id=f"channel.deleted-{channel.id}"
    )
    gone = await channels.delete(channel.key)
    await places.leave(gone.policy_id if gone else None, channel_id=channel.id)
    # Those that were made meanwhile; create_mirror looks for its channel again, too, so none is left behind.
    await _delete_mirrors(channel, by=by, mirrors=mirrors, places=places, bus=bus)


async def _delete_mirrors(channel: Channel, *, by: str, mirrors: Mirrors, places: PolicyPlaces, bus: Bus) -> None:
    for mirror in await mirrors.list(channel=channel.key):
        if mirror.channel_id == channel.id:
            await remove_mirror(mirror, packages=Packages.REMOVE, by=by, mirrors=mirrors, places=places, bus=bus)
