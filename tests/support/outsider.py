"""Another system on the bus: plain nats-py, and what the events' document says."""

import json
import threading
import uuid
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from tests.support.events_document import EventsDocument
from tests.support.eventually import eventually
from tests.support.loop_thread import LoopThread


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """One message as the stream kept it."""

    sequence: int
    stored_at: datetime
    subject: str
    body: Mapping[str, Any]


class Outsider:
    """Hears everything public, and checks each message against its schema; `complaints` has what did not fit."""

    def __init__(self, url: str, *, document: EventsDocument) -> None:
        self.document = document
        self.complaints: list[str] = []
        self._heard: list[tuple[str, Mapping[str, Any]]] = []
        self._lock = threading.Lock()
        self._thread = LoopThread("outsider")
        self._nc: Client = self._thread.run(self._subscribe(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.run(self._nc.close())
        self._thread.close()

    def say(self, operation: str, payload: Mapping[str, object], *, headers: Mapping[str, str] | None = None) -> None:
        """Say what an operation of the document receives."""
        data = self.document.encode(operation, payload)
        self._thread.run(self._say(self.document.subject(operation), data, dict(headers) if headers else None))

    def wait_for(self, operation: str, **facts: object) -> Mapping[str, Any]:
        """Return the first message of an operation with these facts, once it was said."""
        subject = self.document.subject(operation)

        def found() -> Mapping[str, Any] | None:
            with self._lock:
                bodies = [body for heard, body in self._heard if heard == subject]
            return next((body for body in bodies if all(body.get(key) == it for key, it in facts.items())), None)

        return eventually(found, within_s=40, what=f"{subject} with {facts}")

    def last_sequence(self, operation: str) -> int:
        """Return the number of the last message in the operation's stream."""
        return self._thread.run(self._last_sequence(self._stream(operation)))

    def replay(
        self, operation: str, *, after: int | None = None, since: datetime | None = None
    ) -> tuple[Replayed, ...]:
        """Read the operation's stream from a number or a time on, to its present end."""
        if after is not None:
            start = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1)
        else:
            start = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=since)
        return self._thread.run(self._replay(self._stream(operation), start))

    def _stream(self, operation: str) -> str:
        stream = self.document.stream(operation)
        assert stream is not None
        return stream

    async def _subscribe(self, url: str) -> Client:
        client = await nats.connect(url)
        for operation in self.document.public("send"):
            await client.subscribe(self.document.subject(operation), cb=self._hear)
        await client.flush()
        return client

    async def _hear(self, message: Msg) -> None:
        try:
            self.document.check_payload(message.subject, message.data)
            self.document.check_headers(message.subject, message.headers or {})
        except (msgspec.DecodeError, KeyError) as exc:
            # Other tests say wrong things on purpose, but never in Tain's name.
            if (message.headers or {}).get("ce-source", "").startswith("/tain/"):
                self.complaints.append(f"{message.subject}: {exc}: {message.data!r}")
            return
        with self._lock:
            self._heard.append((message.subject, json.loads(message.data)))

    async def _say(self, subject: str, data: bytes, headers: dict[str, str] | None) -> None:
        await self._nc.publish(subject, data, headers=headers)
        await self._nc.flush()

    async def _last_sequence(self, stream: str) -> int:
        return (await self._nc.jetstream().stream_info(stream)).state.last_seq

    async def _replay(self, stream: str, start: ConsumerConfig) -> tuple[Replayed, ...]:
        # What is public is read subject by subject, into one inbox: others may not read the rest.
        inbox = self._nc.new_inbox()
        events = await self._nc.subscribe(inbox, pending_msgs_limit=-1)
        count = 0
        operations = (*self.document.public("send"), *self.document.public("receive"))
        kept = {self.document.subject(name) for name in operations if self.document.stream(name) == stream}
        for subject in kept:
            config = start.evolve(
                name=uuid.uuid4().hex,
                deliver_subject=inbox,
                filter_subject=subject,
                ack_policy=AckPolicy.NONE,
            )
            info = await self._nc.jetstream().add_consumer(stream, config)
            count += (info.num_pending or 0) + (info.delivered.consumer_seq if info.delivered else 0)
        messages = [await events.next_msg(timeout=20) for _ in range(count)]
        await events.unsubscribe()
        found = [
            Replayed(
                sequence=message.metadata.sequence.stream,
                stored_at=message.metadata.timestamp,
                subject=message.subject,
                body=_body(message.data),
            )
            for message in messages
        ]
        return tuple(sorted(found, key=lambda event: event.sequence))


def _body(data: bytes) -> Mapping[str, Any]:
    """Read a payload; what others said wrong has none."""
    try:
        body = json.loads(data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
