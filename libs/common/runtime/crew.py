"""Working on messages beside their puller, as many as there is room for."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import structlog
from faststream.nats import NatsMessage
from nats.errors import Error as NatsError

_LOG = structlog.get_logger()
_HAND_ON_S = 1.0
"""By then our own puller has ended: it would take the message that was just put back."""


class Room(Protocol):
    """What a process has in hand, in a measure of its own."""

    def hold(self, message: Any, /) -> AbstractContextManager[None]:
        """Count a message as being in hand while the block runs."""

    async def wait(self) -> None:
        """Return once another message may be taken."""


Work = Callable[[asyncio.Event], Awaitable[None]]
"""Handles a message, and sets the event once it is counted as being in hand."""


class Crew:
    """The messages that are worked on beside their puller."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_dismissed = False

    async def take(self, message: NatsMessage, room: Room | None, work: Work) -> None:
        """Begin to work on a message, and return once there is room for another; without a room when it is done."""
        if room is None:
            await work(asyncio.Event())
            return
        if self._is_dismissed:
            await message.nack(delay=_HAND_ON_S)
            return
        is_in_hand = asyncio.Event()
        task = asyncio.create_task(_to_the_end(message, work, is_in_hand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await is_in_hand.wait()
        await room.wait()

    async def dismiss(self) -> None:
        """Put back what is worked on, for others to take."""
        self._is_dismissed = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _to_the_end(message: NatsMessage, work: Work, is_in_hand: asyncio.Event) -> None:
    try:
        await work(is_in_hand)
    except asyncio.CancelledError:
        await message.nack(delay=_HAND_ON_S)
        raise
    except NatsError as exc:
        # Not acknowledged, it is given to someone again.
        _LOG.warning("message_not_acknowledged", error=type(exc).__name__)
    finally:
        is_in_hand.set()
