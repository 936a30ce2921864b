"""One connection of server-sent events.

Essential reading: WHATWG HTML section 9.2 (server-sent events).

Rules of this file:
1. `hello` comes first, and whoever is sent it reads what they show: nothing from before is sent.
2. Who asks is looked at again every few seconds (`Pace`). When they may no longer, or when that can't be
   found out, the stream ends; when they may more or less than before, they are sent `resync`.
3. Something is sent every few seconds, and who takes nothing for long is cut off.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import msgspec
from litestar.types import ASGIApp, HTTPSendMessage, Receive, Scope, Send

from libs.common.domain.access.identity import Identity
from libs.common.domain.errors import TainError
from libs.common.version import VERSION
from services.api.live.backlog import LiveEvent
from services.api.live.live import Live, Pace, Watcher

RETRY_MS = 2000

Identify = Callable[[], Awaitable[Identity]]
"""Says who asks, as they are now; raises where they may not any more."""

_HEADERS = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    # Of nginx, which would keep events until there are many.
    (b"x-accel-buffering", b"no"),
)
_HEARTBEAT = b":\n\n"


def live_stream(live: Live, identity: Identity, identify: Identify) -> ASGIApp:
    """Return the answer that goes on until the client leaves, may no more, or the server ends.

    It raises `TooManyStreams` or `TooManyWatchers` before anything is sent.
    """
    pace = live.pace

    async def answer(_: Scope, receive: Receive, send: Send) -> None:
        watcher = live.join(identity)
        leaving = asyncio.create_task(_end_when_left(receive, watcher))
        try:
            await _send(send, {"type": "http.response.start", "status": 200, "headers": list(_HEADERS)}, pace)
            hello = LiveEvent(name="hello", data=msgspec.json.encode({"version": VERSION, "resumed": False}))
            await _send_body(send, b"retry: %d\n" % RETRY_MS + written(hello), pace)
            async with aclosing(_parts(watcher, identify, pace)) as parts:
                async for part in parts:
                    await _send_body(send, part, pace)
            await _send(send, {"type": "http.response.body", "body": b"", "more_body": False}, pace)
        except TimeoutError:
            # They take nothing; the server closes the connection of an answer that has no end.
            return
        finally:
            live.leave(watcher)
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)

    return answer


def written(event: LiveEvent) -> bytes:
    """Return an event as it goes over the wire; JSON has no line breaks."""
    return b"event: %s\ndata: %s\n\n" % (event.name.encode(), event.data)


async def _parts(watcher: Watcher, identify: Identify, pace: Pace) -> AsyncGenerator[bytes, None]:
    """Yield what is to be sent, until it is over."""
    now_s = time.monotonic()
    sent_at_s, checked_at_s = now_s, now_s
    while not watcher.is_over:
        if now_s - checked_at_s >= pace.recheck_s:
            if not await _is_still_let_in(watcher, identify):
                return
            checked_at_s = now_s = time.monotonic()
        watcher.stirred.clear()
        events = watcher.backlog.take(now_s=now_s)
        if events or now_s - sent_at_s >= pace.heartbeat_s:
            yield b"".join(map(written, events)) or _HEARTBEAT
            sent_at_s = time.monotonic()
        now_s = time.monotonic()
        waits = (sent_at_s + pace.heartbeat_s - now_s, checked_at_s + pace.recheck_s - now_s)
        held_s = watcher.backlog.wait_s(now_s=now_s)
        await _wait(watcher.stirred, min(*waits, *(() if held_s is None else (held_s,))))
        now_s = time.monotonic()


async def _is_still_let_in(watcher: Watcher, identify: Identify) -> bool:
    """Find out who asks now; who may other things than before is to read all anew."""
    try:
        identity = await identify()
    except TainError:
        return False
    if not identity.is_signed_in or identity.user_id != watcher.identity.user_id:
        return False
    if identity != watcher.identity:
        watcher.identity = identity
        watcher.lose()
    return True


async def _wait(stirred: asyncio.Event, longest_s: float) -> None:
    try:
        async with asyncio.timeout(max(longest_s, 0)):
            await stirred.wait()
    except TimeoutError:
        pass


async def _end_when_left(receive: Receive, watcher: Watcher) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    watcher.end()


async def _send_body(send: Send, body: bytes, pace: Pace) -> None:
    await _send(send, {"type": "http.response.body", "body": body, "more_body": True}, pace)


async def _send(send: Send, message: HTTPSendMessage, pace: Pace) -> None:
    async with asyncio.timeout(pace.stuck_s):
        await send(message)
