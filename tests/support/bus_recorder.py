"""Everything that is said on the bus, as another system with a plain NATS client hears it."""

import json
import threading
from collections.abc import Mapping

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.support.eventually import eventually
from tests.support.loop_thread import LoopThread

_MESSAGE_ID = "Nats-Msg-Id"
_ACKNOWLEDGE = "$JS.ACK."


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it went over the wire.

    `is_delivery` tells that it is a stream's copy on its way to one consumer.
    """

    subject: str
    headers: Mapping[str, str]
    data: bytes
    is_delivery: bool

    @property
    def body(self) -> dict[str, object]:
        """The payload, read as JSON."""
        body: dict[str, object] = json.loads(self.data)
        return body


class BusRecorder:
    """Subscribes to `>` and keeps what it hears; also says what others would say."""

    def __init__(self, url: str) -> None:
        self._heard: list[Heard] = []
        self._lock = threading.Lock()
        self._thread = LoopThread("bus-recorder")
        self._client: Client = self._thread.run(self._subscribe(url))

    def heard(self, subject: str, **facts: object) -> tuple[Heard, ...]:
        """Return the messages of a subject whose body has these facts, oldest first."""
        with self._lock:
            candidates = [message for message in self._heard if message.subject == subject and not message.is_delivery]
        return tuple(
            message for message in candidates if all(message.body.get(key) == value for key, value in facts.items())
        )

    def everything(self) -> tuple[Heard, ...]:
        """Return all messages, the servers' own ones too."""
        with self._lock:
            return tuple(self._heard)

    def wait_for(self, subject: str, *, count: int = 1, within_s: float = 30, **facts: object) -> Heard:
        """Return the `count`th message of a subject with these facts, once it was said."""
        messages = eventually(
            lambda: found if len(found := self.heard(subject, **facts)) >= count else None,
            within_s=within_s,
            what=f"message {count} of {subject} with {facts}",
        )
        return messages[count - 1]

    def say(self, subject: str, data: bytes, *, headers: Mapping[str, str] | None = None) -> None:
        """Publish as an outsider does, with nothing but a subject and bytes."""
        self._thread.run(self._say(subject, data, dict(headers) if headers else None))

    def is_quiet(self, stream: str) -> bool:
        """Tell whether the stream has kept all that was heard, and every durable consumer has followed it."""
        return self._thread.run(self._is_quiet(stream))

    def close(self) -> None:
        """End the subscription."""
        self._thread.run(self._client.close())
        self._thread.close()

    async def _subscribe(self, url: str) -> Client:
        client = await nats.connect(url)
        await client.subscribe(">", cb=self._keep, pending_bytes_limit=-1, pending_msgs_limit=-1)
        await client.flush()
        return client

    async def _keep(self, message: Msg) -> None:
        with self._lock:
            self._heard.append(
                Heard(
                    subject=message.subject,
                    headers=message.headers or {},
                    data=message.data,
                    is_delivery=message.reply.startswith(_ACKNOWLEDGE),
                )
            )

    async def _say(self, subject: str, data: bytes, headers: dict[str, str] | None) -> None:
        await self._client.publish(subject, data, headers=headers)
        await self._client.flush()

    async def _is_quiet(self, stream: str) -> bool:
        jetstream = self._client.jetstream()
        kept = await jetstream.stream_info(stream)
        subjects = frozenset(kept.config.subjects or ())
        said = {heard.headers.get(_MESSAGE_ID) for heard in self.everything() if heard.subject in subjects}
        consumers = await jetstream.consumers_info(stream)
        return kept.state.messages >= len(said) and not any(
            consumer.num_pending or consumer.num_ack_pending for consumer in consumers
        )
