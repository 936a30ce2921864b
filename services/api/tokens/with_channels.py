"""Service accounts that come and go with their channels."""

from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import Conflict
from services.api.ports import Ports
from services.api.tokens.service_accounts import create_service_account, delete_service_account


async def make_with_channel(channel: Channel, *, by: Caller, ports: Ports) -> None:
    """Make the service account of a channel that was made, where the operator wishes so.

    Who is killed before leaves a channel without one; a POST makes it.
    """
    if not ports.sign_in_rules.channel_service_accounts:
        return
    try:
        await create_service_account(channel, by=by, users=ports.users, bus=ports.bus, clock=ports.clock, ids=ports.ids)
    except Conflict:
        # Somebody made it in this moment, or people have both of its names.
        return


async def channels_below(key: ChannelKey, *, ports: Ports) -> tuple[Channel, ...]:
    """Return a channel that is to be deleted, if it is there, with its subchannels."""
    channel = await ports.channels.get(key)
    return (*await ports.channels.list(parent=key), *((channel,) if channel is not None else ()))


async def delete_with_channels(channels: tuple[Channel, ...], *, by: Caller, ports: Ports) -> None:
    """Remove the service accounts of channels with their tokens; again is a no-op.

    Done before the channels go and once more after, so that neither who is killed in between nor
    who makes one meanwhile leaves an account that would open the next channel of the name.
    """
    for channel in channels:
        await delete_service_account(
            channel,
            by=by,
            users=ports.users,
            tokens=ports.access_tokens,
            sessions=ports.sessions,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )
