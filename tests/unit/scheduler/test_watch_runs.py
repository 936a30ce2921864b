"""The watch: what it takes up, what it leaves, and what it ends."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ArtifactFetch, MirrorFinished
from libs.common.domain.channel import Channel
from libs.common.domain.errors import StoreUnavailable, UpstreamUnavailable
from libs.common.domain.mirror import Mirror, MirrorMode
from libs.common.domain.run import Run, RunState
from services.scheduler.execute_run import Execution
from services.scheduler.run_ports import Task
from services.scheduler.watch_runs import RunWatch
from tests.support.packages import a_package
from tests.support.records import a_channel, a_run
from tests.support.world import ROOT, World

LOST_AFTER = timedelta(seconds=30)
REST_LIMIT = timedelta(hours=1)


class MovingClock:
    """A clock that tests set forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time that it was set to."""
        return self._now

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by


class Watched:
    """A world with a watch on its runs; `taken` has the attempts that were made."""

    def __init__(
        self,
        world: World,
        *,
        owner: str = "scheduler-1",
        fail_first: int = 0,
        failing: type[Execution] | None = None,
        runs_at_once: int = 2,
        dice: float = 1,
    ) -> None:
        self.world = world
        self.clock = MovingClock(world.clock.now())
        self.taken: list[Run] = []
        self.executions: list[Execution] = []
        self._owner = owner
        self._failures_left = fail_first
        self._failing = failing or FailingExecution
        self.watch = RunWatch(
            owner=owner,
            runs=world.records.runs,
            mirrors=world.records.mirrors,
            channels=world.records.channels,
            flags=world.flags,
            clock=self.clock,
            make_execution=self._make,
            tell_end=world.tell_end,
            runs_at_once=runs_at_once,
            lost_after=LOST_AFTER,
            rest_limit=REST_LIMIT,
            dice=lambda: dice,
        )

    async def until(self, state: RunState, run_id: str = "run") -> Run:
        """Wait until a run is in a state."""
        async with asyncio.timeout(30):
            while True:
                (run,) = [run for run in await self.runs() if run.id == run_id]
                if run.state is state:
                    return run
                self.watch.look_now()
                await asyncio.sleep(0)

    async def look(self) -> None:
        """Let the watch look once, and what it takes up come to its end or its rest."""
        await self.watch._look()
        await asyncio.gather(*self.watch._tasks.values())

    async def runs(self) -> Sequence[Run]:
        """Return the runs of the mirror."""
        return await self.world.records.runs.list(self.world.mirror.id)

    def _make(self, run: Run, mirror: Mirror, channel: Channel) -> Execution:
        self.taken.append(run)
        task = Task(run=run, mirror=mirror, channel=channel, owner=self._owner)
        execution = Execution(task, ports=self.world.ports())
        if self._failures_left:
            self._failures_left -= 1
            execution = self._failing(task, ports=self.world.ports())
        self.executions.append(execution)
        return execution


class BrokenExecution(Execution):
    """An attempt that meets a bug of ours, outside of the work that it guards."""

    async def execute(self) -> None:
        """Fail as nothing should."""
        raise KeyError("bug")


class FailingExecution(Execution):
    """An attempt that finds its store away."""

    async def execute(self) -> None:
        """Fail as a store does."""
        raise StoreUnavailable("the disk is full")


@asynccontextmanager
async def watching(watched: Watched) -> AsyncIterator[None]:
    """Run the watch."""
    tasks = [asyncio.create_task(watched.watch.watch_runs()), asyncio.create_task(watched.watch.watch_flags())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def a_world() -> World:
    """Return a world with its channel, its mirror and a pending run."""
    world = World([a_package()])
    await world.records.channels.add(a_channel())
    await world.records.mirrors.add(world.mirror)
    await world.records.runs.add(a_run(mirror_id=world.mirror.id))
    return world


async def test_a_pending_run_is_taken_up_and_ended() -> None:
    """The handler only records it; the watch does the work."""
    watched = Watched(await a_world())
    async with watching(watched):
        run = await watched.until(RunState.COMPLETED)

    assert (run.attempt, run.counts.passive) == (1, 1)


async def test_a_run_whose_owner_is_seen_is_left_to_it() -> None:
    """Two schedulers never work on one run."""
    world = await a_world()
    now = world.clock.now()
    await world.records.runs.claim(a_run().id, owner="scheduler-2", at=now, unseen_since=now)
    watched = Watched(world)
    await watched.watch._look()

    assert watched.taken == []


async def test_a_run_whose_owner_is_gone_is_taken_over() -> None:
    """After a crash another scheduler begins a new attempt."""
    world = await a_world()
    now = world.clock.now()
    await world.records.runs.claim(a_run().id, owner="scheduler-2", at=now, unseen_since=now)
    watched = Watched(world)
    watched.clock.forward(LOST_AFTER + timedelta(seconds=1))
    async with watching(watched):
        run = await watched.until(RunState.COMPLETED)

    assert run.attempt == 2


async def test_a_run_that_a_store_failed_rests_and_is_tried_again() -> None:
    """Not at once, and each time after a longer rest."""
    watched = Watched(await a_world(), fail_first=2)
    for pause_s, attempts in ((0, 1), (1, 1), (1.5, 2), (3, 2), (2, 3)):
        watched.clock.forward(timedelta(seconds=pause_s))
        await watched.watch._look()
        await asyncio.gather(*watched.watch._tasks.values())

        assert len(watched.taken) == attempts
    (run,) = await watched.runs()
    assert run.state is RunState.COMPLETED


async def test_why_a_run_rests_is_shown_until_it_ends() -> None:
    """A person who looks sees a reason, not a run that hangs."""
    watched = Watched(await a_world(), fail_first=1)
    await watched.look()
    (resting,) = await watched.runs()
    watched.clock.forward(timedelta(minutes=2))
    await watched.look()
    (ended,) = await watched.runs()

    assert (resting.state, resting.last_exception) == (RunState.PENDING, "the disk is full")
    assert resting.rests_since is not None
    assert (ended.state, ended.last_exception, ended.rests_since) == (RunState.COMPLETED, None, None)


async def test_a_run_that_rested_for_too_long_fails_with_the_reason() -> None:
    """It was tried once more first: a store that was away over night is no reason to fail now."""
    watched = Watched(await a_world(), fail_first=2)
    await watched.look()
    watched.clock.forward(REST_LIMIT)
    await watched.look()
    (run,) = await watched.runs()

    assert (run.state, run.rests_since) == (RunState.FAILED, None)
    assert run.last_exception is not None
    assert run.last_exception.startswith("the disk is full")
    assert watched.world.said(MirrorFinished)


async def a_world_without_source(*, failures: int = 1000, retry_after_s: float | None = None) -> World:
    """Return a world with a pending run, whose source does not answer so many times."""
    world = await a_world()
    gone = UpstreamUnavailable("the source does not answer", retry_after_s=retry_after_s)
    world.upstream.errors[f"{ROOT}/noarch/repodata.json.zst"] = [gone] * failures
    return world


async def test_a_run_whose_source_is_gone_waits_longer_and_longer_and_then_fails() -> None:
    """The next run of the mirror may be a month away; an hour's trouble should not cost that month."""
    watched = Watched(await a_world_without_source())
    began, tried_at = watched.clock.now(), []
    for _ in range(2 * int(REST_LIMIT.total_seconds())):
        before = len(watched.taken)
        await watched.look()
        (run,) = await watched.runs()
        if len(watched.taken) > before:
            tried_at.append((watched.clock.now() - began).total_seconds())
        if run.state is RunState.FAILED:
            break
        assert (run.state, run.last_exception) == (RunState.RUNNING, "the source does not answer")
        assert run.rests_since is not None
        watched.clock.forward(timedelta(seconds=1))
    pauses = [later - earlier for earlier, later in pairwise(tried_at)]

    assert pauses[:8] == [2, 4, 8, 16, 32, 64, 128, 256]
    assert set(pauses[8:]) == {300}
    assert REST_LIMIT.total_seconds() <= tried_at[-1] < REST_LIMIT.total_seconds() + 300
    assert run.reason == "the source does not answer; given up, for it went on for too long; the next run tries again"
    assert [end.state for end in watched.world.said(MirrorFinished) if isinstance(end, MirrorFinished)] == ["failed"]


async def test_a_run_goes_on_when_its_source_is_back() -> None:
    """By itself, and nothing is left of the rest."""
    watched = Watched(await a_world_without_source(failures=2))
    for pause_s in (0, 2, 4):
        watched.clock.forward(timedelta(seconds=pause_s))
        await watched.look()
    (run,) = await watched.runs()

    assert (run.state, run.attempt) == (RunState.COMPLETED, 3)
    assert (run.last_exception, run.rests_since, run.rests_until) == (None, None, None)


async def test_a_run_that_is_at_work_after_a_long_rest_is_not_given_up() -> None:
    """The source came back in the last minute; what it sends now may take its time."""
    world = await a_world_without_source(failures=1)
    await world.edit(mode=MirrorMode.ACTIVE)
    world.holds_fetching = True
    watched = Watched(world)
    await watched.look()
    watched.clock.forward(REST_LIMIT - timedelta(minutes=1))
    async with watching(watched):
        await world.until_said(ArtifactFetch, 1)
        watched.clock.forward(timedelta(hours=1))
        for _ in range(3):
            await watched.watch._look()
        for message in world.said(ArtifactFetch):
            assert isinstance(message, ArtifactFetch)
            await world.fetch(message)
        run = await watched.until(RunState.COMPLETED)

    assert run.attempt == 2


async def test_a_run_that_waits_for_its_source_is_stopped_at_once() -> None:
    """And says who stopped it, not what it waited for."""
    watched = Watched(await a_world_without_source())
    await watched.look()
    changes = {"reason": "stopped by request"}
    await watched.world.records.runs.move(a_run().id, RunState.STOPPING, at=watched.clock.now(), changes=changes)
    await watched.look()
    (run,) = await watched.runs()

    assert (run.state, run.reason, run.last_exception) == (RunState.STOPPED, "stopped by request", None)
    assert (run.rests_since, run.rests_until) == (None, None)


async def test_a_scheduler_that_is_started_again_lets_a_run_rest_on() -> None:
    """The hour counts from the first failure, and the source is not asked the sooner for a restart."""
    world = await a_world_without_source()
    before = Watched(world)
    await before.look()
    before.clock.forward(timedelta(seconds=2))
    await before.look()
    (resting,) = await before.runs()
    after = Watched(world, owner="scheduler-2")
    after.clock.forward(timedelta(seconds=5))
    await after.look()
    taken_too_early = len(after.taken)
    after.clock.forward(REST_LIMIT)
    await after.look()
    (run,) = await after.runs()

    assert resting.rests_until is not None
    assert taken_too_early == 0
    assert (run.state, run.attempt) == (RunState.FAILED, 3)


@pytest.mark.parametrize(
    ("dice", "retry_after_s", "pause_s"),
    [(1, None, 2), (0, None, 1), (0.5, None, 1.5), (1, 40, 40), (1, 100_000, 300)],
    ids=["longest", "shortest", "between", "as the source wishes", "the source wishes too much"],
)
async def test_when_a_source_is_asked_again(dice: float, retry_after_s: float | None, pause_s: float) -> None:
    """Not by all runs at once, and not before it wants to be asked."""
    watched = Watched(await a_world_without_source(retry_after_s=retry_after_s), dice=dice)
    await watched.look()
    (run,) = await watched.runs()

    assert run.rests_until == watched.clock.now() + timedelta(seconds=pause_s)


async def test_a_run_whose_fetchers_could_not_store_for_too_long_fails() -> None:
    """They said why; nothing came in since."""
    world = await a_world()
    await world.edit(mode=MirrorMode.ACTIVE)
    world.holds_fetching = True
    watched = Watched(world)
    async with watching(watched):
        await watched.until(RunState.RUNNING)
        await world.records.runs.rest(a_run().id, at=watched.clock.now(), reason="the disk is full")
        watched.clock.forward(REST_LIMIT)
        run = await watched.until(RunState.FAILED)

    assert run.last_exception is not None
    assert run.last_exception.startswith("the disk is full")


async def test_a_run_goes_on_once_files_come_in_again() -> None:
    """The reason is gone, and the next rest is counted from its own beginning."""
    world = await a_world()
    await world.edit(mode=MirrorMode.ACTIVE)
    world.holds_fetching = True
    watched = Watched(world)
    async with watching(watched):
        await watched.until(RunState.RUNNING)
        await world.until_said(ArtifactFetch, 1)
        await world.records.runs.rest(a_run().id, at=watched.clock.now(), reason="the disk is full")
        (execution,) = watched.executions
        assert not execution.got_over_its_rest()
        for message in world.said(ArtifactFetch):
            assert isinstance(message, ArtifactFetch)
            await world.fetch(message)
        run = await watched.until(RunState.COMPLETED)

    assert (run.last_exception, run.rests_since) == (None, None)


async def test_a_resting_run_is_stopped_at_once() -> None:
    """Whoever stops it does not wait for what it waits for."""
    watched = Watched(await a_world(), fail_first=1)
    await watched.look()
    await watched.world.records.runs.move(a_run().id, RunState.STOPPING, at=watched.clock.now())
    await watched.look()
    (run,) = await watched.runs()

    assert (run.state, run.last_exception) == (RunState.STOPPED, None)


async def test_a_stopping_run_whose_owner_is_gone_is_stopped_by_another() -> None:
    """Even by one that has its hands full."""
    world = await a_world()
    now = world.clock.now()
    await world.records.runs.claim(a_run().id, owner="scheduler-2", at=now, unseen_since=now)
    await world.records.runs.move(a_run().id, RunState.STOPPING, at=now)
    watched = Watched(world, runs_at_once=0)
    await watched.look()
    (still,) = await watched.runs()
    watched.clock.forward(LOST_AFTER + timedelta(seconds=1))
    await watched.look()
    (run,) = await watched.runs()

    assert (still.state, run.state) == (RunState.STOPPING, RunState.STOPPED)


async def test_of_two_schedulers_one_takes_a_run_over() -> None:
    """Both see at the same moment that its owner is gone."""
    world = await a_world()
    now = world.clock.now()
    await world.records.runs.claim(a_run().id, owner="scheduler-3", at=now, unseen_since=now)
    both = [Watched(world, owner=owner) for owner in ("scheduler-1", "scheduler-2")]
    for watched in both:
        watched.clock.forward(LOST_AFTER + timedelta(seconds=1))
    await asyncio.gather(*(watched.look() for watched in both))
    (run,) = await both[0].runs()

    assert sum(len(watched.taken) for watched in both) == 1
    assert (run.state, run.attempt) == (RunState.COMPLETED, 2)


async def test_a_scheduler_that_comes_back_under_its_name_goes_on_at_once() -> None:
    """Nobody else may have this name, so nobody else can be at work."""
    world = await a_world()
    now = world.clock.now()
    await world.records.runs.claim(a_run().id, owner="scheduler-1", at=now, unseen_since=now)
    watched = Watched(world, owner="scheduler-1")
    await watched.look()
    (run,) = await watched.runs()

    assert (run.state, run.attempt) == (RunState.COMPLETED, 2)


async def test_a_bug_does_not_make_a_loop_and_is_shown() -> None:
    """It rests like a run that a store failed, and other runs go on."""
    watched = Watched(await a_world(), fail_first=1, failing=BrokenExecution)
    for _ in range(3):
        await watched.look()
    (run,) = await watched.runs()

    assert len(watched.taken) == 1
    assert run.last_exception == "an error of Tain's own: KeyError"


async def test_a_run_of_a_deleted_channel_is_stopped() -> None:
    """Its mirror may still be there for a moment."""
    world = await a_world()
    await world.records.channels.delete(world.mirror.channel)
    watched = Watched(world)
    await watched.look()
    (run,) = await watched.runs()

    assert (run.state, run.reason) == (RunState.STOPPED, "the channel was deleted")


async def test_a_run_of_a_deleted_mirror_is_stopped() -> None:
    """There is nothing left to fill."""
    world = await a_world()
    await world.records.mirrors.delete(world.mirror.id)
    watched = Watched(world)
    await watched.watch._look()
    (run,) = await watched.runs()

    assert (run.state, run.reason) == (RunState.STOPPED, "the mirror was deleted")
    assert [finished.state for finished in world.said(MirrorFinished) if isinstance(finished, MirrorFinished)] == [
        "stopped"
    ]
    assert watched.taken == []


class DeafBus(MemoryBus):
    """A bus that loses its server at the end of each run."""

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Fail as NATS does where it is away."""
        if isinstance(message, MirrorFinished):
            raise StoreUnavailable("NATS is away")
        await super().say(message, event_id=event_id, at=at)


async def test_an_end_that_could_not_be_said_is_said_by_the_next_look() -> None:
    """Of whichever scheduler; and it is the one that is stored."""
    world = await a_world()
    bus, world.bus = world.bus, DeafBus()  # type: ignore[assignment]
    watched = Watched(world)
    await watched.look()
    (unsaid,) = await watched.runs()
    world.bus = bus
    other = Watched(world, owner="scheduler-2")
    for _ in range(2):
        await other.look()
    (run,) = await watched.runs()

    assert (unsaid.state, unsaid.is_unsaid) == (RunState.COMPLETED, True)
    assert (run.state, run.is_unsaid) == (RunState.COMPLETED, False)
    assert [end.state for end in world.said(MirrorFinished) if isinstance(end, MirrorFinished)] == ["completed"]
    assert world.queue.discarded == [run.id]


async def test_an_owner_that_stalled_says_no_end_that_is_not_stored() -> None:
    """Its run was taken over and stopped meanwhile; it comes back with all its work done."""
    world = await a_world()
    now = world.clock.now()
    stalled = Watched(world)
    run = await world.records.runs.claim(a_run().id, owner="scheduler-1", at=now, unseen_since=now)
    assert run is not None
    execution = stalled._make(run, world.mirror, a_channel())
    await world.records.runs.claim(a_run().id, owner="scheduler-2", at=now, unseen_since=now + LOST_AFTER)
    await execution.execute()
    taken_over = await world.records.runs.get(run.id)
    await world.records.runs.move(run.id, RunState.STOPPING, at=now, changes={"reason": "stopped by request"})
    await Watched(world, owner="scheduler-2").look()

    assert taken_over is not None
    assert taken_over.state is RunState.RUNNING
    assert [end.state for end in world.said(MirrorFinished) if isinstance(end, MirrorFinished)] == ["stopped"]


async def test_a_flag_stops_the_run_of_this_process() -> None:
    """The handler of mirror.stop may have run in another one."""
    world = await a_world()
    await world.edit(mode=MirrorMode.ACTIVE)
    world.holds_fetching = True
    watched = Watched(world)
    async with watching(watched):
        await watched.until(RunState.RUNNING)
        changes = {"reason": "stopped by request"}
        await world.records.runs.move(a_run().id, RunState.STOPPING, at=world.clock.now(), changes=changes)
        await world.flags.raise_flag("run", reason="stopped by request")
        run = await watched.until(RunState.STOPPED)

    assert run.reason == "stopped by request"
