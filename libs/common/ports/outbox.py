"""What is still to be said of a change, stored in one write with the change itself.

Whoever is killed after that write, or can't reach NATS, has lost nothing: what is stored is
said later, by anybody, and counts once by its event's id.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from libs.common.contracts.message import Message

_TICK = timedelta(milliseconds=1)


class Unsaid(msgspec.Struct, frozen=True, kw_only=True):
    """One message that tells of a change, and when that was made."""

    event_id: str
    at: datetime
    message: Message


def in_turn(unsaid: Sequence[Unsaid]) -> tuple[Unsaid, ...]:
    """Give the words of one change a moment each, so that whoever sorts by time reads them in their order.

    A millisecond apart: finer times are not kept everywhere.
    """
    told: list[Unsaid] = []
    for word in unsaid:
        earliest = told[-1].at + _TICK if told else word.at
        told.append(msgspec.structs.replace(word, at=max(word.at, earliest)))
    return tuple(told)


class Outbox(Protocol):
    """Documents of one kind, which hold what is still to be said of them; nobody reads it with the document.

    All methods raise StoreUnavailable when the database does not answer.
    """

    async def unsaid(self, document_id: str) -> Sequence[Unsaid]:
        """Return what a document holds in the order of its changes, also one that was deleted meanwhile.

        What follows a message that this version does not know is left to a newer one.
        """

    async def said(self, document_id: str, event_ids: Sequence[str]) -> None:
        """Take off what was said; a deleted document is gone with the last of it."""

    async def waiting(self, *, before: datetime) -> Sequence[str]:
        """Return the ids of some documents that hold what is older than a time, those that wait longest first."""
