"""The REST API's objects as they stand on the wire; nothing else uses them.

Here are those that belong to no larger noun, and what the others share; `<noun>_schemas.py` has the rest.
Key names and spelling are a contract with existing clients. Times are ISO 8601 with
microseconds and +00:00. Keys that are not known are ignored on reading, for scripts send
whole objects back; only `filters` is strict.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from libs.common.domain.access.actions import Action

PolicyWish = Annotated[str, Meta(description="the id or name of a policy; null for none")] | None
Timestamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class PageWish(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON body that a client may send with a GET; it goes before the query."""

    limit: Annotated[int, Meta(ge=0)] | None = None
    offset: Annotated[int, Meta(ge=0)] | None = None
    sort: str | None = None


class EventOut(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a channel's history."""

    event_id: str
    event_type: str
    created: Timestamp
    data: dict[str, Any]
    meta: dict[str, Any]


class EventList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a channel's history, newest first."""

    total_count: int
    items: tuple[EventOut, ...]


class DeadLetterOut(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a service could not handle; `payload` is its JSON, or the beginning of its text."""

    number: int
    subject: str
    event_id: str
    buried_at: str
    service: str
    error: str
    payload: Any


class DeadLetterList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the messages that could not be handled, newest first."""

    total_count: int
    items: tuple[DeadLetterOut, ...]


class AuditEventOut(EventOut, frozen=True, kw_only=True):
    """One entry of the history of all channels."""

    channel: str


class AuditList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the history of all channels, newest first."""

    total_count: int
    items: tuple[AuditEventOut, ...]


class SystemOut(msgspec.Struct, frozen=True, kw_only=True):
    """What clients look for to find out that a server speaks this API."""

    service_name: str
    product: str
    version: str


class HealthOut(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a health check that went well."""

    status: str


class AllowedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do; for subchannels by the words of channels."""

    actions: tuple[Action, ...]


class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds the token."""

    user_id: str
    username: str
    roles: tuple[str, ...]
    dbroles: tuple[str, ...]
    default_channel_name: str | None


class TokenInfoOut(msgspec.Struct, frozen=True, kw_only=True):
    """When the token ends; null for one that does not."""

    expires_at: str | None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error (RFC 9457); `code` is stable, `message` repeats `detail` for older clients."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    message: str
    field: str | None = None
    missing: tuple[str, ...] = ()
