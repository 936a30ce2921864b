"""An api that is killed anywhere in a roll back, or has no NATS: nothing has changed, or all of it, told once."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.messages import ChannelFrozen, ChannelPublished, ChannelRolledBack
from libs.common.domain.channel import ChannelKey
from libs.common.domain.revision import published_of
from libs.common.ports.blobs import BlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.records import Channels, Revisions
from libs.common.runtime.clock import RandomIds, SystemClock
from services.api.revisions.comparisons import RevisionComparisons
from services.api.revisions.roll_back import roll_back
from services.api.say_unsaid import say_left
from tests.support.callers import ANN
from tests.support.packages import a_package
from tests.support.records import minutes_on
from tests.support.world import World
from tests.unit.api.test_say_unsaid import AwayBus, Death, Mortal

MAIN = ChannelKey("main")
WORDS = [ChannelFrozen, ChannelRolledBack, ChannelPublished]
LONG_AFTER = minutes_on(60 * 24 * 365 * 100)


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """An api, which may die; implements `roll_back.RollBackPorts`."""

    channels: Channels
    revisions: Revisions
    comparisons: RevisionComparisons
    blobs: BlobStore
    bus: Bus
    clock: Clock
    ids: Ids


def a_process(world: World, bus: Bus, death: Death | None = None) -> Process:
    """Return an api over a world; its death comes at a call to the records or the bus."""
    mortal: dict[str, Any] = {"channels": world.records.channels, "revisions": world.records.revisions, "bus": bus}
    return Process(
        **(mortal if death is None else {name: Mortal(port, death) for name, port in mortal.items()}),
        comparisons=RevisionComparisons(shards=world.records.shards, blobs=world.blobs),
        blobs=world.blobs,
        clock=SystemClock(),
        ids=RandomIds(),
    )


async def published_twice() -> World:
    """Return a world whose channel has two revisions, and of which nothing is left to say."""
    world = World()
    for name in ("alpha", "beta"):
        world.offer([a_package(name)])
        await world.run()
        await world.publish()
    return world


async def numbers(world: World) -> list[int]:
    """Return the numbers of the revisions that clients have read, newest first."""
    channel = await world.records.channels.get(MAIN)
    assert channel is not None
    assert channel.published is not None
    assert channel.is_frozen == (channel.published.number > 2)
    kept = await world.records.revisions.list(channel.id)
    return [it.number for it in published_of(kept, published_id=channel.published.revision_id)]


@pytest.mark.parametrize("is_after", [False, True], ids=["before the call", "after the call"])
async def test_killed_at_any_call_it_has_happened_or_not_and_can_be_asked_for_again(*, is_after: bool) -> None:
    """What happened is told by another api; asked for again it is as if asked for once."""
    outcomes: list[list[int]] = []
    while True:
        world, bus = await published_twice(), MemoryBus()
        death = Death(call=len(outcomes) + 1, is_after=is_after)
        with suppress(asyncio.CancelledError):
            await roll_back(MAIN, 1, by=ANN, ports=a_process(world, bus, death))
        if not death.came:
            break
        await say_left([world.records.channels], before=LONG_AFTER, bus=bus)
        outcomes.append(await numbers(world))
        assert [type(message) for message in bus.said] == (WORDS if outcomes[-1] == [3, 2, 1] else [])

        again = await roll_back(MAIN, 1, by=ANN, ports=a_process(world, bus))

        assert again.number == 3
        assert await numbers(world) == [3, 2, 1]
        assert [type(message) for message in bus.said] == WORDS
        assert not await world.records.channels.waiting(before=LONG_AFTER)

    assert {tuple(outcome) for outcome in outcomes} == {(2, 1), (3, 2, 1)}


@pytest.mark.parametrize("takes", [0, 1, 2])
async def test_while_nats_is_away_a_channel_is_rolled_back_and_that_is_said_later(takes: int) -> None:
    """Clients read the old content at once."""
    world, bus = await published_twice(), AwayBus(takes=takes)

    await roll_back(MAIN, 1, by=ANN, ports=a_process(world, bus))

    assert await numbers(world) == [3, 2, 1]
    assert [type(message) for message in bus.said] == WORDS[:takes]
    bus.takes = -1
    await say_left([world.records.channels], before=LONG_AFTER, bus=bus)
    assert [type(message) for message in bus.said] == WORDS
