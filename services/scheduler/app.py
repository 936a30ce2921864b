"""Wiring of the scheduler: settings -> adapters -> handlers."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.flags import NatsStopFlags
from libs.common.adapters.seal import JweSeal, load_key
from libs.common.adapters.upstream.open import open_upstream
from libs.common.domain.cron import check_cron
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.records import Mirrors, Schedule
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.service import Service, Wiring
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from libs.common.vulnerabilities.read_osv import ECOSYSTEMS
from services.scheduler.ask_rules import RulePorts
from services.scheduler.decide_stored import AgainPorts
from services.scheduler.execute_run import Execution
from services.scheduler.fetch_advisories import AdvisorySource
from services.scheduler.fill_uploads import FillPorts, UploadsWatch
from services.scheduler.fire_mirrors import fire_due, plan_mirror
from services.scheduler.handlers import SchedulerHandlers
from services.scheduler.preview_mirror import PreviewPorts
from services.scheduler.run_ports import Ports, Task
from services.scheduler.settings import SchedulerSettings
from services.scheduler.tell_end import tell_end
from services.scheduler.update_advisories import UpdatePorts
from services.scheduler.watch_advisories import AdvisoryWatch
from services.scheduler.watch_rules import RuleWatch
from services.scheduler.watch_runs import RunWatch

_FIRE_EVERY_S = 1.0
_LOOKS_A_PLAN = 60


def create_app(settings: SchedulerSettings) -> Service:
    """Return the scheduler, ready to run."""
    return Service(name="scheduler", nats_url=settings.nats_url, secrets=settings, wire=partial(_wire, settings))


async def _wire(settings: SchedulerSettings, nc: Client, bus: NatsBus, stack: AsyncExitStack) -> Wiring:
    clock = SystemClock()
    records = MongoRecords(connect(settings.mongo_url, secrets=settings))
    stack.push_async_callback(records.close)
    await records.prepare()
    blobs = open_blob_store(settings.blobs_url)
    flags = NatsStopFlags(nc)
    upstream = await stack.enter_async_context(open_upstream(settings))
    owner = settings.owner or f"scheduler-{RandomIds().new()}"
    rules = RulePorts(
        channels=records.channels,
        mirrors=records.mirrors,
        policies=records.policies,
        books=records.advisory_books,
        removals=records.removals,
        clock=clock,
    )
    ports = Ports(
        runs=records.runs,
        batches=records.batches,
        heads=records.catalogue_heads,
        shards=records.shards,
        pages=records.read_pages,
        extracted=records.extracted,
        blobs=blobs,
        upstream=upstream,
        seal=JweSeal(load_key(Path(settings.secret_key_file))),
        bus=bus,
        queue=bus,
        clock=clock,
        rules=rules,
        index_limit_bytes=settings.index_limit_mb * 1024 * 1024,
    )
    watch = RunWatch(
        owner=owner,
        runs=records.runs,
        mirrors=records.mirrors,
        channels=records.channels,
        flags=flags,
        clock=clock,
        make_execution=lambda run, mirror, channel: Execution(
            Task(run=run, mirror=mirror, channel=channel, owner=owner), ports=ports
        ),
        tell_end=partial(tell_end, runs=records.runs, batches=records.batches, queue=bus, bus=bus),
        runs_at_once=settings.runs_at_once,
        lost_after=timedelta(seconds=settings.run_lost_after_s),
        rest_limit=timedelta(seconds=settings.run_rest_limit_s),
    )
    again = AgainPorts(rules=rules, heads=records.catalogue_heads, shards=records.shards, blobs=blobs)
    filling = UploadsWatch(FillPorts(uploads=records.uploads, again=again, bus=bus))
    rule_watch = RuleWatch(
        ports=again,
        runs=records.runs,
        bus=bus,
        tell_runs=watch.rules_changed,
    )
    advisories = UpdatePorts(
        keeping=AdvisoryPorts(
            advisories=records.advisories,
            curations=records.curations,
            books=records.advisory_books,
            blobs=blobs,
            bus=bus,
            clock=clock,
        ),
        reports=records.reports,
        upstream=upstream,
        source=advisory_source(settings),
    )
    advisory_watch = AdvisoryWatch(ports=advisories, cron=check_cron(settings.osv_cron))
    handlers = SchedulerHandlers(
        channels=records.channels,
        mirrors=records.mirrors,
        runs=records.runs,
        batches=records.batches,
        heads=records.catalogue_heads,
        pages=records.read_pages,
        uploads=records.uploads,
        removals=records.removals,
        attachments=records.attachments,
        schedule=records.schedule,
        flags=flags,
        queue=bus,
        bus=bus,
        clock=clock,
        watch=watch,
        rules=rule_watch,
        filling=filling,
        advisories=advisories,
        previewing=PreviewPorts(previews=records.mirror_previews, run=ports, ids=RandomIds()),
        fire_jitter_s=settings.fire_jitter_s,
    )
    return Wiring(
        routes=handlers.routes(),
        reject=handlers.reject,
        background=(
            watch.watch_runs,
            watch.watch_flags,
            rule_watch.watch_rules,
            filling.watch_uploads,
            advisory_watch.watch,
            partial(
                _keep_firing,
                mirrors=records.mirrors,
                schedule=records.schedule,
                bus=bus,
                clock=clock,
                jitter_s=settings.fire_jitter_s,
            ),
        ),
    )


def advisory_source(settings: SchedulerSettings) -> AdvisorySource | None:
    """Return where advisories are read; None where the operator set nothing."""
    if settings.osv_url is None:
        return None
    return AdvisorySource(
        url=settings.osv_url,
        ecosystems=tuple(ECOSYSTEMS[name] for name in settings.osv_ecosystems),
        archive_limit_bytes=settings.osv_limit_mb * 1024 * 1024,
    )


async def _keep_firing(*, mirrors: Mirrors, schedule: Schedule, bus: Bus, clock: Clock, jitter_s: int) -> None:
    while True:
        # Now and again all plans are looked at: a mirror.updated may never have been said.
        for mirror in await mirrors.list():
            await plan_mirror(mirror, mirrors=mirrors, schedule=schedule, jitter_s=jitter_s)
        for _ in range(_LOOKS_A_PLAN):
            await fire_due(now=clock.now(), mirrors=mirrors, schedule=schedule, bus=bus, jitter_s=jitter_s)
            await asyncio.sleep(_FIRE_EVERY_S)
