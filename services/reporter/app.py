"""Wiring of the reporter: settings -> adapters -> handlers."""

from contextlib import AsyncExitStack
from functools import partial

from nats.aio.client import Client

from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.runtime.service import Service, Wiring
from services.reporter.handlers import ReporterHandlers
from services.reporter.settings import ReporterSettings


def create_app(settings: ReporterSettings) -> Service:
    """Return the reporter, ready to run."""
    return Service(name="reporter", nats_url=settings.nats_url, wire=partial(_wire, settings))


async def _wire(settings: ReporterSettings, nc: Client, bus: NatsBus, stack: AsyncExitStack) -> Wiring:  # noqa: ARG001 - it only listens
    records = MongoRecords(connect(settings.mongo_url))
    stack.push_async_callback(records.close)
    await records.prepare()
    handlers = ReporterHandlers(channels=records.channels, history=records.history)
    return Wiring(routes=handlers.routes(), reject=handlers.pass_over)
