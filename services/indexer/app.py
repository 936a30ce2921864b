"""Wiring of the indexer: settings -> adapters -> handlers."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from nats.aio.client import Client

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.service import Service, Wiring
from services.indexer.handlers import IndexerHandlers
from services.indexer.publish_channel import PublishPorts
from services.indexer.reconcile_channels import Reconciler
from services.indexer.settings import IndexerSettings

_RECONCILE_EVERY_S = 60.0


def create_app(settings: IndexerSettings) -> Service:
    """Return the indexer, ready to run."""
    return Service(name="indexer", nats_url=settings.nats_url, wire=partial(_wire, settings))


async def _wire(
    settings: IndexerSettings,
    nc: Client,  # noqa: ARG001 - the shape of `Wire`
    bus: NatsBus,
    stack: AsyncExitStack,
) -> Wiring:
    records = MongoRecords(connect(settings.mongo_url))
    stack.push_async_callback(records.close)
    await records.prepare()
    ports = PublishPorts(
        channels=records.channels,
        mirrors=records.mirrors,
        heads=records.catalogue_heads,
        revisions=records.revisions,
        shards=records.shards,
        rendered=records.rendered_shards,
        blobs=open_blob_store(settings.blobs_url),
        bus=bus,
        clock=SystemClock(),
        ids=RandomIds(),
    )
    return Wiring(
        routes=IndexerHandlers(ports=ports, channels_at_once=settings.channels_at_once).routes(),
        background=(partial(_keep_reconciling, Reconciler(ports)),),
    )


async def _keep_reconciling(reconciler: Reconciler) -> None:
    while True:
        await reconciler.reconcile()
        await asyncio.sleep(_RECONCILE_EVERY_S)
