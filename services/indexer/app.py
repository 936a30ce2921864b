"""Wiring of the indexer: settings -> adapters -> handlers."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import structlog
from nats.aio.client import Client

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.flags import NatsLeases
from libs.common.domain.errors import StoreUnavailable
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.service import Service, Wiring
from services.indexer.garbage_ports import GarbagePorts, Keeping
from services.indexer.handlers import IndexerHandlers
from services.indexer.keep_house import Housekeeping
from services.indexer.publish_channel import PublishPorts
from services.indexer.reconcile_channels import Reconciler
from services.indexer.settings import IndexerSettings

_RECONCILE_EVERY_S = 15.0
_SWEEP_LOOK_S = 600.0
_LOG = structlog.get_logger()


def create_app(settings: IndexerSettings) -> Service:
    """Return the indexer, ready to run."""
    return Service(name="indexer", nats_url=settings.nats_url, secrets=settings, wire=partial(_wire, settings))


async def _wire(
    settings: IndexerSettings,
    nc: Client,
    bus: NatsBus,
    stack: AsyncExitStack,
) -> Wiring:
    records = MongoRecords(connect(settings.mongo_url, secrets=settings))
    stack.push_async_callback(records.close)
    await records.prepare()
    blobs = open_blob_store(settings.blobs_url)
    clock = SystemClock()
    ports = PublishPorts(
        channels=records.channels,
        mirrors=records.mirrors,
        heads=records.catalogue_heads,
        revisions=records.revisions,
        shards=records.shards,
        rendered=records.rendered_shards,
        blobs=blobs,
        bus=bus,
        clock=clock,
        ids=RandomIds(),
    )
    house = Housekeeping(
        ports=GarbagePorts(
            channels=records.channels,
            mirrors=records.mirrors,
            heads=records.catalogue_heads,
            revisions=records.revisions,
            runs=records.runs,
            books=records.advisory_books,
            batches=records.batches,
            shards=records.shards,
            rendered=records.rendered_shards,
            read_pages=records.read_pages,
            extracted=records.extracted,
            uploads=records.uploads,
            removals=records.removals,
            attachments=records.attachments,
            reports=records.reports,
            kept_reports=records.kept_reports,
            mirror_previews=records.mirror_previews,
            blobs=blobs,
            bus=bus,
            clock=clock,
        ),
        publish_ports=ports,
        leases=NatsLeases(nc.jetstream()),
        holder=f"indexer-{RandomIds().new()}",
        keeping=Keeping(
            grace=timedelta(seconds=settings.garbage_grace_s),
            revisions=settings.revisions_kept,
            revisions_for=timedelta(days=settings.revisions_kept_days),
            decisions=settings.decisions_kept,
        ),
    )
    every = timedelta(seconds=settings.garbage_every_s)
    return Wiring(
        routes=IndexerHandlers(ports=ports, house=house, channels_at_once=settings.channels_at_once).routes(),
        background=(partial(_keep_reconciling, Reconciler(ports)), partial(_keep_sweeping, house, every=every)),
    )


async def _keep_reconciling(reconciler: Reconciler) -> None:
    while True:
        await reconciler.reconcile()
        await asyncio.sleep(_RECONCILE_EVERY_S)


async def _keep_sweeping(house: Housekeeping, *, every: timedelta) -> None:
    while True:
        # After a restart the time is looked up, so this is asked more often than it is done.
        await asyncio.sleep(min(_SWEEP_LOOK_S, every.total_seconds()))
        try:
            await house.sweep_daily(every=every)
        except StoreUnavailable as exc:
            _LOG.info("daily_sweep_put_off", reason=exc.message)
