"""Wiring of the fetcher: settings -> adapters -> handlers."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.flags import NatsStopFlags
from libs.common.adapters.seal import JweSeal, load_key
from libs.common.adapters.upstream.open import open_upstream
from libs.common.runtime.clock import RandomIds
from libs.common.runtime.service import Service, Wiring
from services.fetcher.fetch_artifacts import FetchArtifacts
from services.fetcher.handlers import FetcherHandlers
from services.fetcher.received import ReceivedBytes, keep_telling
from services.fetcher.room import FileRoom
from services.fetcher.settings import FetcherSettings
from services.fetcher.stop_watch import StopWatch
from services.fetcher.store_file import FileStore, Retries


def create_app(settings: FetcherSettings) -> Service:
    """Return the fetcher, ready to run."""
    return Service(name="fetcher", nats_url=settings.nats_url, secrets=settings, wire=partial(_wire, settings))


async def _wire(settings: FetcherSettings, nc: Client, bus: NatsBus, stack: AsyncExitStack) -> Wiring:
    upstream = await stack.enter_async_context(open_upstream(settings))
    spool_folder = Path(settings.spool_folder) if settings.spool_folder else None
    files = FileStore(
        upstream=upstream,
        blobs=open_blob_store(
            settings.blobs_url, spool_folder=spool_folder, partial_limit_bytes=settings.partial_limit_mb * 1024 * 1024
        ),
        slots=asyncio.Semaphore(settings.files_at_once),
        retries=Retries(),
    )
    stops = StopWatch(NatsStopFlags(nc))
    seal = JweSeal(load_key(Path(settings.secret_key_file)))
    room = FileRoom(files_at_once=settings.files_at_once)
    received = ReceivedBytes(fetcher=f"fetcher-{RandomIds().new()}")
    handlers = FetcherHandlers(
        fetch_artifacts=FetchArtifacts(files=files, seal=seal, stops=stops, room=room, received=received),
        bus=bus,
        room=room,
    )
    return Wiring(routes=handlers.routes(), background=(stops.watch, partial(keep_telling, received, bus=bus)))
