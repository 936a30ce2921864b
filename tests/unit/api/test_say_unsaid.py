"""Nothing that was stored goes unsaid: use cases that die at any call, and NATS that is away."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
import pytest

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.channels import MemoryChannels
from libs.common.adapters.memory.dead_letters import MemoryDeadLetters
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.memory.vital_signs import MemoryVitalSigns
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ChannelFrozen, ChannelUnfrozen, ChannelUpdated
from libs.common.domain.channel import Channel, ChannelKey, IndexingBehavior
from libs.common.domain.errors import Conflict, NotFound, StoreUnavailable
from libs.common.domain.mirror import Mirror
from libs.common.runtime.clock import RandomIds
from services.api.access import Access
from services.api.assign_policy import assign_to_channel, assign_to_mirror
from services.api.channel_schemas import ChannelChanges, NewChannel
from services.api.create_channel import create_channel
from services.api.create_mirror import create_mirror
from services.api.delete_channel import delete_channel
from services.api.delete_mirror import Packages, delete_mirror
from services.api.edit_channel import edit_channel
from services.api.edit_mirror import edit_mirror
from services.api.mirror_schemas import MirrorIn
from services.api.ports import Ports
from services.api.say_unsaid import keep_saying, say_left
from tests.support.callers import ANN
from tests.support.records import NOON, a_channel, a_mirror, a_policy, minutes_on
from tests.support.served import served_packages
from tests.unit.api.harness import SEAL, TOKEN, FixedClock

MAIN = ChannelKey("main")
WISH = MirrorIn(mirror_name="mm", source_root="https://source.example/forge", cron="5 5 * * *", run_now=True)
FROZEN = ChannelChanges(indexing_behavior=IndexingBehavior.FROZEN)
UNFROZEN = ChannelChanges(indexing_behavior=IndexingBehavior.DEFAULT)
EDITED = ChannelChanges(description="new", indexing_behavior=IndexingBehavior.FROZEN, policy="production")
_COMMON = ("channels", "mirrors", "policies", "places", "bus", "clock", "ids")

Act = Callable[[Ports], Awaitable[object]]


def _of(ports: Ports, *names: str) -> dict[str, Any]:
    return {name: getattr(ports, name) for name in names}


def _create_mirror(ports: Ports) -> Awaitable[object]:
    given = _of(ports, *_COMMON, "seal", "file_sources")
    wish = msgspec.structs.replace(WISH, mirror_name="another", policy="production")
    return create_mirror(MAIN, wish, by=ANN, **given)


def _edit_mirror(ports: Ports) -> Awaitable[object]:
    given = _of(ports, *_COMMON, "runs", "seal", "file_sources", "patience_s")
    return edit_mirror(MAIN, "id-of-mm", msgspec.structs.replace(WISH, policy="production"), by=ANN, **given)


def _edit_channel(wish: ChannelChanges) -> Act:
    given = ("channels", "policies", "places", "bus", "clock", "ids", "users")
    return lambda ports: edit_channel(MAIN, wish, by=ANN, **_of(ports, *given))


def _delete_mirror(ports: Ports) -> Awaitable[object]:
    given = _of(ports, "mirrors", "places", "bus", "clock")
    return delete_mirror(MAIN, "id-of-mm", packages=Packages.REMOVE, by=ANN, **given)


def _delete_channel(ports: Ports) -> Awaitable[object]:
    return delete_channel(MAIN, by=ANN, **_of(ports, "channels", "mirrors", "places", "bus", "clock"))


def _create_channel(ports: Ports) -> Awaitable[object]:
    given = _of(ports, "channels", "policies", "places", "bus", "clock", "ids")
    return create_channel(NewChannel(name="fresh", policy="production"), parent=None, by=ANN, **given)


def _assign_to_channel(ports: Ports) -> Awaitable[object]:
    given = _of(ports, "channels", "policies", "places", "bus", "clock")
    return assign_to_channel(MAIN, a_policy(), by=ANN, **given)


def _assign_to_mirror(ports: Ports) -> Awaitable[object]:
    given = _of(ports, "channels", "mirrors", "policies", "places", "bus", "clock")
    return assign_to_mirror(MAIN, "id-of-mm", a_policy(), by=ANN, **given)


ACTS: dict[str, Act] = {
    "create channel": _create_channel,
    "create mirror and run it": _create_mirror,
    "edit mirror and run it": _edit_mirror,
    "edit and freeze channel": _edit_channel(EDITED),
    "freeze": _edit_channel(FROZEN),
    "delete mirror with its packages": _delete_mirror,
    "delete channel with all": _delete_channel,
    "assign policy to channel": _assign_to_channel,
    "assign policy to mirror": _assign_to_mirror,
}


class Death:
    """The end of a process before or after one of its calls to the outside; none of its later calls comes through."""

    def __init__(self, *, call: int, is_after: bool) -> None:
        self._calls_left = call
        self._is_after = is_after
        self.came = False

    async def pass_by(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Make a call, if its process lives."""
        self._calls_left -= 1
        if self._calls_left == 0:
            self.came = True
            if self._is_after:
                await call()
        if self.came:
            raise asyncio.CancelledError
        return await call()


class Mortal:
    """A port of a process that dies."""

    def __init__(self, port: object, death: Death) -> None:
        self._port = port
        self._death = death

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._port, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            return await self._death.pass_by(lambda: method(*arguments, **options))

        return call


class AwayBus(MemoryBus):
    """A bus that takes some messages, and then none until it is back."""

    def __init__(self, *, takes: int) -> None:
        super().__init__()
        self.takes = takes

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Take the message, or fail as NATS does where it is away."""
        if self.takes == 0:
            raise StoreUnavailable("NATS is away")
        self.takes -= 1
        await super().say(message, event_id=event_id, at=at)


class World:
    """A channel with a mirror and a subchannel with another one, and a policy that is nowhere."""

    def __init__(self, bus: MemoryBus | None = None) -> None:
        self.records = MemoryRecords()
        self.bus = bus or MemoryBus()

    async def fill(self) -> "World":
        """Store what there is."""
        for key in ("main", "main/stage"):
            await self.records.channels.add(a_channel(key))
        await self.records.mirrors.add(a_mirror("mm"))
        await self.records.mirrors.add(a_mirror("staged", channel="main/stage"))
        await self.records.policies.add(a_policy())
        return self

    def ports(self, death: Death | None = None) -> Ports:
        """Return the ports of a process, which may die."""
        records: Any = self.records
        bus: Any = self.bus
        if death is not None:
            records, bus = MemoryRecords(), Mortal(self.bus, death)
            names = ("channels", "mirrors", "policies", "runs")
            vars(records).update({name: Mortal(getattr(self.records, name), death) for name in names})
        return Ports(
            records=records,
            bus=bus,
            seal=SEAL,
            clock=FixedClock(),
            ids=RandomIds(),
            access=Access(TOKEN),
            dead_letters=MemoryDeadLetters(),
            blobs=MemoryBlobStore(),
            probes={},
            packages=served_packages(MemoryRecords(), MemoryBlobStore(), seal=SEAL),
            sources=MemoryUpstream(),
            signs=MemoryVitalSigns(),
            patience_s=0,
        )

    async def say_left(self) -> None:
        """Do what the api does a moment after."""
        await say_left((self.records.channels, self.records.mirrors), before=minutes_on(1), bus=self.bus)

    async def shown(self) -> object:
        """Return all that there is but what is random; of a token, whether there is one."""

        def marked(it: Channel | Mirror) -> str | None:
            return it.policy_token and "some act"

        channels = [*await self.records.channels.list(), *await self.records.channels.list(parent=MAIN)]
        mirrors = await self.records.mirrors.list()
        return [msgspec.structs.replace(it, id="", policy_token=marked(it)) for it in channels], [
            msgspec.structs.replace(it, id="", policy_token=marked(it)) for it in mirrors
        ]

    def heard(self) -> list[object]:
        """Return what others heard but what is random, in one order."""
        facts = [(type(it).__name__, {**msgspec.structs.asdict(it), **_RANDOM}) for it in self.bus.said]
        return sorted(facts, key=repr)

    async def is_silent(self) -> bool:
        """Tell whether there is nothing left to say."""
        outboxes = (self.records.channels, self.records.mirrors)
        return not any([await outbox.waiting(before=minutes_on(60)) for outbox in outboxes])


_RANDOM = {"channel_id": "", "mirror_id": ""}


@pytest.mark.parametrize("is_after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_killed_at_any_call_and_asked_again_all_is_done_and_said_once(act: Act, is_after: bool) -> None:
    """Whether the request that is repeated is refused or not: as if it had been made once, and nobody had died."""
    calm = await World().fill()
    await act(calm.ports())
    assert len(calm.heard()) > 0

    deaths = 0
    while True:
        world = await World().fill()
        death = Death(call=deaths + 1, is_after=is_after)
        with suppress(asyncio.CancelledError):
            await act(world.ports(death))
        if not death.came:
            break
        deaths += 1
        await world.say_left()
        with suppress(NotFound, Conflict):
            await act(world.ports())
        await world.say_left()

        assert await world.shown() == await calm.shown()
        assert world.heard() == calm.heard()
        assert await world.is_silent()

    assert deaths >= 4
    assert world.heard() == calm.heard()


@pytest.mark.parametrize("is_after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_killed_at_any_call_what_is_stored_is_said_and_nothing_else(act: Act, is_after: bool) -> None:
    """Nobody asks again."""
    calm = await World().fill()
    before = await calm.shown()
    await act(calm.ports())

    deaths, did_nothing, did_all = 0, 0, 0
    while True:
        world = await World().fill()
        death = Death(call=deaths + 1, is_after=is_after)
        with suppress(asyncio.CancelledError):
            await act(world.ports(death))
        if not death.came:
            break
        deaths += 1
        await world.say_left()

        if await world.shown() == before:
            did_nothing += 1
            assert world.heard() == []
        elif await world.shown() == await calm.shown():
            did_all += 1
            assert world.heard() == calm.heard()
        else:
            # Half of several writes: each part is told that was done.
            assert 0 < len(world.heard()) < len(calm.heard())
        assert await world.is_silent()

    assert did_nothing > 0
    assert did_all > 0


@pytest.mark.parametrize("takes", [0, 1, 2])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_while_nats_is_away_changes_are_made_and_said_in_order_once_it_is_back(act: Act, takes: int) -> None:
    """The answer is the normal one, for the change is stored."""
    calm = await World().fill()
    await act(calm.ports())
    bus = AwayBus(takes=takes)
    world = await World(bus).fill()

    await act(world.ports())

    assert await world.shown() == await calm.shown()
    assert len(bus.said) == min(takes, len(calm.bus.said))
    bus.takes = -1
    await world.say_left()
    assert world.heard() == calm.heard()
    assert await world.is_silent()


async def test_what_the_change_before_left_unsaid_is_said_first() -> None:
    """Or else the last word of a channel would be that it is frozen."""
    bus = AwayBus(takes=0)
    world = await World(bus).fill()
    await ACTS["freeze"](world.ports())
    bus.takes = -1

    await _edit_channel(UNFROZEN)(world.ports())

    assert [type(it) for it in bus.said] == [ChannelFrozen, ChannelUnfrozen]
    assert await world.is_silent()


async def test_what_was_said_before_nats_went_is_not_said_again() -> None:
    """A day later NATS would not know that it is the same."""
    bus = AwayBus(takes=1)
    world = await World(bus).fill()
    wish = ChannelChanges(description="new", indexing_behavior=IndexingBehavior.FROZEN)

    await _edit_channel(wish)(world.ports())

    assert [type(it) for it in bus.said] == [ChannelUpdated]
    assert [type(it.message) for it in await world.records.channels.unsaid("id-of-main")] == [ChannelFrozen]


async def test_a_restart_that_changes_nothing_is_refused_while_nats_is_away() -> None:
    """Nothing is stored that could be said later, and whoever asks should know."""
    world = await World(AwayBus(takes=0)).fill()
    same = MirrorIn(mirror_name="mm", source_root="https://source.example/forge", cron="0 0 1 * *", run_now=True)
    given = _of(world.ports(), *_COMMON, "runs", "seal", "file_sources", "patience_s")

    with pytest.raises(StoreUnavailable):
        await edit_mirror(MAIN, "id-of-mm", same, by=ANN, **given)

    assert await world.is_silent()


async def test_what_is_left_is_looked_for_again_whatever_fails() -> None:
    """A store that is away for a look does not end the looking."""
    looks: list[datetime] = []
    may_end = asyncio.Event()

    class AwayChannels(MemoryChannels):
        async def waiting(self, *, before: datetime) -> list[str]:
            looks.append(before)
            if len(looks) == 3:
                may_end.set()
            raise StoreUnavailable("MongoDB is away")

    looking = asyncio.create_task(keep_saying((AwayChannels(),), bus=MemoryBus(), clock=FixedClock(), look_every_s=0))
    async with asyncio.timeout(10):
        await may_end.wait()
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking

    assert all(before < NOON for before in looks)
