"""channels -> the wire's channel objects, with what is counted about them."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import NotFound
from libs.common.ports.records import Channels
from services.api.channel_schemas import ChannelOut, RevisionOut
from services.api.guards import visible
from services.api.policy_names import policy_names
from services.api.ports import Ports
from services.api.sync_state import timestamp, timestamp_or_none


async def get_channel(channels: Channels, key: ChannelKey) -> Channel:
    """Return the channel.

    Raises:
        NotFound: when there is none.
    """
    channel = await channels.get(key)
    if channel is None:
        raise NotFound(f"there is no channel {key}")
    return channel


async def show_channel(channel: Channel, *, seen_by: Identity, ports: Ports) -> ChannelOut:
    """Show one channel."""
    return (await show_channels([channel], seen_by=seen_by, ports=ports))[0]


async def show_channels(shown: Sequence[Channel], *, seen_by: Identity, ports: Ports) -> tuple[ChannelOut, ...]:
    """Show channels in the order given; subchannels are counted that who asks may see."""
    names = await policy_names([channel.policy_id for channel in shown], policies=ports.policies)
    downloads = await ports.history.downloads([channel.id for channel in shown])
    mirror_counts = Counter(mirror.channel_id for mirror in await ports.mirrors.list())
    below = await ports.channels.below([channel.key for channel in shown if channel.parent is None])
    subchannels = Counter(channel.parent for channel in visible(seen_by, below))
    return tuple(
        _channel_out(
            channel,
            policy_name=names.get(channel.policy_id),
            downloads=downloads.get(channel.id, 0),
            mirrors=mirror_counts[channel.id],
            subchannels=subchannels[channel.key],
        )
        for channel in shown
    )


def _channel_out(
    channel: Channel, *, policy_name: str | None, downloads: int, mirrors: int, subchannels: int
) -> ChannelOut:
    published = channel.published
    return ChannelOut(
        id=channel.id,
        name=channel.name,
        description=channel.description,
        privacy=channel.privacy,
        artifact_count=published.artifact_count if published else 0,
        size_bytes=published.size_bytes if published else 0,
        package_count=published.package_count if published else 0,
        download_count=downloads,
        subchannel_count=subchannels,
        group_count=len(channel.groups),
        mirror_count=mirrors,
        filters={key: msgspec.json.decode(value) for key, value in channel.filters.items()},
        owners=channel.owners,
        created=timestamp(channel.created_at),
        updated=timestamp_or_none(channel.updated_at),
        indexing_behavior=channel.indexing_behavior,
        is_frozen=channel.is_frozen,
        revision=RevisionOut(
            number=published.number, published_at=timestamp(published.published_at), runs=published.runs
        )
        if published
        else None,
        policy=channel.policy_id,
        policy_name=policy_name,
        parent=channel.parent if channel.parent is not None else msgspec.UNSET,
    )
