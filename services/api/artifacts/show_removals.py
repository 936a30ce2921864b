"""<channel>/removals: what was taken out of mirrors' files, and letting it in again."""

from libs.common.contracts.artifact_messages import ArtifactRemoved
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel
from libs.common.domain.errors import NotFound
from libs.common.ports.outbox import Unsaid
from services.api.artifacts.families import family_of
from services.api.artifacts.schemas import RemovalList, RemovalOut
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid
from services.api.sync_state import timestamp


async def show_removals(channel: Channel, *, offset: int, limit: int, ports: Ports) -> RemovalList:
    """Return a page of what was taken out of a channel, by name and path.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    removals = sorted(await ports.removals.list(channel.id), key=lambda it: (it.name, it.ckey or ""))
    return RemovalList(
        total_count=len(removals),
        items=tuple(
            RemovalOut(id=it.id, name=it.name, family=family_of(it.type), ckey=it.ckey, by=it.by, at=timestamp(it.at))
            for it in removals[offset : offset + limit]
        ),
    )


async def restore(channel: Channel, removal_id: str, *, by: Caller, ports: Ports) -> None:
    """Let in again what was taken out, and say it; the next decision on the mirrors' files finds it gone.

    Raises:
        NotFound: when the channel has no such removal.
        StoreUnavailable: when the database does not answer.
    """
    removal = next((it for it in await ports.removals.list(channel.id) if it.id == removal_id), None)
    if removal is None:
        raise NotFound("nothing was removed from this channel under this id; it may be let in again already")
    word = Unsaid(
        event_id=ports.ids.new(),
        at=ports.clock.now(),
        message=ArtifactRemoved(
            channel=channel.key,
            channel_id=channel.id,
            artifact_family=family_of(removal.type),
            ckey=removal.ckey,
            name=removal.name,
            is_restored=True,
            by=by.name,
            by_address=by.address,
        ),
    )
    if await ports.removals.delete(removal_id, unsaid=(word,)) is not None:
        await say_unsaid(ports.removals, removal_id, bus=ports.bus)
