"""A stop in the middle of thousands of pages."""

import asyncio

import msgspec

from libs.common.domain.mirror import MirrorMode
from libs.common.domain.run import RunState
from libs.common.ports.upstream import Fetched, NotModified, Validators
from services.scheduler.run_ports import Ports
from tests.support.python_index import Habits
from tests.support.python_packages import a_wheel
from tests.support.python_world import PythonWorld

_SOON_S = 1.0


class HangingUpstream:
    """A source that answers so often, and then lets everybody wait."""

    def __init__(self, world: PythonWorld, *, answers: int) -> None:
        self.hangs = asyncio.Event()
        self.waiting = 0
        self._world = world
        self._answers = answers

    async def get(
        self,
        url: str,
        *,
        proxy: str | None = None,
        home: str | None = None,
        accept: str | None = None,
        validators: Validators | None = None,
        limit_bytes: int,
    ) -> Fetched | NotModified:
        """Return a whole file, or nothing for ever."""
        self._answers -= 1
        if self._answers < 0:
            self.hangs.set()
            self.waiting += 1
            try:
                await asyncio.Event().wait()
            finally:
                self.waiting -= 1
        return await self._world.upstream.get(
            url, proxy=proxy, home=home, accept=accept, validators=validators, limit_bytes=limit_bytes
        )

    def open(self, url: str, *, proxy: str | None = None, home: str | None = None, offset: int = 0) -> object:
        """Begin a download."""
        return self._world.upstream.open(url, proxy=proxy, home=home, offset=offset)


class HangingWorld(PythonWorld):
    """A world whose source hangs as soon as it is told to."""

    hanging: HangingUpstream | None = None

    def ports(self) -> Ports:
        """Return what the scheduler needs to execute runs."""
        ports = super().ports()
        return msgspec.structs.replace(ports, upstream=self.hanging) if self.hanging is not None else ports


async def test_a_run_is_stopped_within_a_second_while_it_reads_pages() -> None:
    """Nobody waits for the source any more, and the next run asks for no more than it must."""
    files = [a_wheel(f"project-{number}") for number in range(1_000)]
    world = HangingWorld(files, mode=MirrorMode.ACTIVE, habits=Habits(has_serials=True))
    world.hanging = HangingUpstream(world, answers=300)
    execution = await world.begin()
    running = asyncio.create_task(execution.execute())
    await world.hanging.hangs.wait()
    await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now())
    execution.stop()
    async with asyncio.timeout(_SOON_S):
        await running

    assert (await world.ended(execution)).state is RunState.STOPPED
    assert world.hanging.waiting == 0
    assert await world.records.catalogue_heads.get(world.mirror.id) is None


async def test_pages_of_the_last_completed_run_are_not_asked_for_again_after_a_stop() -> None:
    """The list says that they are as they were."""
    files = [a_wheel(f"project-{number}") for number in range(50)]
    world = HangingWorld(files, habits=Habits(has_serials=True))
    await world.run()
    more = [*files, *(a_wheel(f"new-{number}") for number in range(50))]
    world.offer_files(more)
    world.hanging = HangingUpstream(world, answers=20)
    execution = await world.begin()
    running = asyncio.create_task(execution.execute())
    await world.hanging.hangs.wait()
    await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now())
    execution.stop()
    await running
    world.hanging = None
    world.asked()
    run = await world.run()

    assert sorted(world.asked_pages()) == sorted(f"new-{number}" for number in range(50))
    assert run.counts.passive == 100
