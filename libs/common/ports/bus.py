"""Saying things to the other services."""

from datetime import datetime
from typing import Protocol

from libs.common.contracts.message import Message


class Bus(Protocol):
    """Says messages; what a stream keeps is stored when `say` returns."""

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Publish one message; `at` is when what it tells of happened, now where it is left out.

        The same `event_id` within two minutes is stored once, so that a repeated
        handler does not repeat its words.

        Raises:
            StoreUnavailable: when NATS does not confirm in time.
        """


class WorkQueue(Protocol):
    """The queued fetch work of runs."""

    async def discard(self, run_id: str) -> None:
        """Drop what is queued for a run; a no-op where nothing is."""

    async def has_work(self, run_id: str) -> bool:
        """Tell whether anything is queued for a run, or in a fetcher's hands.

        Raises:
            StoreUnavailable: when NATS does not answer.
        """
