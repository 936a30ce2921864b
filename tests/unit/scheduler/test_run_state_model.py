"""Runs as a state machine: whatever happens in whatever order, the table of states holds.

Hypothesis asks for runs, claims them, executes them, and lets things happen before any
call of a port in the middle of that: a crash, a stop, a store that fails, another owner, a deletion.
In the end a watch takes up what is left, and everything must come to an end.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import Enum

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from libs.common.contracts.messages import MirrorDeleted, MirrorFinished, MirrorRequested, MirrorStarted, MirrorStop
from libs.common.domain.errors import InvalidInput, StoreUnavailable, UpstreamUnavailable
from libs.common.domain.mirror import MirrorMode
from services.scheduler.execute_run import Execution
from services.scheduler.forget_mirror import forget_mirror
from services.scheduler.run_ports import Task
from services.scheduler.start_run import start_run
from services.scheduler.stop_run import stop_run
from services.scheduler.watch_runs import RunWatch
from tests.support.interrupted import Moment, interrupted
from tests.support.packages import a_package
from tests.support.records import a_channel, an_event
from tests.support.watched_runs import WatchedRuns
from tests.support.world import ROOT, World

OWNERS = ("scheduler-1", "scheduler-2")
MIDDLE = st.integers(min_value=1, max_value=9)
"""Before which of an execution's moves and words something happens; a whole run has about eight."""

PACKAGES = (a_package("a"), a_package("b"))


class Happening(Enum):
    """What may happen in the middle of an execution."""

    NOTHING = "nothing"
    CRASH = "its process dies"
    STORE_FAILURE = "a store fails it"
    STOP = "it is stopped, and its owner sees it too late"
    STOP_WITH_FLAG = "it is stopped, and its owner sees it at once"
    TAKE_OVER = "its owner stalls, another one executes it, then the first goes on"
    DELETION = "its mirror is deleted"


class LaterClock:
    """An hour on: whoever died was not seen for long, and who rested has rested."""

    def now(self) -> datetime:
        """Return the time then."""
        return datetime.now(UTC) + timedelta(hours=1)


class RunModel(RuleBasedStateMachine):
    """One channel, one mirror at a time, two schedulers."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = World(PACKAGES, mode=MirrorMode.ACTIVE)
        self.runs = WatchedRuns()
        self.world.records.runs = self.runs
        self.claimed: list[Task] = []
        self.deletions: list[MirrorDeleted] = []
        self.mirrors = 0
        self.events = 0

    @initialize()
    def begin(self) -> None:
        """Make the channel and its first mirror."""
        self.runner.run(self.world.records.channels.add(a_channel()))
        self.make_mirror()

    def make_mirror(self) -> None:
        """Make a mirror, in the place of one that was deleted."""
        self.mirrors += 1
        self.world.mirror = msgspec.structs.replace(self.world.mirror, id=f"mirror-{self.mirrors}")
        self.runner.run(self.world.records.mirrors.add(self.world.mirror))

    @rule(is_repeated=st.booleans())
    def request(self, *, is_repeated: bool) -> None:
        """Someone asks for a run, or the same message is delivered again."""
        self.events += 0 if is_repeated else 1
        self.runner.run(self._request())

    @rule()
    def stop(self) -> None:
        """Someone stops the mirror's run."""
        self.runner.run(self._stop())

    @rule(owner=st.sampled_from(OWNERS), what=st.sampled_from(Happening), call=MIDDLE)
    def attempt(self, owner: str, what: Happening, call: int) -> None:
        """A scheduler takes a run up and executes it, and something happens in the middle of that."""
        self.runner.run(self._attempt(owner, what, call=call))
        if what is Happening.DELETION:
            self.make_mirror()

    @rule(owner=st.sampled_from(OWNERS))
    def stall(self, owner: str) -> None:
        """A scheduler takes up what is active, and then does nothing for long."""
        self.runner.run(self._claim(owner))

    @precondition(lambda self: self.claimed)
    @rule()
    def go_on(self) -> None:
        """One that stalled goes on, not knowing what happened to its run meanwhile."""
        self.runner.run(self._execute(self.claimed.pop(0)))

    @rule()
    def delete(self) -> None:
        """The mirror is deleted, and another is made."""
        self.runner.run(self._delete())
        self.make_mirror()

    @rule()
    def source_has_trouble(self) -> None:
        """The source does not answer the next request; a file's bytes are wrong from now on."""
        self.world.upstream.errors[f"{ROOT}/noarch/repodata.json.zst"] = [UpstreamUnavailable("away")]
        self.world.broken = frozenset({"noarch/a-1.0-0.conda"})

    @invariant()
    def the_table_holds(self) -> None:
        """Only allowed transitions, one active run a mirror, nothing forgotten before its end."""
        self.runs.check()

    @invariant()
    def what_is_said_is_what_is_stored(self) -> None:
        """What the history is made of: the end that is stored, no other one, once; and the beginning."""
        ends = [(it.run_id, it.state) for it in self.world.bus.said if isinstance(it, MirrorFinished)]
        stored = {(run.id, run.state.value) for run in self.runs.ended.values()}
        unsaid = {(run.id, run.state.value) for run in self.runs.ended.values() if run.is_unsaid}
        started = [it.run_id for it in self.world.bus.said if isinstance(it, MirrorStarted)]
        assert len(ends) == len(set(ends))
        assert set(ends) <= stored, "an end was said that no run has"
        assert stored - unsaid <= set(ends), "an end was never said"
        for run in self.runs.ended.values():
            assert run.started_at is None or run.id in started, f"the beginning of {run.id} was never said"
        assert len(started) == len(set(started))

    def teardown(self) -> None:
        """Let a watch take up what is left: everything comes to an end, and deleted mirrors are forgotten."""
        try:
            self.runner.run(self._end_everything())
            self.runs.check()
            self.what_is_said_is_what_is_stored()
            assert not any(run.is_unsaid for run in self.runs.ended.values()), "an end is said by nobody"
        finally:
            self.runner.close()

    async def _request(self) -> None:
        records = self.world.records
        await start_run(
            MirrorRequested(channel="main", mirror=self.world.mirror.name),
            event=an_event(f"event-{self.events}"),
            at=self.world.clock.now(),
            channels=records.channels,
            mirrors=records.mirrors,
            runs=self.runs,
            bus=self.world.bus,
        )

    async def _stop(self) -> None:
        records = self.world.records
        try:
            await stop_run(
                MirrorStop(channel="main", mirror=self.world.mirror.name),
                at=self.world.clock.now(),
                channels=records.channels,
                mirrors=records.mirrors,
                runs=self.runs,
                flags=self.world.flags,
                queue=self.world.queue,
            )
        except InvalidInput:
            assert await records.mirrors.get(self.world.mirror.id) is None

    async def _claim(self, owner: str) -> None:
        now = self.world.clock.now()
        channel = await self.world.records.channels.get(self.world.mirror.channel)
        assert channel is not None
        for run in await self.runs.active():
            mirror = await self.world.records.mirrors.get(run.mirror_id)
            claimed = await self.runs.claim(run.id, owner=owner, at=now, unseen_since=now + timedelta(days=1))
            if claimed is not None and mirror is not None:
                self.claimed.append(Task(run=claimed, mirror=mirror, channel=channel, owner=owner))

    async def _attempt(self, owner: str, what: Happening, *, call: int) -> None:
        if not await self.runs.active():
            self.events += 1
            await self._request()
        await self._claim(owner)
        if self.claimed:
            await self._execute(self.claimed.pop(), what=what, call=call)

    async def _execute(self, task: Task, *, what: Happening = Happening.NOTHING, call: int = 0) -> None:
        async def happen() -> None:
            match what:
                case Happening.CRASH:
                    moment.die()
                case Happening.STORE_FAILURE:
                    raise StoreUnavailable("broken on purpose")
                case Happening.STOP | Happening.STOP_WITH_FLAG:
                    await self._stop()
                    if what is Happening.STOP_WITH_FLAG:
                        execution.stop()
                case Happening.TAKE_OVER:
                    await self._attempt(OWNERS[0], Happening.NOTHING, call=0)
                    current = asyncio.current_task()
                    if current is not None and current.cancelling():
                        # It was meant for the first owner, in whose call the other one worked.
                        raise asyncio.CancelledError
                case Happening.DELETION:
                    await self._delete()

        moment = Moment(call, happen)
        execution = Execution(task, ports=interrupted(self.world.ports(), moment))
        # What a process that dies or is failed leaves behind is the next one's to mend.
        with suppress(StoreUnavailable, UpstreamUnavailable, asyncio.CancelledError):
            await execution.execute()

    async def _delete(self) -> None:
        mirror = self.world.mirror
        if await self.world.records.mirrors.delete(mirror.id) is not None:
            self.deletions.append(
                MirrorDeleted(channel="main", channel_id="id-of-main", mirror=mirror.name, mirror_id=mirror.id)
            )
        await self._hear_of_deletions()

    async def _hear_of_deletions(self) -> None:
        """Deliver what is not followed yet; it comes again until it is."""
        for message in (*self.deletions,):
            with suppress(StoreUnavailable):
                await forget_mirror(
                    message,
                    event_id=f"deleted-{message.mirror_id}",
                    at=self.world.clock.now(),
                    runs=self.runs,
                    heads=self.world.records.catalogue_heads,
                    pages=self.world.records.read_pages,
                    schedule=self.world.records.schedule,
                    flags=self.world.flags,
                    queue=self.world.queue,
                    bus=self.world.bus,
                )
                self.deletions.remove(message)

    async def _end_everything(self) -> None:
        self.world.upstream.errors.clear()
        records, world = self.world.records, self.world
        watch = RunWatch(
            owner="scheduler-3",
            runs=self.runs,
            mirrors=records.mirrors,
            channels=records.channels,
            flags=world.flags,
            clock=LaterClock(),
            make_execution=lambda run, mirror, channel: Execution(
                Task(run=run, mirror=mirror, channel=channel, owner="scheduler-3"), ports=world.ports()
            ),
            tell_end=world.tell_end,
            runs_at_once=100,
            lost_after=timedelta(minutes=1),
            rest_limit=timedelta(days=1),
        )
        for _ in range(3):
            await watch._look()
            await asyncio.gather(*watch._tasks.values())
            await self._hear_of_deletions()
        assert await self.runs.active() == [], "a run has no way to its end"
        assert self.deletions == [], "a deleted mirror is never forgotten"


def test_every_run_comes_to_an_end_by_allowed_steps_only() -> None:
    """Whatever is asked, stopped, deleted, broken off and taken over in between."""
    run_state_machine_as_test(
        RunModel,
        settings=settings(
            max_examples=40, stateful_step_count=14, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
