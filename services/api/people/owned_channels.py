"""What becomes of the channels of somebody who goes."""

from collections.abc import Sequence

from libs.common.contracts.messages import ChannelUpdated
from libs.common.domain.access.decide_access import can_see, standing
from libs.common.domain.access.identity import Caller, Identity
from libs.common.domain.access.levels import Level
from libs.common.domain.access.people import User, UserKind
from libs.common.domain.channel import Channel
from libs.common.domain.errors import Conflict, NotAllowed
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Channels
from services.api.people.known_people import some_of
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid


async def all_channels(channels: Channels) -> Sequence[Channel]:
    """Return all channels and subchannels."""
    found: list[Channel] = []
    for channel in await channels.list():
        found += [channel, *await channels.list(parent=channel.key)]
    return found


def names_of(channels: Sequence[Channel], *, seen_by: Identity) -> str:
    """Name channels to somebody, and those that they may not see by no name and no number."""
    seen = [channel.key for channel in channels if can_see(seen_by, channel)]
    if not seen:
        return "channels that you do not see"
    return some_of(seen) + (" and channels that you do not see" if len(seen) < len(channels) else "")


def check_heir(owned: Sequence[Channel], *, of: User, heir: User | None, asked_by: Identity) -> None:
    """Refuse to leave channels without an owner, or to give away what one does not manage.

    Raises:
        Conflict: when there are such channels, and nobody is named to have them.
        NotAllowed: when who asks does not manage them.
    """
    alone = [channel for channel in owned if channel.owners == (of.name,)]
    if not alone:
        return
    if heir is None:
        raise Conflict(
            f"{of.name} alone owns {names_of(alone, seen_by=asked_by)}; "
            "say who shall own them with ?reassign_to=NAME, or delete them first"
        )
    if heir.id == of.id or heir.is_disabled or heir.kind is UserKind.SERVICE:
        raise Conflict(f"{heir.name} can't own channels of {of.name}; choose somebody who stays and can sign in")
    if any(standing(asked_by, channel) < Level.MANAGE for channel in alone):
        raise NotAllowed("only who manages channels may give them to somebody else; ask an administrator")


async def give_away(owned: Sequence[Channel], *, of: User, heir: User | None, by: Caller, ports: Ports) -> None:
    """Take somebody off the owners of channels; those that nobody else owns get the heir."""
    for channel in owned:
        here: Channel | None = channel
        while here is not None and of.name in here.owners:
            left = tuple(name for name in here.owners if name != of.name)
            owners = left or ((heir.name,) if heir is not None else ())
            now = ports.clock.now()
            message = ChannelUpdated(
                channel=here.key, channel_id=here.id, fields=("owners",), by=by.name, by_address=by.address
            )
            word = Unsaid(event_id=f"channel.updated-{ports.ids.new()}", at=now, message=message)
            changes = {"owners": owners, "updated_at": now}
            if await ports.channels.update(here.key, changes, was={"owners": here.owners}, unsaid=[word]) is not None:
                await say_unsaid(ports.channels, here.id, bus=ports.bus)
                break
            here = await ports.channels.get(channel.key)
