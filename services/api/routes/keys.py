"""Path parts -> the key of a channel or subchannel."""

from litestar.params import FromPath

from libs.common.domain.channel import ChannelKey, channel_key
from libs.common.domain.errors import InvalidInput, NotFound


def key_of_channel(channel: FromPath[str]) -> ChannelKey:
    """Return the key below `/channels/<channel>`."""
    return key_of(channel, None)


def key_of_subchannel(channel: FromPath[str], subchannel: FromPath[str]) -> ChannelKey:
    """Return the key below `/channels/<channel>/subchannels/<subchannel>`."""
    return key_of(channel, subchannel)


def key_of(channel: str, subchannel: str | None) -> ChannelKey:
    """Return the key of a channel, or of a subchannel.

    Raises:
        NotFound: for names that nothing can have.
    """
    try:
        return channel_key(channel, subchannel)
    except InvalidInput as exc:
        # A name that no channel can have is an address where there is nothing.
        raise NotFound("there is no such channel") from exc
