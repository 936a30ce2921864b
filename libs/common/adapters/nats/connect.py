"""Connecting to NATS, and making its streams and buckets what the contracts say."""

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, KeyValueConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

from libs.common.contracts.subjects import LEASES, STOP_FLAGS, STREAMS, Stream
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.flags import LEASE_S

_STOP_FLAG_AGE_S = 7 * 24 * 3600


async def connect_nats(url: str, *, name: str) -> Client:
    """Connect, and keep coming back for ever when the server goes away.

    Raises:
        StoreUnavailable: when nothing answers at `url` now.
    """
    try:
        return await nats.connect(url, name=f"tain-{name}", max_reconnect_attempts=-1, reconnect_time_wait=1)
    except (NatsError, OSError, TimeoutError) as exc:
        raise StoreUnavailable("NATS does not answer; check TAIN_NATS_URL") from exc


async def prepare_nats(nc: Client) -> None:
    """Make or update every stream and bucket; a second time is a no-op.

    Raises:
        StoreUnavailable: when JetStream does not answer or refuses.
    """
    js = nc.jetstream()
    try:
        for stream in STREAMS:
            await _prepare_stream(js, stream)
        await js.create_key_value(KeyValueConfig(bucket=STOP_FLAGS, ttl=_STOP_FLAG_AGE_S))
        await js.create_key_value(KeyValueConfig(bucket=LEASES, ttl=LEASE_S))
    except (NatsError, TimeoutError) as exc:
        raise StoreUnavailable(f"NATS does not take the streams that Tain needs: {exc}") from exc


async def _prepare_stream(js: JetStreamContext, stream: Stream) -> None:
    config = StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.WORK_QUEUE if stream.is_work_queue else RetentionPolicy.LIMITS,
        max_age=stream.max_age_s,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        duplicate_window=stream.same_within_s,
    )
    try:
        await js.stream_info(stream.name)
    except NotFoundError:
        try:
            await js.add_stream(config)
        except BadRequestError:
            # Another service was quicker.
            await js.stream_info(stream.name)
    else:
        await js.update_stream(config)
