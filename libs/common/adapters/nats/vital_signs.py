"""Services by NATS' own service protocol (ADR-32), queues by JetStream, and the disk below a file:// store."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import ConsumerInfo
from nats.js.errors import Error as JetStreamError

from libs.common.adapters.nats.cancelling import heeds_cancel
from libs.common.contracts.permissions import SERVICES, STATS_CALL, durables
from libs.common.contracts.subjects import STREAMS
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.vital_signs import DiskSign, QueueSign, ServiceSign, StreamSign

_PREFIX = "tain-"
_WITHIN_S = 1.0
_LATE_S = 0.15
"""Once one of each service has answered, so long is waited for more of them."""
_TIMEOUT_S = 2.0
_PAGE = 256


class _Stats(msgspec.Struct, frozen=True):
    name: str
    id: str
    version: str = ""
    started: datetime | None = None
    metadata: dict[str, str] | None = None


class NatsVitalSigns:
    """Implements `ports.vital_signs.VitalSigns`."""

    def __init__(self, nc: Client, *, blobs_url: str) -> None:
        self._nc = nc
        self._js = nc.jetstream(timeout=_TIMEOUT_S)
        self._folder = _folder_of(blobs_url)

    @heeds_cancel
    async def services(self) -> Sequence[ServiceSign]:
        """Ask who is there; see the port."""
        if not self._nc.is_connected:
            raise StoreUnavailable("NATS is away")
        found: dict[str, ServiceSign] = {}
        are_all_kinds_there = asyncio.Event()

        async def hear(message: Msg) -> None:
            sign = _sign_of(message.data)
            if sign is not None:
                found[sign.id] = sign
            if {one.name for one in found.values()} >= set(SERVICES):
                are_all_kinds_there.set()

        inbox = self._nc.new_inbox()
        try:
            subscription = await self._nc.subscribe(inbox, cb=hear)
            try:
                await self._nc.publish(STATS_CALL, b"", reply=inbox)
                await _wait(are_all_kinds_there)
            finally:
                await subscription.unsubscribe()
        except NatsError as exc:
            raise StoreUnavailable("NATS did not pass on the question who is there") from exc
        return sorted(found.values(), key=lambda one: (one.name, one.started_at or datetime.min.replace(tzinfo=UTC)))

    @heeds_cancel
    async def queues(self) -> Sequence[QueueSign]:
        """Return the queues of services; see the port."""
        own = durables()
        signs: list[QueueSign] = []
        try:
            for stream in {stream for stream, _ in own}:
                signs += [_queue_sign(one) for one in await self._consumers(stream) if (stream, one.name) in own]
        except (NatsError, JetStreamError, TimeoutError) as exc:
            raise StoreUnavailable("NATS did not show the queues") from exc
        return sorted(signs, key=lambda one: (one.stream, one.consumer))

    @heeds_cancel
    async def streams(self) -> Sequence[StreamSign]:
        """Return what streams keep; see the port."""
        signs: list[StreamSign] = []
        try:
            for stream in STREAMS:
                state = (await self._js.stream_info(stream.name)).state
                signs.append(StreamSign(name=stream.name, messages=state.messages, size_bytes=state.bytes))
        except (NatsError, JetStreamError, TimeoutError) as exc:
            raise StoreUnavailable("NATS did not show the streams") from exc
        return signs

    async def disk(self) -> DiskSign | None:
        """Look at the store's disk; see the port."""
        if self._folder is None:
            return None
        try:
            usage = await asyncio.to_thread(shutil.disk_usage, self._folder)
        except OSError as exc:
            raise StoreUnavailable("the folder of the blob store is away") from exc
        return DiskSign(free_bytes=usage.free, total_bytes=usage.total)

    async def _consumers(self, stream: str) -> list[ConsumerInfo]:
        found: list[ConsumerInfo] = []
        while True:
            page = await self._js.consumers_info(stream, offset=len(found))
            found += page
            if len(page) < _PAGE:
                return found


async def _wait(are_all_kinds_there: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_WITHIN_S):
            await are_all_kinds_there.wait()
            await asyncio.sleep(_LATE_S)
    except TimeoutError:
        pass


def _sign_of(data: bytes) -> ServiceSign | None:
    try:
        stats = msgspec.json.decode(data, type=_Stats)
    except msgspec.DecodeError:
        return None
    if not stats.name.startswith(_PREFIX):
        return None
    where, started = stats.metadata or {}, stats.started
    return ServiceSign(
        name=stats.name.removeprefix(_PREFIX),
        id=stats.id,
        version=stats.version,
        started_at=started if started is None or started.tzinfo else started.replace(tzinfo=UTC),
        host=where.get("host", ""),
        pid=where.get("pid", ""),
    )


def _queue_sign(info: ConsumerInfo) -> QueueSign:
    return QueueSign(
        stream=info.stream_name,
        consumer=info.name,
        waiting=info.num_pending or 0,
        in_hand=info.num_ack_pending or 0,
        redelivered=info.num_redelivered or 0,
    )


def _folder_of(blobs_url: str) -> Path | None:
    parts = urlsplit(blobs_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
