"""GET /api/live over a real NATS: what others say is told, also after the server was away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.news import NatsNews
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ChannelFrozen, MirrorFinished, MirrorProgress, MirrorStarted
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.channel import Privacy
from libs.common.domain.errors import StoreUnavailable
from libs.common.runtime.service import Service, Wiring, running
from services.api.live.live import keep_telling
from tests.support.identities import an_identity, with_levels
from tests.support.live import Looker, Told
from tests.support.mortal_nats import MortalNats
from tests.support.records import a_channel
from tests.unit.api.gate import Gate

_WITHIN_S = 40


@pytest.fixture
def mortal_nats(tmp_path: Path) -> Iterator[MortalNats]:
    """Return a server that may be killed."""
    server = MortalNats(tmp_path / "nats")
    yield server
    server.kill()


@asynccontextmanager
async def an_api(url: str, gate: Gate) -> AsyncIterator[NatsBus]:
    """Run what of the api tells of events, and return a bus to say some on."""
    buses: list[NatsBus] = []

    async def wire(nc: Client, bus: NatsBus, _: object) -> Wiring:
        buses.append(bus)
        return Wiring(background=(partial(keep_telling, gate.ports.live, NatsNews(nc)),))

    async with running(Service(name="api", nats_url=url, wire=wire)):
        yield buses[0]


def said_of(channel: str) -> list[Message]:
    """Return what is said of a run."""
    of: dict[str, Any] = {"channel": channel, "mirror": "m", "mirror_id": "m", "run_id": "r", "run_number": 1}
    with_id = of | {"channel_id": f"id-of-{channel}"}
    return [
        MirrorStarted(**with_id, trigger="user"),
        MirrorProgress(**of, state="active", step="fetch", step_number=4, step_percent=7),
        MirrorFinished(**with_id, state="completed"),
    ]


async def until(looker: Looker, name: str) -> list[Told]:
    """Return what is told up to an event of a name; heartbeats do not count."""
    told: list[Told] = []
    async with asyncio.timeout(_WITHIN_S):
        while not told or told[-1].name != name:
            one = await looker.next()
            assert one is not None
            told += [one] if one.name else []
    return told


async def test_what_is_said_is_told_in_order_and_goes_on_after_nats_was_away(mortal_nats: MortalNats) -> None:
    """Of channels that one sees; what was said meanwhile is made good by reading anew."""
    watcher = with_levels(an_identity("may"), {Category.CHANNEL_MIRROR: Level.READ})
    gate = Gate({"may": watcher})
    for channel in (a_channel("open"), a_channel("secret", privacy=Privacy.PRIVATE)):
        assert await gate.records.channels.add(channel)
    async with Looker(gate.app, X_Auth="may") as looker, an_api(mortal_nats.url, gate) as bus:
        # Once it hears the bus, and so has nothing more to miss.
        assert [told.name for told in await until(looker, "resync")] == ["hello", "resync"]
        for message in (*said_of("secret"), *said_of("open")):
            await bus.say(message)

        told = await until(looker, "mirror.finished")
        assert [one.name for one in told if one.name != "mirror.progress"] == ["mirror.started", "mirror.finished"]
        assert {one.data["channel_id"] for one in told} == {"id-of-open"}

        await asyncio.to_thread(mortal_nats.kill)
        await asyncio.to_thread(mortal_nats.start, without_data=False)
        assert [one.name for one in await until(looker, "resync")] == ["resync"]
        await said(bus, ChannelFrozen(channel="open", channel_id="id-of-open"))
        assert (await until(looker, "channel.frozen"))[-1].data["channel"] == "open"


async def said(bus: NatsBus, message: Message) -> None:
    """Say something once the server has its streams again."""
    while True:
        try:
            await bus.say(message, event_id="said-once")
        except StoreUnavailable:
            await asyncio.sleep(0.1)
        else:
            return
