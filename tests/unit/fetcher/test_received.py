"""bytes that come in -> artifact.progress."""

from datetime import datetime

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ArtifactProgress
from libs.common.domain.errors import StoreUnavailable
from services.fetcher.received import ReceivedBytes, tell_received


class BusAway(MemoryBus):
    """A bus that does not answer."""

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:  # noqa: ARG002
        """Refuse."""
        raise StoreUnavailable(f"NATS did not confirm {message.subject}")


def progress(run_id: str, received_bytes: int) -> ArtifactProgress:
    """Return what is said of a run."""
    return ArtifactProgress(run_id=run_id, fetcher="one", received_bytes=received_bytes)


async def test_sums_are_said_when_they_grew() -> None:
    """One message a run, however many pieces came."""
    received, bus = ReceivedBytes(fetcher="one"), MemoryBus()
    for run_id, size in (("a", 3), ("b", 5), ("a", 4)):
        received.add(run_id, size)
    await tell_received(received, bus=bus)
    await tell_received(received, bus=bus)
    received.add("a", 1)
    await tell_received(received, bus=bus)

    assert bus.said == [progress("b", 5), progress("a", 7), progress("a", 8)]


async def test_what_an_answer_said_is_not_said_again() -> None:
    """Most runs of small files are over before a second is."""
    received, bus = ReceivedBytes(fetcher="one"), MemoryBus()
    received.add("a", 3)
    received.told("a", received.of("a"))
    await tell_received(received, bus=bus)

    assert bus.said == []


async def test_what_could_not_be_said_is_part_of_the_next_sum() -> None:
    """NATS may be away for a while."""
    received, bus = ReceivedBytes(fetcher="one"), MemoryBus()
    received.add("a", 3)
    await tell_received(received, bus=BusAway())
    received.add("a", 4)
    await tell_received(received, bus=bus)

    assert bus.said == [progress("a", 7)]


async def test_only_so_many_runs_are_remembered() -> None:
    """A fetcher lives for months; the runs for which bytes come in now are not forgotten."""
    received, bus = ReceivedBytes(fetcher="one"), MemoryBus()
    received.add("first", 1)
    for number in range(1500):
        received.add(f"run-{number}", 1)
        received.add("first", 1)
    await tell_received(received, bus=bus)

    assert len(bus.said) == 1000
    assert received.of("first") == 1501
    assert received.of("run-0") == 0
