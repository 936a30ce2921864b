"""Saying messages over NATS; what a stream keeps is confirmed by JetStream."""

from datetime import datetime

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from libs.common.adapters.nats.cancelling import heeds_cancel
from libs.common.adapters.nats.envelope import headers_of
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ArtifactFetch
from libs.common.contracts.subjects import WORK, stream_of
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.clock import Clock, Ids

_TIMEOUT_S = 5.0


class NatsBus:
    """Implements `ports.bus.Bus` and `ports.bus.WorkQueue`."""

    def __init__(self, nc: Client, *, source: str, clock: Clock, ids: Ids) -> None:
        self._nc = nc
        self._js = nc.jetstream(timeout=_TIMEOUT_S)
        self._source = source
        self._clock = clock
        self._ids = ids

    @heeds_cancel
    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Publish one message; see the port."""
        headers = headers_of(
            message, event_id=event_id or self._ids.new(), source=self._source, time=at or self._clock.now()
        )
        payload = msgspec.json.encode(message)
        stream = stream_of(message.full_subject)
        try:
            if stream is None:
                await self._nc.publish(message.full_subject, payload, headers=headers)
            else:
                await self._js.publish(message.full_subject, payload, headers=headers, stream=stream.name)
        except (NatsError, JetStreamError, TimeoutError) as exc:
            raise StoreUnavailable(f"NATS did not confirm {message.subject}: {type(exc).__name__}") from exc

    @heeds_cancel
    async def discard(self, run_id: str) -> None:
        """Drop what is queued for a run; see the port."""
        try:
            await self._js.purge_stream(WORK.name, subject=f"{ArtifactFetch.subject}.{run_id}")
        except (NatsError, JetStreamError, TimeoutError) as exc:
            raise StoreUnavailable("NATS did not drop the queued work of a run") from exc

    @heeds_cancel
    async def has_work(self, run_id: str) -> bool:
        """Tell whether anything of a run is open; see the port."""
        subject = f"{ArtifactFetch.subject}.{run_id}"
        try:
            info = await self._js.stream_info(WORK.name, subjects_filter=subject)
        except (NatsError, JetStreamError, TimeoutError) as exc:
            raise StoreUnavailable("NATS did not show the queued work of a run") from exc
        return bool((info.state.subjects or {}).get(subject))
