"""Hearing messages: durable pull consumers on FastStream, one policy for every handler.

- A handler that returns has its message acknowledged.
- `Transient` means again, later: the message is put back with a growing delay.
- `Permanent`, and a payload that can't be read, can never succeed: the message goes to
  the dead letters with its error, then away.
- While a handler runs, the server is told so, and does not give the message to another.
- Each route reads with `slots` one-message pullers on one durable consumer: nothing is
  prefetched that can't be started (FastStream's `max_workers` would, and run it twice).
- A route with a `room` reads with one puller, and takes the next message when there is
  room again: work is shared by what each process has in hand.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.security import NatsJWT, NatsSecurity, NatsToken, NatsUserPassword
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy as ServerAckPolicy
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError

from libs.common.adapters.nats.cancelling import heeds_cancel
from libs.common.adapters.nats.envelope import (
    BURIED_BY,
    BURIED_ERROR,
    BURIED_SUBJECT,
    MSG_ID,
    EventInfo,
    info_of,
    quote,
)
from libs.common.adapters.nats.options import nats_options, plain_url, wants_tls
from libs.common.adapters.nats.tls_client import TlsClient
from libs.common.adapters.server_secrets import NO_SECRETS, ServerSecrets
from libs.common.contracts.message import Message
from libs.common.contracts.permissions import durable_of, inbox_prefix
from libs.common.contracts.subjects import DEAD_LETTERS, Stream, stream_of
from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import InvalidInput, Permanent, StoreUnavailable, TainError, Transient
from libs.common.runtime.crew import Crew, Room

Handler = Callable[..., Awaitable[None]]
Rejecter = Callable[[EventInfo, str, bytes, InvalidInput], Awaitable[None]]

DELIVERIES_OF_A_BUG = 5
"""How often a message is tried that a bug of ours fails, before it is buried."""

_POLL_S = 5.0
_PENDING = 1000
_MAX_DELAY_S = 60.0
_MOST_WORDS = 1000
_LOG = structlog.get_logger()


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One message a service hears.

    `handler(message, event=EventInfo)` is idempotent. `durable`, the service's name, names
    the consumer that all its processes share. `slots` messages are handled at once. Routes of
    one `lane` are heard in the order in which their messages were said, one at a time
    over all processes: a stop never overtakes the request that it is for. With a `room`
    as many messages are handled at once as it has room for.
    """

    message: type[Message]
    handler: Handler
    durable: str
    slots: int = 1
    ack_wait_s: float = 10.0
    bug_pause_s: float = 5.0
    lane: str | None = None
    room: Room | None = None


async def prepare_consumers(nc: Client, routes: Sequence[Route]) -> None:
    """Make or update the durable consumers of the routes; a second time is a no-op.

    Raises:
        StoreUnavailable: when JetStream does not answer or refuses.
    """
    try:
        for lane in _lanes(routes):
            await _prepare_consumer(nc, lane)
    except (NatsError, JetStreamError, TimeoutError) as exc:
        raise StoreUnavailable(f"NATS does not take the consumers that Tain needs: {exc}") from exc


async def _prepare_consumer(nc: Client, lane: Sequence[Route]) -> None:
    js = nc.jetstream()
    first = lane[0]
    subjects = [_filter(route) for route in lane]
    await js.add_consumer(
        _stream(first).name,
        ConsumerConfig(
            # By its name, too: then the call itself says name and filter, and both are checked (permissions.py).
            name=_durable(first),
            durable_name=_durable(first),
            filter_subject=subjects[0] if len(subjects) == 1 else None,
            filter_subjects=subjects if len(subjects) > 1 else None,
            ack_policy=ServerAckPolicy.EXPLICIT,
            ack_wait=first.ack_wait_s,
            max_deliver=-1,
            max_ack_pending=_PENDING if first.lane is None else 1,
            deliver_policy=DeliverPolicy.ALL,
        ),
    )


def subscribe(broker: NatsBroker, routes: Sequence[Route], *, reject: Rejecter | None = None) -> Crew:
    """Attach the routes to the broker; `reject` answers public messages that can't be read.

    Returns the crew, to be dismissed before the broker stops.
    """
    crew = Crew()
    for lane in _lanes(routes):
        first = lane[0]
        by_subject = {route.message.subject: route for route in lane}
        for slot in range(first.slots if first.lane is None and first.room is None else 1):
            broker.subscriber(
                _filter(first),
                stream=JStream(_stream(first).name, declare=False),
                durable=_durable(first),
                pull_sub=PullSub(batch_size=1, timeout=_POLL_S),
                ack_policy=AckPolicy.MANUAL,
                decoder=_whole,
                inbox_prefix=f"{inbox_prefix(first.durable)}.".encode(),
                include_in_schema=slot == 0,
            )(_listener(broker, by_subject, reject, crew))
    return crew


def _listener(
    broker: NatsBroker, routes: Mapping[str, Route], reject: Rejecter | None, crew: Crew
) -> Callable[[NatsMessage], Awaitable[None]]:
    async def listen(message: NatsMessage) -> None:
        # A single route may hear more than its bare subject: `artifact.fetch.<run>`.
        route = routes.get(message.raw_message.subject) or next(iter(routes.values()))
        await crew.take(message, route.room, partial(handle, message, route))

    async def handle(message: NatsMessage, route: Route, is_in_hand: asyncio.Event) -> None:
        raw = message.raw_message
        metadata = raw.metadata
        event = info_of(
            raw.headers or {}, fallback_id=f"{metadata.stream}-{metadata.sequence.stream}", now=metadata.timestamp
        )
        beat = asyncio.create_task(_beat(message, every_s=route.ack_wait_s / 3))
        try:
            payload = _decode(route, raw.data)
            with _held(payload, route):
                is_in_hand.set()
                await route.handler(payload, event=event)
        except Transient as exc:
            delay_s = min(2.0 ** min(metadata.num_delivered or 1, 10), _MAX_DELAY_S)
            _LOG.warning("message_put_back", subject=raw.subject, code=exc.code, reason=exc.message, delay_s=delay_s)
            await message.nack(delay=delay_s)
        except InvalidInput as exc:
            if reject is not None and route.message.is_public:
                await reject(event, raw.subject, raw.data, exc)
            else:
                await _bury(broker, message, route, event, exc)
            await message.ack()
        except Permanent as exc:
            await _bury(broker, message, route, event, exc)
            await message.ack()
        except Exception as exc:
            # A bug of ours: keep the message for a look, and do not let it block the queue.
            _LOG.exception("handler_failed", subject=raw.subject, event_id=event.id)
            if (metadata.num_delivered or 1) < DELIVERIES_OF_A_BUG:
                await message.nack(delay=route.bug_pause_s)
            else:
                await _bury(broker, message, route, event, exc)
                await message.ack()
        else:
            await message.ack()
        finally:
            beat.cancel()

    return listen


def _held(payload: Message, route: Route) -> AbstractContextManager[None]:
    return nullcontext() if route.room is None else route.room.hold(payload)


async def _whole(message: NatsMessage) -> NatsMessage:
    # Without FastStream's own typing a handler is called with what the decoder returns.
    return message


def _decode(route: Route, data: bytes) -> Message:
    try:
        return msgspec.json.decode(data, type=route.message)
    except msgspec.DecodeError as exc:
        raise InvalidInput(f"the payload of {route.message.subject} can't be read: {exc}") from exc


async def _beat(message: NatsMessage, *, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await heeds_cancel(message.raw_message.in_progress)()
        except NatsError as exc:
            _LOG.warning("heartbeat_failed", error=type(exc).__name__)


async def _bury(broker: NatsBroker, message: NatsMessage, route: Route, event: EventInfo, error: BaseException) -> None:
    raw = message.raw_message
    # Those of NATS itself are orders to the server, which the dead letters' stream might refuse.
    headers = {key: str(value) for key, value in (raw.headers or {}).items() if not key.lower().startswith("nats-")}
    headers |= {
        "ce-id": quote(event.id),
        BURIED_ERROR: _words_of(error),
        BURIED_SUBJECT: raw.subject,
        BURIED_BY: route.durable,
        MSG_ID: _letter_id(raw.data, raw.subject, route, event),
    }
    _LOG.error("message_buried", subject=raw.subject, event_id=event.id, error=headers[BURIED_ERROR])
    await broker.publish(raw.data, f"dead.{raw.subject}", headers=headers, stream=DEAD_LETTERS.name, timeout=5.0)


def _letter_id(data: bytes, subject: str, route: Route, event: EventInfo) -> str:
    """Name one consumer's failure on one event; of events that share an id by mistake the content tells."""
    failed = f"{_durable(route)}\n{subject}\n{event.key}\n".encode()
    return f"dead-{sha256_of(failed + data)}"


def _words_of(error: BaseException) -> str:
    """Say what went wrong in a line; a bug's own words might hold anything, so only its place is told."""
    if isinstance(error, TainError):
        return f"{type(error).__name__}: {error.message}".replace("\n", " ")[:_MOST_WORDS]
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}; the service's log says more"


def _filter(route: Route) -> str:
    subject = route.message.subject
    return subject if stream_of(subject) is not None else f"{subject}.>"


def _stream(route: Route) -> Stream:
    stream = stream_of(_filter(route))
    if stream is None:
        raise InvalidInput(f"{route.message.subject} is kept by no stream and can't be heard durably")
    return stream


def _durable(route: Route) -> str:
    return durable_of(route.durable, route.message, lane=route.lane)


def _lanes(routes: Sequence[Route]) -> list[list[Route]]:
    """Group the routes that share a consumer; a route without a lane stands alone."""
    lanes: dict[str, list[Route]] = {}
    for route in routes:
        lanes.setdefault(_durable(route), []).append(route)
    return list(lanes.values())


def make_broker(nats_url: str, *, name: str, secrets: ServerSecrets = NO_SECRETS) -> NatsBroker:
    """Return the broker of a service; it comes back for ever when the server goes away.

    Raises:
        InvalidInput: for a file of `secrets` that can't be used.
    """
    options: dict[str, Any] = {"apply_types": False, "logger": None}
    known = nats_options(name, secrets)
    kind = _TlsBroker if wants_tls(nats_url, secrets) else NatsBroker
    return kind(
        plain_url(nats_url, secrets),
        inbox_prefix=known["inbox_prefix"],
        security=_security(known),
        name=f"tain-{name}-listener",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        graceful_timeout=5,
        **options,
    )


class _TlsBroker(NatsBroker):
    """A broker that connects by a `TlsClient`; FastStream makes a plain one by itself."""

    async def _connect(self) -> Client:
        connection = TlsClient()
        await connection.connect(**self._connection_kwargs)
        self.config.connect(connection)
        return connection


def _security(options: Mapping[str, Any]) -> NatsSecurity | None:
    """Say in FastStream's words what `nats_options` says in those of nats-py, to which it hands them on."""
    tls = options.get("tls")
    if "user" in options:
        return NatsUserPassword(options["user"], options["password"], ssl_context=tls)
    if "token" in options:
        return NatsToken(options["token"], ssl_context=tls)
    if "user_jwt_cb" in options:
        return NatsJWT(options["user_jwt_cb"], options["signature_cb"], ssl_context=tls)
    return None if tls is None else NatsSecurity(ssl_context=tls)
