"""Messages heard by plain NATS subscriptions."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from libs.common.adapters.nats.cancelling import heeds_cancel
from libs.common.adapters.nats.envelope import info_of
from libs.common.contracts.watched import WATCHED, watched_subjects
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.news import NewsItem

_LOOK_S = 0.5
_MOST_WAITING = 10_000
_LOG = structlog.get_logger()
_MESSAGES = {message.subject: message for message in WATCHED}


class NatsNews:
    """Implements `ports.news.News`.

    The client subscribes again by itself after the server was away; what was said meanwhile is missed.
    """

    def __init__(self, nc: Client, *, most_waiting: int = _MOST_WAITING) -> None:
        self._nc = nc
        self._most_waiting = most_waiting

    async def listen(self) -> AsyncGenerator[NewsItem | None, None]:
        """Yield what is said; see the port."""
        heard: asyncio.Queue[NewsItem] = asyncio.Queue()
        is_missing = False

        async def hear(message: Msg) -> None:
            nonlocal is_missing
            item = _read(message)
            if item is None:
                return
            if heard.qsize() >= self._most_waiting:
                is_missing = True
            else:
                heard.put_nowait(item)

        subscriptions: list[Subscription] = []
        try:
            connections = self._nc.stats["reconnects"]
            for subject in watched_subjects():
                subscriptions.append(await self._subscribe(subject, hear))  # noqa: PERF401 - those made so far end, too
            await self._reach_server()
            yield None
            while True:
                item = await _next(heard)
                if item is not None:
                    yield item
                if is_missing and heard.empty():
                    is_missing = False
                    yield None
                if self._nc.stats["reconnects"] != connections and self._nc.is_connected:
                    connections = self._nc.stats["reconnects"]
                    # Only when the server has its subscriptions again is everything heard that is said from now on.
                    await self._reach_server()
                    yield None
        finally:
            await _end(subscriptions)

    async def _subscribe(self, subject: str, hear: Callable[[Msg], Awaitable[None]]) -> Subscription:
        try:
            return await heeds_cancel(self._nc.subscribe)(subject, cb=hear)
        except NatsError as exc:
            raise StoreUnavailable(f"NATS does not let us listen: {type(exc).__name__}") from exc

    async def _reach_server(self) -> None:
        try:
            # nats-py may send the first ping before the subscriptions that wait to be sent.
            await heeds_cancel(self._nc.flush)()
            await heeds_cancel(self._nc.flush)()
        except (NatsError, TimeoutError) as exc:
            raise StoreUnavailable("NATS does not answer who listens") from exc


async def _next(heard: asyncio.Queue[NewsItem]) -> NewsItem | None:
    try:
        async with asyncio.timeout(_LOOK_S):
            return await heard.get()
    except TimeoutError:
        return None


async def _end(subscriptions: Sequence[Subscription]) -> None:
    for subscription in subscriptions:
        with suppress(NatsError):
            await heeds_cancel(subscription.unsubscribe)()


def _read(message: Msg) -> NewsItem | None:
    """Read a message; None for what is not to be heard, such as commands of the same noun, and what can't be read."""
    kind = _MESSAGES.get(message.subject)
    if kind is None:
        return None
    now = datetime.now(UTC)
    try:
        payload = msgspec.json.decode(message.data, type=kind)
    except msgspec.DecodeError:
        _LOG.warning("news_unreadable", subject=message.subject)
        return None
    return NewsItem(message=payload, at=info_of(message.headers or {}, fallback_id="", now=now).time)
