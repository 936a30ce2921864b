"""What the scheduler does on a word: start, stop, forget."""

import asyncio

import pytest

from libs.common.contracts.messages import (
    ArtifactFetch,
    CatalogueDropped,
    MirrorDeleted,
    MirrorFinished,
    MirrorRequested,
    MirrorStop,
)
from libs.common.domain.errors import InvalidInput, StoreUnavailable
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.run import Run, RunState
from services.scheduler.find_mirror import find_mirror
from services.scheduler.forget_mirror import forget_mirror
from services.scheduler.start_run import run_id_of, start_run
from services.scheduler.stop_run import stop_run
from tests.support.packages import a_package
from tests.support.records import NOON, a_channel, a_mirror, an_event
from tests.support.world import World


async def a_world() -> World:
    """Return a world whose channel and mirror are there."""
    world = World([a_package()])
    await world.records.channels.add(a_channel())
    await world.records.mirrors.add(world.mirror)
    return world


async def request(
    world: World, event_id: str, *, mirror: str = "forge", channel: str = "main", mirror_id: str | None = None
) -> Run:
    """Ask for a run."""
    return await start_run(
        MirrorRequested(channel=channel, mirror=mirror, mirror_id=mirror_id),
        event=an_event(event_id),
        at=NOON,
        channels=world.records.channels,
        mirrors=world.records.mirrors,
        runs=world.records.runs,
        bus=world.bus,
    )


async def stop(world: World, *, mirror_id: str | None = None) -> Run | None:
    """Ask for a stop."""
    return await stop_run(
        MirrorStop(channel="main", mirror="forge", mirror_id=mirror_id),
        at=NOON,
        channels=world.records.channels,
        mirrors=world.records.mirrors,
        runs=world.records.runs,
        flags=world.flags,
        queue=world.queue,
    )


async def forget(world: World, *, packages: str) -> None:
    """Say that the mirror is deleted."""
    await forget_mirror(
        MirrorDeleted(
            channel="main",
            channel_id="id-of-main",
            mirror="forge",
            mirror_id=world.mirror.id,
            packages="remove" if packages == "remove" else "keep",
        ),
        event_id="deleted",
        at=NOON,
        runs=world.records.runs,
        heads=world.records.catalogue_heads,
        pages=world.records.read_pages,
        schedule=world.records.schedule,
        flags=world.flags,
        queue=world.queue,
        bus=world.bus,
    )


async def test_the_same_event_starts_one_run() -> None:
    """A message may come twice."""
    world = await a_world()
    first, again = await request(world, "event"), await request(world, "event")

    assert first == again
    assert first.state is RunState.PENDING
    assert (first.request_id, first.request_source) == ("event", "/tests")


async def test_a_request_during_a_run_is_skipped_with_a_reason() -> None:
    """Runs of a mirror never overlap, and the second request is not lost in silence."""
    world = await a_world()
    await request(world, "one")
    second = await request(world, "two")
    finished = world.said(MirrorFinished)

    assert second.state is RunState.SKIPPED
    assert second.reason
    assert [getattr(message, "state", None) for message in finished] == ["skipped"]
    assert [getattr(message, "request_id", None) for message in finished] == ["two"]


@pytest.mark.parametrize(
    ("channel", "mirror", "word"),
    [("nowhere", "forge", "no channel"), ("main", "nothing", "no mirror"), ("a/b/c", "forge", "too many parts")],
)
async def test_a_request_that_names_nothing_of_ours_is_refused(channel: str, mirror: str, word: str) -> None:
    """With words that say which part is wrong."""
    world = await a_world()
    with pytest.raises(InvalidInput, match=word):
        await request(world, "event", channel=channel, mirror=mirror)


async def test_a_mirror_that_was_renamed_meanwhile_is_found_by_its_id() -> None:
    """The button was pressed, or the cron fired, a moment before the edit; the command is heard after it."""
    world = await a_world()
    await world.edit(name="smithy")
    run = await request(world, "event", mirror_id=world.mirror.id)
    stopping = await stop(world, mirror_id=world.mirror.id)

    assert (run.mirror_id, run.mirror_name) == (world.mirror.id, "smithy")
    assert stopping is not None
    assert stopping.state is RunState.STOPPING


@pytest.mark.parametrize("mirror_id", ["gone", "id-of-other"])
async def test_a_mirror_that_is_gone_is_not_taken_for_another_of_its_name(mirror_id: str) -> None:
    """Who asked for it did not mean the one that was made after it, nor one of another channel."""
    world = await a_world()
    await world.records.channels.add(a_channel("elsewhere"))
    await world.records.mirrors.add(a_mirror("other", channel="elsewhere"))

    with pytest.raises(InvalidInput, match="is gone"):
        await request(world, "event", mirror_id=mirror_id)
    with pytest.raises(InvalidInput, match="is gone"):
        await stop(world, mirror_id=mirror_id)


def test_a_run_is_named_in_characters_that_subjects_can_carry() -> None:
    """Event ids of other systems may hold anything."""
    assert run_id_of("a b.*> é", mirror_id="m").isalnum()


async def test_an_id_that_two_systems_chose_starts_a_run_of_each_mirror() -> None:
    """Systems that name no source share one space of ids."""
    world = await a_world()
    await world.records.mirrors.add(a_mirror("other"))

    first, second = await request(world, "build-7"), await request(world, "build-7", mirror="other")

    assert (first.mirror_id, second.mirror_id) == ("id-of-forge", "id-of-other")


async def test_a_stop_marks_the_run_tells_fetchers_and_drops_the_queue() -> None:
    """Within one handler."""
    world = await a_world()
    run = await request(world, "event")
    stopping = await stop(world)

    assert stopping is not None
    assert stopping.state is RunState.STOPPING
    assert await anext(world.flags.watch()) == run.id
    assert world.queue.discarded == [run.id]


@pytest.mark.parametrize("channel", ["main", "nowhere"])
async def test_only_who_wants_a_run_is_told_to_create_what_is_not_there(channel: str) -> None:
    """A mirror that is made now has nothing to stop."""
    world = await a_world()
    with pytest.raises(InvalidInput, match="create it first"):
        await request(world, "event", mirror="other", channel=channel)
    with pytest.raises(InvalidInput, match=r"no (channel|mirror)") as caught:
        await find_mirror(
            MirrorStop(channel=channel, mirror="other"),
            channels=world.records.channels,
            mirrors=world.records.mirrors,
        )

    assert "create" not in caught.value.message


async def test_a_stop_without_a_run_changes_nothing() -> None:
    """The button may be pressed late."""
    world = await a_world()

    assert await stop(world) is None
    assert world.queue.discarded == []


async def test_a_deleted_mirror_leaves_its_packages_unless_asked() -> None:
    """Keeping is the default: losing packages is not to be had by accident."""
    world = World([a_package()])
    await world.run()
    await forget(world, packages="keep")

    assert await world.records.catalogue_heads.get(world.mirror.id) is not None
    assert not world.said(CatalogueDropped)


async def test_a_mirror_deleted_with_its_packages_drops_its_catalogue() -> None:
    """And the indexer hears of it; a second time changes nothing."""
    world = World([a_package()])
    await world.run()
    for _ in range(2):
        await forget(world, packages="remove")

    assert await world.records.catalogue_heads.get(world.mirror.id) is None
    assert len(world.said(CatalogueDropped)) == 1
    assert await world.records.runs.list(world.mirror.id) == []


@pytest.mark.parametrize("packages", ["keep", "remove"])
async def test_a_mirror_deleted_in_its_first_run_keeps_what_is_stored_unless_asked(packages: str) -> None:
    """As a stop would; where its packages go too, nothing is ever listed."""
    offered = tuple(a_package(f"pkg-{number:03}") for number in range(70))
    world = World(offered, mode=MirrorMode.ACTIVE)
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 3)
    first = world.said(ArtifactFetch)[0]
    assert isinstance(first, ArtifactFetch)
    await world.fetch(first)
    await world.records.mirrors.delete(world.mirror.id)
    with pytest.raises(StoreUnavailable):
        await forget(world, packages=packages)
    execution.stop()
    await work
    run = await world.ended(execution)

    assert (run.state, run.reason) == (RunState.STOPPED, "the mirror was deleted")
    if packages == "keep":
        assert (await world.listed()).keys() == {file.ckey for file in first.files}
        await forget(world, packages=packages)
        assert await world.files() == len(first.files)
    else:
        assert await world.records.catalogue_heads.get(world.mirror.id) is None


async def test_a_deleted_mirror_waits_for_its_run_to_stop() -> None:
    """Otherwise the run's last save would bring the catalogue back."""
    world = await a_world()
    await request(world, "event")
    with pytest.raises(StoreUnavailable):
        await forget(world, packages="remove")
