"""CloudEvents 1.0 in NATS binary mode: `ce-*` headers, the payload is the data."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib import parse

import msgspec

from libs.common.contracts.message import Message

MSG_ID = "Nats-Msg-Id"
BURIED_ERROR = "tain-error"
BURIED_SUBJECT = "tain-subject"
BURIED_BY = "tain-service"
"""What a dead letter says beside its own headers: why it was given up, where it was said, and by which service."""


class EventInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the envelope says of a message: its id, when and by whom it was said."""

    id: str
    time: datetime
    source: str

    @property
    def key(self) -> str:
        """Name the event among those of all systems: an id is its source's alone (CloudEvents 1.0, section 3.1.1)."""
        return hashlib.sha256(f"{self.source}\n{self.id}".encode()).hexdigest()[:32]


def headers_of(message: Message, *, event_id: str, source: str, time: datetime) -> dict[str, str]:
    """Return the headers of a message; `Nats-Msg-Id` is the event's id."""
    return {
        "ce-specversion": "1.0",
        "ce-id": quote(event_id),
        "ce-source": quote(f"/tain/{source}"),
        "ce-type": message.subject,
        "ce-time": time.isoformat().replace("+00:00", "Z"),
        "ce-datacontenttype": "application/json",
        MSG_ID: event_id,
    }


def info_of(headers: Mapping[str, str], *, fallback_id: str, now: datetime) -> EventInfo:
    """Read the envelope; other systems may leave out all of it.

    `fallback_id` and `now` must be the same each time the message is delivered.
    """
    return EventInfo(
        id=parse.unquote(headers.get("ce-id", "")) or headers.get(MSG_ID) or fallback_id,
        time=_time(headers.get("ce-time", "")) or now,
        source=parse.unquote(headers.get("ce-source", "")) or "unknown",
    )


def quote(text: str) -> str:
    """Write a text so that a header can carry it (NATS protocol binding of CloudEvents, section 3.1.3.2)."""
    return parse.quote(text, safe="!#$&'()*+,-./:;<=>?@[]^_`{|}~")


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
