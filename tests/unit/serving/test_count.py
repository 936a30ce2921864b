"""Counting what was served."""

import asyncio
from datetime import datetime

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ArtifactServed
from libs.common.domain.errors import StoreUnavailable
from services.api.serving.count import ServedCounts
from tests.support.records import NOON, a_channel
from tests.unit.serving.fakes import CountingIds, FakeClock


class _ForgetfulBus(MemoryBus):
    """Takes messages, but does not always say so."""

    def __init__(self) -> None:
        super().__init__()
        self.is_silent = False

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Take the message; see the port."""
        await super().say(message, event_id=event_id, at=at)
        if self.is_silent:
            raise StoreUnavailable("no answer")


class _RingingBus(MemoryBus):
    """Tells when something was said."""

    def __init__(self) -> None:
        super().__init__()
        self.is_said = asyncio.Event()

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Take the message; see the port."""
        await super().say(message, event_id=event_id, at=at)
        self.is_said.set()


def _counts(bus: MemoryBus) -> ServedCounts:
    return ServedCounts(bus=bus, ids=CountingIds(), clock=FakeClock(), every_s=3600)


async def test_counts_are_said_per_channel_and_file() -> None:
    """One message a channel, however many downloads."""
    bus = MemoryBus()
    counts = _counts(bus)
    for ckey in ("noarch/a", "noarch/a", "noarch/b"):
        counts.count(a_channel("main"), ckey, user="ann")
    counts.count(a_channel("main"), "noarch/a", user=None)
    counts.count(a_channel("main/stage"), "noarch/a", user=None)

    await counts.flush()
    await counts.flush()

    assert bus.said == [
        ArtifactServed(
            channel="main",
            channel_id="id-of-main",
            counts={"noarch/a": 3, "noarch/b": 1},
            at=NOON,
            by_user={"": {"noarch/a": 1}, "ann": {"noarch/a": 2, "noarch/b": 1}},
        ),
        ArtifactServed(
            channel="main/stage",
            channel_id="id-of-main/stage",
            counts={"noarch/a": 1},
            at=NOON,
            by_user={"": {"noarch/a": 1}},
        ),
    ]


async def test_what_was_not_confirmed_is_said_again_as_the_same_event() -> None:
    """So that it counts once, whether the bus took it the first time or not."""
    bus = _ForgetfulBus()
    counts = _counts(bus)
    counts.count(a_channel(), "noarch/a", user=None)
    bus.is_silent = True
    await counts.flush()

    bus.is_silent = False
    await counts.flush()

    assert len(bus.said) == 1


async def test_many_files_are_said_in_parts() -> None:
    """A message has a limit."""
    bus = MemoryBus()
    counts = _counts(bus)
    for number in range(4500):
        counts.count(a_channel(), f"noarch/{number}", user=None)

    await counts.flush()

    assert [len(message.counts) for message in bus.said if isinstance(message, ArtifactServed)] == [2000, 2000, 500]


async def test_what_is_left_is_said_at_the_end() -> None:
    """A server that stops in order loses no count."""
    bus = MemoryBus()
    counts = _counts(bus)
    await counts.start()
    counts.count(a_channel(), "noarch/a", user=None)

    await counts.stop()

    assert len(bus.said) == 1


async def test_counts_are_said_by_themselves() -> None:
    """Every few seconds, without anyone asking."""
    bus = _RingingBus()
    counts = ServedCounts(bus=bus, ids=CountingIds(), clock=FakeClock(), every_s=0)
    counts.count(a_channel(), "noarch/a", user=None)
    await counts.start()

    await bus.is_said.wait()
    await counts.stop()

    assert len(bus.said) == 1
