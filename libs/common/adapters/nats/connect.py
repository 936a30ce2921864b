"""Connecting to NATS, and making its streams and buckets what the contracts say."""

import asyncio
import socket
import ssl
from contextlib import suppress

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, KeyValueConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

from libs.common.adapters.nats.options import nats_options, plain_url, wants_tls
from libs.common.adapters.nats.tls_client import NoTlsOffered, TlsClient
from libs.common.adapters.server_secrets import NO_SECRETS, ServerSecrets
from libs.common.contracts.permissions import SETTERS
from libs.common.contracts.subjects import LEASES, STOP_FLAGS, STREAMS, Stream
from libs.common.domain.errors import InvalidInput, StoreUnavailable, TainError
from libs.common.ports.flags import LEASE_S

_STOP_FLAG_AGE_S = 7 * 24 * 3600
_FOR_EVER = -1
_CLOSE_S = 0.5
_LOG = structlog.get_logger()


async def connect_nats(url: str, *, name: str, secrets: ServerSecrets = NO_SECRETS) -> Client:
    """Connect, and keep coming back for ever when the server goes away.

    Raises:
        InvalidInput: when the server refuses who we are, or can't be trusted; the message holds no secret.
        StoreUnavailable: when nothing answers at `url` now.
    """
    options = nats_options(name, secrets)
    nc = TlsClient() if wants_tls(url, secrets) else Client()
    try:
        # nats-py tries for ever in silence where it may; the first time we want to know why.
        await nc.connect(
            plain_url(url, secrets),
            name=f"tain-{name}",
            allow_reconnect=False,
            reconnect_time_wait=1,
            error_cb=_note,
            **options,
        )
    except (NatsError, OSError, TimeoutError, ValueError) as exc:
        # After a failed handshake its transport may never say that it is closed.
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await nc.close()
        raise _why(exc, is_tls=wants_tls(url, secrets)) from exc
    nc.options |= {"allow_reconnect": True, "max_reconnect_attempts": _FOR_EVER}
    return nc


async def _note(error: Exception) -> None:
    """Log what the server or the connection complains of; it names subjects, never secrets."""
    _LOG.warning("nats_complains", error=type(error).__name__, words=str(error)[:500])


def _why(error: Exception, *, is_tls: bool) -> TainError:
    """Say in one line what to do about a connection that could not be made."""
    if isinstance(error, NoTlsOffered):
        return InvalidInput("NATS does not offer TLS; switch it on there", field="TAIN_NATS_URL")
    words = str(error).lower()
    if "authorization" in words or "authentication" in words:
        return InvalidInput(
            "NATS refuses the user, password or token; check TAIN_NATS_CREDENTIALS_FILE, or those in TAIN_NATS_URL",
            field="TAIN_NATS_CREDENTIALS_FILE",
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return InvalidInput(
            f"the certificate of NATS is not trusted ({error.verify_message}); check TAIN_NATS_CA_FILE",
            field="TAIN_NATS_CA_FILE",
        )
    if isinstance(error, ssl.SSLError):
        return InvalidInput(
            f"NATS does not agree on TLS ({error.reason or 'no reason given'}); "
            "check TAIN_NATS_CA_FILE and TAIN_NATS_CERT_FILE",
            field="TAIN_NATS_CERT_FILE",
        )
    if is_tls and not isinstance(error, (ConnectionRefusedError, socket.gaierror, TimeoutError)):
        # By TLS 1.3 a server refuses a certificate after the handshake, and may just hang up.
        return StoreUnavailable(
            "NATS breaks off the connection; check TAIN_NATS_CERT_FILE: is the certificate there, in time, and known "
            "to NATS?"
        )
    return StoreUnavailable("NATS does not answer; check TAIN_NATS_URL")


async def prepare_nats(nc: Client, *, name: str | None = None) -> None:
    """Make or update every stream and bucket; a second time is a no-op.

    A service that `name` says may not make them only looks whether they are there.

    Raises:
        StoreUnavailable: when JetStream does not answer or refuses, or when they are not there yet.
    """
    js = nc.jetstream()
    if name is not None and name not in SETTERS:
        await _look_for_streams(js)
        return
    try:
        for stream in STREAMS:
            await _prepare_stream(js, stream)
        await js.create_key_value(KeyValueConfig(bucket=STOP_FLAGS, ttl=_STOP_FLAG_AGE_S))
        await js.create_key_value(KeyValueConfig(bucket=LEASES, ttl=LEASE_S))
    except (NatsError, TimeoutError) as exc:
        raise StoreUnavailable(f"NATS does not take the streams that Tain needs: {exc}") from exc


async def _look_for_streams(js: JetStreamContext) -> None:
    for name in (*(stream.name for stream in STREAMS), f"KV_{STOP_FLAGS}", f"KV_{LEASES}"):
        try:
            await js.stream_info(name)
        except (NatsError, TimeoutError) as exc:
            makers = ", ".join(sorted(SETTERS))
            raise StoreUnavailable(f"NATS has no stream {name} yet; any of these makes it: {makers}") from exc


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
