"""<channel>/history: what happened to a channel."""

from litestar import Controller, get
from litestar.di import NamedDependency

from libs.common.domain.channel import ChannelKey
from libs.common.domain.history import HistoryEntry
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Offset, PageSize
from services.api.schemas import EventList, EventOut
from services.api.show_channels import get_channel
from services.api.sync_state import timestamp


class HistoryController(Controller):
    """The history of one channel or subchannel."""

    path = "/history"
    tags = ("History",)

    @get(summary="List a channel's history", responses=may_answer(400, 401, 404))
    async def list_history(
        self,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> EventList:
        """Return what happened to a channel, newest first."""
        channel = await get_channel(ports.channels, key)
        total, entries = await ports.history.list(channel.id, offset=offset, limit=limit)
        return EventList(total_count=total, items=tuple(_event_out(entry) for entry in entries))


def _event_out(entry: HistoryEntry) -> EventOut:
    return EventOut(
        event_id=entry.id,
        event_type=entry.event_type,
        created=timestamp(entry.created),
        data=dict(entry.data),
        meta={"by": entry.by} if entry.by is not None else {},
    )
