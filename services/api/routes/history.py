"""<channel>/history and /api/history: what happened to a channel, or to all."""

from typing import Annotated, Any

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libs.common.domain.access.actions import Action
from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import InvalidInput
from libs.common.domain.history import EVENT_TYPES, HistoryEntry, HistoryFilter
from services.api.moments import read_moment
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Offset, PageSize
from services.api.schemas import AuditEventOut, AuditList, EventList, EventOut
from services.api.show_channels import get_channel
from services.api.sync_state import timestamp

EventTypes = Annotated[
    str, QueryParameter(description="event names, separated by commas, as user_* too; all where it is left out")
]
Person = Annotated[str | None, QueryParameter(description="whose doings; everybody's where it is left out")]
Since = Annotated[
    str | None, QueryParameter(name="from", description="the first moment or day, ISO 8601; UTC without a zone")
]
Until = Annotated[str | None, QueryParameter(name="to", description="the moment or day to end before")]


class AuditController(Controller):
    """The history of everything, also of channels that are gone."""

    path = "/api/history"
    tags = ("History",)

    @get(summary="List the history of all channels", responses=may_answer(400, 401), needs=Action.AUDIT_VIEW)
    async def list_all_history(
        self,
        *,
        ports: NamedDependency[Ports],
        event_type: EventTypes = "",
        by: Person = None,
        since: Since = None,
        until: Until = None,
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> AuditList:
        """Return what happened anywhere, newest first; `meta` says by whom, and from which address."""
        wanted = _wanted(event_type=event_type, by=by, since=since, until=until)
        total, entries = await ports.history.list(wanted, offset=offset, limit=limit)
        items = tuple(
            AuditEventOut(channel=entry.channel, **_facts(entry, address=entry.by_address)) for entry in entries
        )
        return AuditList(total_count=total, items=items)


class HistoryController(Controller):
    """The history of one channel or subchannel."""

    path = "/history"
    tags = ("History",)

    @get(summary="List a channel's history", responses=may_answer(400, 401, 404), needs=Action.CHANNEL_HISTORY)
    async def list_history(
        self,
        *,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        event_type: EventTypes = "",
        by: Person = None,
        since: Since = None,
        until: Until = None,
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> EventList:
        """Return what happened to a channel, newest first."""
        channel = await get_channel(ports.channels, key)
        wanted = _wanted(channel_id=channel.id, event_type=event_type, by=by, since=since, until=until)
        total, entries = await ports.history.list(wanted, offset=offset, limit=limit)
        return EventList(total_count=total, items=tuple(EventOut(**_facts(entry)) for entry in entries))


def _wanted(
    *, channel_id: str | None = None, event_type: str, by: str | None, since: str | None, until: str | None
) -> HistoryFilter:
    return HistoryFilter(
        channel_id=channel_id,
        event_types=_event_types(event_type),
        by=by,
        since=read_moment(since, field="from") if since else None,
        until=read_moment(until, field="to") if until else None,
    )


def _event_types(text: str) -> tuple[str, ...]:
    """Read names, where a `*` at the end stands for any end.

    Raises:
        InvalidInput: for what is the name of no event.
    """
    found: dict[str, None] = {}
    for word in filter(None, map(str.strip, text.split(","))):
        start = word.removesuffix("*")
        names = [name for name in sorted(EVENT_TYPES) if name == word or (start != word and name.startswith(start))]
        if not names:
            there = ", ".join(sorted(EVENT_TYPES))
            raise InvalidInput(f"there is no event {word[:80]!r}; there are {there}", field="event_type")
        found |= dict.fromkeys(names)
    return tuple(found)


def _facts(entry: HistoryEntry, *, address: str | None = None) -> dict[str, Any]:
    meta = {"by": entry.by, "address": address, "source": entry.source}
    return {
        "event_id": entry.event_id or entry.id,
        "event_type": entry.event_type,
        "created": timestamp(entry.created),
        "data": dict(entry.data),
        "meta": {name: value for name, value in meta.items() if value},
    }
