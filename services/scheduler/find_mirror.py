"""Finding the mirror that a public message names."""

import msgspec

from libs.common.contracts.messages import MirrorRequested, MirrorStop
from libs.common.domain.channel import Channel, parse_channel_key
from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import Mirror
from libs.common.ports.records import Channels, Mirrors


class NamedMirror(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror and the channel that it fills."""

    channel: Channel
    mirror: Mirror


async def find_mirror(message: MirrorRequested | MirrorStop, *, channels: Channels, mirrors: Mirrors) -> NamedMirror:
    """Return the mirror of this id, or where none is given of this name, in this channel.

    Raises:
        InvalidInput: when there is none, saying which part is wrong.
    """
    key = parse_channel_key(message.channel)
    # What is not there can't run either: only who wants a run has something to do about it.
    hint = "; create it first" if isinstance(message, MirrorRequested) else ""
    channel = await channels.get(key)
    if channel is None:
        raise InvalidInput(f"there is no channel {message.channel!r}{hint}", field="channel")
    if message.mirror_id is not None:
        mirror = await mirrors.get(message.mirror_id)
        if mirror is None or mirror.channel != key:
            raise InvalidInput(f"mirror {message.mirror!r} of channel {message.channel!r} is gone", field="mirror_id")
        return NamedMirror(channel=channel, mirror=mirror)
    mirror = await mirrors.find(key, message.mirror)
    if mirror is None:
        raise InvalidInput(f"channel {message.channel!r} has no mirror {message.mirror!r}{hint}", field="mirror")
    return NamedMirror(channel=channel, mirror=mirror)
