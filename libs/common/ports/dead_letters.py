"""Messages that nobody could handle, kept with their error for a person to look at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One message that was given up: on which subject it was said, when it was given up, by which service, and why.

    `service` is "" for those that were given up before that was noted.
    """

    number: int
    subject: str
    event_id: str
    buried_at: datetime
    error: str
    payload: bytes
    service: str = ""


class DeadLetters(Protocol):
    """What was given up in the last 90 days. Written by every service that listens."""

    async def list(self, *, offset: int, limit: int) -> tuple[int, Sequence[DeadLetter]]:
        """Return how many there are, and a page of them, newest first.

        Raises:
            StoreUnavailable: when NATS does not answer.
        """
