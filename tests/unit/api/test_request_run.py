"""Waiting for the scheduler to take up a command."""

from datetime import datetime

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.contracts.message import Message
from libs.common.contracts.messages import MirrorRequested, MirrorStop
from libs.common.domain.channel import ChannelKey
from libs.common.domain.run import RunId, RunState
from services.api.request_run import request_run
from services.api.stop_run import stop_run
from tests.support.callers import ADMIN
from tests.support.records import NOON, a_mirror, a_run


class Scheduler(MemoryBus):
    """A bus with a scheduler at its other end, which hears another's request first."""

    def __init__(self, records: MemoryRecords) -> None:
        super().__init__()
        self._records = records
        self._other = a_run("other", mirror_id="id-of-mm", state=RunState.SKIPPED, request_id="another's")

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Take the command up at once."""
        await super().say(message, event_id=event_id, at=at)
        if isinstance(message, MirrorRequested):
            await self._records.runs.add(self._other)
            await self._records.runs.add(a_run("second", mirror_id="id-of-mm", request_id=event_id))
        if isinstance(message, MirrorStop):
            await self._records.runs.move(RunId("first"), RunState.STOPPING, at=NOON)


async def test_a_restart_is_answered_with_the_new_run() -> None:
    """Whoever looks right after must not read the state of the run before."""
    records = MemoryRecords()
    await records.runs.add(a_run("first", mirror_id="id-of-mm", state=RunState.COMPLETED))

    await request_run(a_mirror("mm"), by=ADMIN, runs=records.runs, bus=Scheduler(records), patience_s=60)

    assert (await records.runs.latest(["id-of-mm"]))["id-of-mm"].state is RunState.PENDING


async def test_a_stop_is_answered_once_it_has_begun() -> None:
    """The client shows the state that it is answered with."""
    records = MemoryRecords()
    await records.mirrors.add(a_mirror("mm"))
    await records.runs.add(a_run("first", mirror_id="id-of-mm", state=RunState.RUNNING))

    await stop_run(
        ChannelKey("main"),
        "id-of-mm",
        by=ADMIN,
        mirrors=records.mirrors,
        runs=records.runs,
        bus=Scheduler(records),
        patience_s=60,
    )

    assert (await records.runs.latest(["id-of-mm"]))["id-of-mm"].state is RunState.STOPPING


async def test_without_a_scheduler_the_request_is_queued() -> None:
    """The answer does not wait for ever."""
    records, bus = MemoryRecords(), MemoryBus()

    await request_run(a_mirror("mm"), by=ADMIN, runs=records.runs, bus=bus, patience_s=0.03)

    assert len(bus.said) == 1
