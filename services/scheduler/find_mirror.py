"""Finding the mirror that a public message names."""

import msgspec

from libs.common.domain.channel import Channel, parse_channel_key
from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import Mirror
from libs.common.ports.records import Channels, Mirrors


class NamedMirror(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror and the channel that it fills."""

    channel: Channel
    mirror: Mirror


async def find_mirror(channel_name: str, mirror_name: str, *, channels: Channels, mirrors: Mirrors) -> NamedMirror:
    """Return the mirror of this name in this channel.

    Raises:
        InvalidInput: when there is none, saying which part is wrong.
    """
    key = parse_channel_key(channel_name)
    channel = await channels.get(key)
    if channel is None:
        raise InvalidInput(f"there is no channel {channel_name!r}; create it first", field="channel")
    mirror = await mirrors.find(key, mirror_name)
    if mirror is None:
        raise InvalidInput(f"channel {channel_name!r} has no mirror {mirror_name!r}; create it first", field="mirror")
    return NamedMirror(channel=channel, mirror=mirror)
