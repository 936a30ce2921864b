"""Wiring of the reporter: settings -> adapters -> handlers."""

from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from nats.aio.client import Client

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.runtime.clock import SystemClock
from libs.common.runtime.service import Service, Wiring
from services.reporter.handlers import ReporterHandlers
from services.reporter.report_ports import ReportPorts
from services.reporter.settings import ReporterSettings


def create_app(settings: ReporterSettings) -> Service:
    """Return the reporter, ready to run."""
    return Service(name="reporter", nats_url=settings.nats_url, secrets=settings, wire=partial(_wire, settings))


async def _wire(settings: ReporterSettings, nc: Client, bus: NatsBus, stack: AsyncExitStack) -> Wiring:  # noqa: ARG001 - what it needs of NATS is the bus
    records = MongoRecords(connect(settings.mongo_url, secrets=settings))
    stack.push_async_callback(records.close)
    await records.prepare()
    report_ports = ReportPorts(
        channels=records.channels,
        mirrors=records.mirrors,
        policies=records.policies,
        runs=records.runs,
        heads=records.catalogue_heads,
        revisions=records.revisions,
        shards=records.shards,
        read_pages=records.read_pages,
        extracted=records.extracted,
        removals=records.removals,
        books=records.advisory_books,
        kept_reports=records.kept_reports,
        blobs=open_blob_store(settings.blobs_url),
        bus=bus,
        clock=SystemClock(),
        kept_for=timedelta(days=settings.reports_kept_days),
    )
    handlers = ReporterHandlers(
        channels=records.channels, history=records.history, downloads=records.downloads, report_ports=report_ports
    )
    return Wiring(routes=handlers.routes(), reject=handlers.pass_over)
