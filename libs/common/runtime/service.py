"""Running one service: connect, prepare, listen, answer pings, end in order on SIGTERM."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import msgspec
import structlog
import uvloop
from nats.aio.client import Client

from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.connect import connect_nats, prepare_nats
from libs.common.adapters.server_secrets import NO_SECRETS, ServerSecrets
from libs.common.domain.errors import StoreUnavailable, TainError
from libs.common.runtime.bus import Rejecter, Route, make_broker, prepare_consumers, subscribe
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.health import announce

_LOG = structlog.get_logger()
_CONNECT_TRIES = 100
_RETRY_S = 0.3
_LOOK_S = 1.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class Wiring(msgspec.Struct, kw_only=True):
    """What a service's app hands to the runtime: what it hears and what runs beside that."""

    routes: Sequence[Route] = ()
    background: Sequence[Callable[[], Awaitable[None]]] = ()
    reject: Rejecter | None = None


Wire = Callable[[Client, NatsBus, AsyncExitStack], Awaitable[Wiring]]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service: its name, its bus, and how it is wired once the bus is there.

    `wire(nc, bus, stack)` makes adapters, registers their closing on `stack`, and
    returns the routes; it is the body of `create_app`.
    """

    name: str
    nats_url: str
    wire: Wire
    secrets: ServerSecrets = NO_SECRETS


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Client]:
    """Run a service until the context ends; background tasks that fail end the process.

    Raises:
        TainError: when NATS or a store does not answer at the start, or refuses us.
    """
    async with AsyncExitStack() as stack:
        nc = await _connect(service)
        stack.push_async_callback(nc.close)
        bus = NatsBus(nc, source=service.name, clock=SystemClock(), ids=RandomIds())
        wiring = await service.wire(nc, bus, stack)
        await prepare_consumers(nc, wiring.routes)
        broker = make_broker(service.nats_url, name=service.name, secrets=service.secrets)
        crew = subscribe(broker, wiring.routes, reject=wiring.reject)
        await broker.start()
        stack.push_async_callback(broker.stop)
        stack.push_async_callback(crew.dismiss)
        keep_prepared = partial(_keep_prepared, nc, wiring.routes, name=service.name)
        jobs: Sequence[Callable[[], Awaitable[None]]] = [*wiring.background, keep_prepared]
        tasks = [asyncio.create_task(_supervise(job)) for job in jobs]
        stack.push_async_callback(_end, tasks)
        answering = await announce(nc, service.name)
        stack.push_async_callback(answering.stop)
        _LOG.info("service_started")
        yield nc
        _LOG.info("service_stopping")


def run_service(service: Service) -> None:
    """Run a service as the process's main work; SIGTERM and SIGINT end it in order."""
    try:
        uvloop.run(_serve(service))
    except TainError as exc:
        _LOG.error("service_failed", code=exc.code, reason=exc.message)
        sys.exit(1)


async def _serve(service: Service) -> None:
    is_over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, is_over.set)
    async with running(service):
        await is_over.wait()


async def _connect(service: Service) -> Client:
    for tries_left in reversed(range(_CONNECT_TRIES)):
        nc: Client | None = None
        try:
            nc = await connect_nats(service.nats_url, name=service.name, secrets=service.secrets)
            await prepare_nats(nc, name=service.name)
        except StoreUnavailable:
            if nc is not None:
                await nc.close()
            if tries_left == 0:
                raise
            await asyncio.sleep(_RETRY_S)
        else:
            return nc
    raise AssertionError


async def _supervise(job: Callable[[], Awaitable[None]]) -> None:
    """Keep a background job going: what it can't handle is logged, and it starts again.

    The pause before that grows, until the job has lived longer than the longest.
    """
    time = asyncio.get_running_loop().time
    pause_s = _FIRST_PAUSE_S
    while True:
        began = time()
        try:
            await job()
        except TainError as exc:
            _LOG.warning("background_failed", code=exc.code, reason=exc.message)
        except Exception:
            _LOG.exception("background_failed")
        else:
            return
        if time() - began > _LONGEST_PAUSE_S:
            pause_s = _FIRST_PAUSE_S
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


async def _keep_prepared(nc: Client, routes: Sequence[Route], *, name: str) -> None:
    """After each reconnect make streams, buckets and consumers again, for the server may have lost its data.

    Raises:
        StoreUnavailable: when the server does not do it now.
    """
    prepared = 0
    while True:
        connections = nc.stats["reconnects"]
        if connections != prepared:
            await prepare_nats(nc, name=name)
            await prepare_consumers(nc, routes)
            prepared = connections
        await asyncio.sleep(_LOOK_S)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
