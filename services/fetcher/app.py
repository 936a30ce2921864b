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
from libs.common.runtime.service import Service, Wiring
from services.fetcher.fetch_artifacts import FetchArtifacts
from services.fetcher.handlers import FetcherHandlers
from services.fetcher.settings import FetcherSettings
from services.fetcher.stop_watch import StopWatch
from services.fetcher.store_file import FileStore, Retries


def create_app(settings: FetcherSettings) -> Service:
    """Return the fetcher, ready to run."""
    return Service(name="fetcher", nats_url=settings.nats_url, wire=partial(_wire, settings))


async def _wire(settings: FetcherSettings, nc: Client, bus: NatsBus, stack: AsyncExitStack) -> Wiring:
    upstream = await stack.enter_async_context(
        open_upstream(
            file_sources=settings.file_sources,
            http_proxy=settings.http_proxy,
            https_proxy=settings.https_proxy,
            no_proxy=settings.no_proxy,
            ca_bundle=settings.ca_bundle,
        )
    )
    files = FileStore(
        upstream=upstream,
        blobs=open_blob_store(settings.blobs_url),
        slots=asyncio.Semaphore(settings.files_at_once),
        retries=Retries(),
    )
    stops = StopWatch(NatsStopFlags(nc))
    seal = JweSeal(load_key(Path(settings.secret_key_file)))
    handlers = FetcherHandlers(
        fetch_artifacts=FetchArtifacts(files=files, seal=seal, stops=stops),
        bus=bus,
        batches_at_once=settings.batches_at_once,
    )
    return Wiring(routes=handlers.routes(), background=(stops.watch,))
