"""PUT, DELETE group of a channel -> channel.shared."""

from libs.common.contracts.access_messages import ChannelGroupChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.access.levels import Level
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import Conflict, NotFound
from libs.common.ports.outbox import Unsaid
from services.api.people.schemas import ChannelGroupList, ChannelGroupOut
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid
from services.api.show_channels import get_channel

_TRIES = 5


def show_groups(channel: Channel) -> ChannelGroupList:
    """Show what groups may do in a channel."""
    items = tuple(ChannelGroupOut(name=name, level=level) for name, level in sorted(channel.groups.items()))
    return ChannelGroupList(total_count=len(items), items=items)


async def set_group(key: ChannelKey, name_or_id: str, level: Level, *, by: Caller, ports: Ports) -> ChannelGroupOut:
    """Let the members of a group do more, or less, in a channel; a no-op where it is so.

    Raises:
        NotFound: when there is no such channel or group.
        Conflict: when others never stop changing the channel's groups.
    """
    name = await _name_of(name_or_id, ports=ports)
    await _change(key, name, level, by=by, ports=ports)
    return ChannelGroupOut(name=name, level=level)


async def take_off_group(key: ChannelKey, name_or_id: str, *, by: Caller, ports: Ports) -> None:
    """Let the members of a group do nothing of their own in a channel.

    Raises:
        NotFound: when there is no such channel, or the group stands not at it.
        Conflict: when others never stop changing the channel's groups.
    """
    name = name_or_id
    channel = await get_channel(ports.channels, key)
    if name not in channel.groups:
        name = await _name_of(name_or_id, ports=ports)
    if name not in channel.groups:
        raise NotFound("this group has nothing of its own in the channel")
    await _change(key, name, None, by=by, ports=ports)


async def _name_of(name_or_id: str, *, ports: Ports) -> str:
    group = await ports.groups.find(name_or_id) or await ports.groups.get(name_or_id)
    if group is None:
        raise NotFound("there is no group of this name")
    return group.name


async def _change(key: ChannelKey, name: str, level: Level | None, *, by: Caller, ports: Ports) -> None:
    for _ in range(_TRIES):
        channel = await get_channel(ports.channels, key)
        if channel.groups.get(name) is level:
            return
        groups = {group: held for group, held in channel.groups.items() if group != name}
        if level is not None:
            groups[name] = level
        now = ports.clock.now()
        message = ChannelGroupChanged(
            channel=key,
            channel_id=channel.id,
            group=name,
            change="added" if level is not None else "deleted",
            level=level.value if level is not None else None,
            by=by.name,
            by_address=by.address,
        )
        word = Unsaid(event_id=f"channel.shared-{ports.ids.new()}", at=now, message=message)
        changes = {"groups": groups, "updated_at": now}
        if await ports.channels.update(key, changes, was={"groups": channel.groups}, unsaid=[word]) is not None:
            await say_unsaid(ports.channels, channel.id, bus=ports.bus)
            return
    raise Conflict("others change the groups of this channel in this moment; look again")
