"""History: what happened to a channel, in the event names of the wire."""

from datetime import datetime

import msgspec


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the audit trail; `id` is the id of the event that it tells of."""

    id: str
    channel_id: str
    channel: str
    event_type: str
    created: datetime
    by: str | None = None
    data: dict[str, str | int | None] = {}
