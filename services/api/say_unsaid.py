"""What documents hold -> the bus: at once by whoever changed them, and else by any api a moment later.

Why this loses nothing and tells nothing twice: docs/decisions/0009-outbox.md.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.outbox import Outbox

_LEFT_AFTER = timedelta(seconds=5)
"""What is younger is in the hands of whoever stored it."""

_LOOK_EVERY_S = 3.0
_LOG = structlog.get_logger()


async def say_unsaid(outbox: Outbox, *document_ids: str, bus: Bus) -> None:
    """Say what documents hold, as far as NATS takes it now; `keep_saying` says the rest.

    What the change before left unsaid goes first, so that the order of a document's changes
    stays, whoever says them. The change is stored: that it can't be told yet is no error.
    """
    try:
        for document_id in document_ids:
            await _say(outbox, document_id, bus=bus)
    except StoreUnavailable as exc:
        _LOG.warning("said_later", code=exc.code, reason=exc.message)


async def keep_saying(
    outboxes: Sequence[Outbox], *, bus: Bus, clock: Clock, look_every_s: float = _LOOK_EVERY_S
) -> None:
    """Say what was left unsaid, at the start and then again and again; runs for ever."""
    while True:
        try:
            await say_left(outboxes, before=clock.now() - _LEFT_AFTER, bus=bus)
        except StoreUnavailable as exc:
            _LOG.warning("said_later", code=exc.code, reason=exc.message)
        await asyncio.sleep(look_every_s)


async def say_left(outboxes: Sequence[Outbox], *, before: datetime, bus: Bus) -> None:
    """Say what documents hold that has something to say from before a time.

    Raises:
        StoreUnavailable: when it has to be said later.
    """
    for outbox in outboxes:
        for document_id in await outbox.waiting(before=before):
            await _say(outbox, document_id, bus=bus)


async def _say(outbox: Outbox, document_id: str, *, bus: Bus) -> None:
    said: list[str] = []
    try:
        for unsaid in await outbox.unsaid(document_id):
            await bus.say(unsaid.message, event_id=unsaid.event_id, at=unsaid.at)
            said.append(unsaid.event_id)
    finally:
        if said:
            await outbox.said(document_id, said)
