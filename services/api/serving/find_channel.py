"""The decoded segments of a path -> the channel or subchannel that they begin with, and what is left."""

from libs.common.domain.access.decide_access import can_see
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel, ChannelKey, channel_key
from libs.common.domain.errors import InvalidInput
from libs.common.ports.records import Channels


async def find_channel(
    segments: tuple[str, ...], *, seen_by: Identity, channels: Channels
) -> tuple[Channel | None, tuple[str, ...]]:
    """Return the channel, or the subchannel where the second segment names one, and what is left.

    A subchannel that somebody may not see is not there for them: its name is a path in the channel
    above, as any other name is. So nothing in the answer can tell that there is one.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    name, rest = segments[0], segments[1:]
    if not is_channel(name):
        return None, rest
    if rest and is_channel(name, rest[0]):
        subchannel = await channels.get(ChannelKey(f"{name}/{rest[0]}"))
        if subchannel is not None and can_see(seen_by, subchannel):
            return subchannel, rest[1:]
    return await channels.get(ChannelKey(name)), rest


def is_channel(name: str, below: str | None = None) -> bool:
    """Tell whether a channel, or a subchannel below it, can have this name."""
    try:
        channel_key(name, below)
    except InvalidInput:
        return False
    return True
