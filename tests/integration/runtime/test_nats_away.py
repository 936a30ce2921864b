"""What listens and watches over NATS goes on after the server was killed, with its data or without."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.envelope import EventInfo
from libs.common.adapters.nats.flags import NatsLeases, NatsStopFlags
from libs.common.contracts.messages import ChannelUpdated
from libs.common.domain.errors import StoreUnavailable
from libs.common.runtime.bus import Route
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.service import Service, Wiring, running
from tests.support.mortal_nats import MortalNats

_WITHIN_S = 40


@pytest.fixture
def mortal_nats(tmp_path: Path) -> Iterator[MortalNats]:
    """Return a server that may be killed."""
    server = MortalNats(tmp_path / "nats")
    yield server
    server.kill()


@asynccontextmanager
async def listening(url: str, heard: "asyncio.Queue[str]") -> AsyncIterator[tuple[NatsBus, NatsStopFlags, NatsLeases]]:
    """Run a service that hears one message, and return ways to speak to it."""

    async def take(message: ChannelUpdated, *, event: EventInfo) -> None:  # noqa: ARG001 - the shape of handlers
        await heard.put(message.channel)

    async def wire(*_: object) -> Wiring:
        return Wiring(routes=(Route(message=ChannelUpdated, handler=take, durable=f"t{uuid.uuid4().hex}"),))

    async with running(Service(name="indexer", nats_url=url, wire=wire)) as nc:
        bus = NatsBus(nc, source="test", clock=SystemClock(), ids=RandomIds())
        yield bus, NatsStopFlags(nc), NatsLeases(nc.jetstream())


@pytest.mark.parametrize("without_data", [False, True], ids=["with its data", "without its data"])
async def test_after_a_kill_of_nats_messages_flags_and_leases_work_again(
    mortal_nats: MortalNats, without_data: bool
) -> None:
    """No service needs to be started again, and no watch is silently dead."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    flagged: asyncio.Queue[str] = asyncio.Queue()
    async with listening(mortal_nats.url, heard) as (bus, flags, leases):

        async def watch() -> None:
            while True:
                try:
                    async for run_id in flags.watch():
                        await flagged.put(run_id)
                except StoreUnavailable:
                    await asyncio.sleep(0.1)

        watching = asyncio.create_task(watch())
        await flags.raise_flag("before", reason="stopped")
        async with asyncio.timeout(_WITHIN_S):
            assert await flagged.get() == "before"
            await asyncio.to_thread(mortal_nats.kill)
            await asyncio.to_thread(mortal_nats.start, without_data=without_data)
            await _until_done(lambda: bus.say(ChannelUpdated(channel="after", channel_id="x"), event_id="said-once"))
            assert await heard.get() == "after"
            await _until_done(lambda: flags.raise_flag("after", reason="stopped"))
            while await flagged.get() != "after":
                continue
            assert await leases.take("one", "me")
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _until_done(do: Callable[[], Awaitable[None]]) -> None:
    """Try until the server does it; nothing else may go wrong."""
    while True:
        try:
            await do()
        except StoreUnavailable:
            await asyncio.sleep(0.1)
        else:
            return
