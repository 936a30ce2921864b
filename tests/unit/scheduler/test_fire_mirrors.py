"""When mirrors fire: once, at the time that is shown, whatever happens to schedulers."""

import asyncio
from datetime import datetime, timedelta

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.messages import MirrorFinished, MirrorRequested
from libs.common.domain.cron import fire_delay, next_fire
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import Run, RunState, Trigger
from services.scheduler.fire_mirrors import fire_due, plan_mirror
from services.scheduler.start_run import start_run
from tests.support.records import NOON, a_channel, a_mirror, an_event
from tests.support.world import World

JITTER_S = 60
HOURLY = "0 * * * *"


class NumberedBus(MemoryBus):
    """A bus that remembers event ids; a fresh one has forgotten all, as NATS has after two minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, Message]] = []

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Remember the message with its event id."""
        await super().say(message, event_id=event_id, at=at)
        self.sent.append((event_id or "", message))


class WaitingBus(NumberedBus):
    """A bus that holds what is said until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = asyncio.Event()
        self.may_go = asyncio.Event()

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Wait, then remember the message."""
        self.is_asked.set()
        await self.may_go.wait()
        await super().say(message, event_id=event_id, at=at)


async def a_world() -> World:
    """Return a world with an hourly mirror that is planned."""
    world = World(cron=HOURLY)
    await world.records.channels.add(a_channel())
    await world.records.mirrors.add(world.mirror)
    await plan(world, world.mirror)
    return world


async def plan(world: World, mirror: Mirror, *, jitter_s: int = JITTER_S) -> None:
    """Plan a mirror as it was read."""
    await plan_mirror(mirror, mirrors=world.records.mirrors, schedule=world.records.schedule, jitter_s=jitter_s)


async def fire(world: World, now: datetime, *, bus: MemoryBus, jitter_s: int = JITTER_S) -> int:
    """Fire what is due."""
    records = world.records
    return await fire_due(now=now, mirrors=records.mirrors, schedule=records.schedule, bus=bus, jitter_s=jitter_s)


async def hear(world: World, bus: NumberedBus, *, at: datetime) -> list[Run]:
    """Let a scheduler hear the requests on a bus."""
    return [
        await start_run(
            message,
            event=an_event(event_id),
            at=at,
            channels=world.records.channels,
            mirrors=world.records.mirrors,
            runs=world.records.runs,
            bus=world.bus,
        )
        for event_id, message in bus.sent
        if isinstance(message, MirrorRequested)
    ]


async def due_at(world: World) -> datetime:
    """Return when the mirror fires next, as the API shows it."""
    return (await world.records.schedule.next_of([world.mirror.id]))[world.mirror.id]


async def test_the_time_that_is_shown_is_the_time_at_which_it_fires() -> None:
    """The delay is in `next_run_at`, before the first fire and after each."""
    world = await a_world()
    delay = fire_delay(world.mirror.id, spread_s=JITTER_S)
    shown = await due_at(world)

    assert shown == next_fire(HOURLY, NOON) + delay
    assert delay
    assert await fire(world, shown - timedelta(milliseconds=1), bus=world.bus) == 0
    assert await fire(world, shown, bus=world.bus) == 1
    assert await due_at(world) == shown + timedelta(hours=1)


async def test_without_jitter_a_mirror_fires_at_its_crons_very_minute() -> None:
    """Who switches it off wants the exact time."""
    world = World(cron=HOURLY)
    await world.records.mirrors.add(world.mirror)
    await plan(world, world.mirror, jitter_s=0)

    assert await due_at(world) == next_fire(HOURLY, NOON)


async def test_missed_fires_fire_once() -> None:
    """A scheduler that was down for a day asks once for an hourly mirror."""
    world = await a_world()
    later = NOON + timedelta(days=1, minutes=5)

    assert [await fire(world, later, bus=world.bus), await fire(world, later, bus=world.bus)] == [1, 0]
    assert len(world.said(MirrorRequested)) == 1
    assert await due_at(world) > later


async def test_a_fire_that_came_due_before_any_scheduler_heard_of_the_mirror_is_not_lost() -> None:
    """The mirror was made while the scheduler was down, and first planned long after."""
    world = World(cron=HOURLY, created_at=NOON - timedelta(days=3), updated_at=NOON - timedelta(hours=2))
    await world.records.mirrors.add(world.mirror)
    await plan(world, world.mirror)

    assert await fire(world, NOON, bus=world.bus) == 1
    assert await due_at(world) > NOON


async def test_two_schedulers_that_see_the_same_fire_get_one_run() -> None:
    """Both ask before either moves on; it is one event, and one of them moved on."""
    world = await a_world()
    due = await due_at(world)
    first, second = WaitingBus(), WaitingBus()
    firing = asyncio.gather(fire(world, due, bus=first), fire(world, due, bus=second))
    await first.is_asked.wait()
    await second.is_asked.wait()
    first.may_go.set()
    second.may_go.set()
    fired = await firing
    runs = await hear(world, first, at=due) + await hear(world, second, at=due)

    assert sorted(fired) == [0, 1]
    assert [run.id for run in runs] == [runs[0].id] * 2
    assert len(await world.records.runs.list(world.mirror.id)) == 1


async def test_a_scheduler_killed_before_it_moved_on_does_not_run_the_mirror_again_ten_minutes_later() -> None:
    """NATS has forgotten the event by then; the run is named by it and is found, though it has ended."""
    world = await a_world()
    due = await due_at(world)
    said, said_again = NumberedBus(), NumberedBus()
    await fire(world, due, bus=said)
    (run,) = await hear(world, said, at=due)
    for state in (RunState.RUNNING, RunState.COMPLETED):
        await world.records.runs.move(run.id, state, at=due)
    # As it was before the kill: said, and not yet moved on.
    await world.records.schedule.advance(world.mirror.id, fired=await due_at(world), next_at=due)
    assert await fire(world, due + timedelta(minutes=10), bus=said_again) == 1
    (found,) = await hear(world, said_again, at=due + timedelta(minutes=10))

    assert (found.id, found.state) == (run.id, RunState.COMPLETED)
    assert len(await world.records.runs.list(world.mirror.id)) == 1
    assert await due_at(world) == due + timedelta(hours=1)


async def test_a_mirror_that_is_renamed_between_fire_and_hearing_runs() -> None:
    """Its cron fired under the old name; a month's run must not be lost by that."""
    world = await a_world()
    due = await due_at(world)
    bus = NumberedBus()
    await fire(world, due, bus=bus)
    await world.edit(name="smithy")
    (run,) = await hear(world, bus, at=due)

    assert (run.mirror_id, run.state) == (world.mirror.id, RunState.PENDING)


async def test_a_due_run_of_a_mirror_that_still_runs_is_skipped_with_the_reason() -> None:
    """It is not queued behind: the next fire comes, and the run that goes on is said to be why."""
    world = await a_world()
    due = await due_at(world)
    bus = NumberedBus()
    await fire(world, due, bus=bus)
    await fire(world, due + timedelta(hours=1), bus=bus)
    going, skipped = await hear(world, bus, at=due)

    assert (going.state, skipped.state) == (RunState.PENDING, RunState.SKIPPED)
    assert skipped.trigger is Trigger.CRON
    assert skipped.reason == "an earlier run of this mirror has not ended"
    assert [getattr(message, "state", None) for message in world.said(MirrorFinished)] == ["skipped"]


async def test_an_edited_cron_replaces_the_plan_and_other_edits_do_not() -> None:
    """A fire that is due is not put off by a new filter."""
    world = await a_world()
    due = await due_at(world)
    await world.edit(name="renamed", updated_at=due + timedelta(minutes=5))
    await plan(world, world.mirror)
    assert await due_at(world) == due

    await world.edit(cron="30 * * * *")
    await plan(world, world.mirror)
    assert await due_at(world) == due + timedelta(minutes=30)


async def test_a_mirror_read_before_its_edit_does_not_bring_its_old_plan_back() -> None:
    """All mirrors are read, then planned; an edit may come in between, and its plan too."""
    world = await a_world()
    before = world.mirror
    await world.edit(cron="30 * * * *")
    await plan(world, world.mirror)
    due = await due_at(world)
    await plan(world, before)

    assert await due_at(world) == due


async def test_a_mirror_read_before_it_was_deleted_is_not_planned() -> None:
    """A plan of nothing would stay for ever."""
    world = World(cron=HOURLY)
    await plan(world, world.mirror)

    assert await world.records.schedule.next_of([world.mirror.id]) == {}


async def test_a_renamed_mirror_fires_under_its_new_name() -> None:
    """The plan knows it by its id."""
    world = await a_world()
    await world.edit(name="renamed")
    bus = NumberedBus()
    await fire(world, await due_at(world), bus=bus)
    (run,) = await hear(world, bus, at=NOON)

    assert run.mirror_id == world.mirror.id


async def test_a_deleted_mirror_fires_no_more() -> None:
    """Its plan is dropped when it comes up."""
    world = await a_world()
    due = await due_at(world)
    await world.records.mirrors.delete(world.mirror.id)

    assert await fire(world, due, bus=world.bus) == 0
    assert await world.records.schedule.due(due) == []


async def test_mirrors_with_the_same_cron_fire_at_different_seconds() -> None:
    """Otherwise all of them would ask their sources at once."""
    world = World()
    mirrors = [a_mirror(f"m{number}", cron=HOURLY) for number in range(20)]
    for mirror in mirrors:
        await world.records.mirrors.add(mirror)
        await plan(world, mirror)
    fires = await world.records.schedule.next_of([mirror.id for mirror in mirrors])

    assert len(set(fires.values())) > 10
    assert max(fires.values()) - min(fires.values()) < timedelta(seconds=JITTER_S)
