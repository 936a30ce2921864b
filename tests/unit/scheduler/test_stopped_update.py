"""A run that is stopped in the middle of an update: nobody has less than before."""

import asyncio

import pytest

from libs.common.contracts.messages import ArtifactFetch
from libs.common.domain.mirror import Filters, MirrorMode, UpstreamRemovals
from libs.common.domain.policy import Action, Rule, Where
from libs.common.domain.run import Run, RunState
from tests.support.conda_index import Form
from tests.support.packages import Package, a_package
from tests.support.world import World

NAMES = [f"pkg-{number:02}" for number in range(40)]
OLD = tuple(a_package(name, "1.0") for name in NAMES)
NEW = tuple(a_package(name, "2.0") for name in NAMES)
SAME_NAMES = tuple(a_package(name, "1.0", padding_bytes=99) for name in NAMES)
NOARCH = Filters(subdirs=("noarch",))


async def a_world(*, form: Form = Form.ZST, removals: UpstreamRemovals = UpstreamRemovals.FOLLOW) -> World:
    """Return a world whose mirror has the old packages."""
    world = World(OLD, forms=(form,), mode=MirrorMode.ACTIVE, filters=NOARCH, upstream_removals=removals)
    await world.run()
    world.bus.said.clear()
    return world


async def stop_update(world: World, packages: tuple[Package, ...]) -> tuple[Run, set[str]]:
    """Stop a run once one batch of the new packages is stored; return the run and that batch's files."""
    world.offer(packages)
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 2)
    first = world.said(ArtifactFetch)[0]
    assert isinstance(first, ArtifactFetch)
    await world.fetch(first)
    await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now())
    execution.stop()
    await work
    world.holds_fetching = False
    return await world.ended(execution), {file.ckey for file in first.files}


def of(packages: tuple[Package, ...]) -> dict[str, str]:
    """Return the paths and digests of packages."""
    return {package.path: package.sha256 for package in packages}


@pytest.mark.parametrize("removals", list(UpstreamRemovals))
@pytest.mark.parametrize("form", [Form.SHARDS, Form.ZST])
async def test_a_version_bump_that_is_stopped_takes_nothing_away(form: Form, removals: UpstreamRemovals) -> None:
    """What the last run brought stays beside what was stored; the next run goes on, and follows the source."""
    world = await a_world(form=form, removals=removals)
    run, stored = await stop_update(world, NEW)
    fetched = {path: digest for path, digest in of(NEW).items() if path in stored}

    assert 0 < len(fetched) < len(NEW)
    assert await world.listed() == of(OLD) | fetched
    assert (run.state, run.counts.active, run.counts.removed) == (RunState.STOPPED, len(OLD) + len(fetched), 0)

    world.bus.said.clear()
    again = await world.run()
    asked = {file.ckey for message in world.said(ArtifactFetch) for file in message.files}  # type: ignore[attr-defined]
    is_followed = removals is UpstreamRemovals.FOLLOW

    assert asked == of(NEW).keys() - fetched.keys()
    assert await world.listed() == (of(NEW) if is_followed else of(OLD) | of(NEW))
    assert again.counts.removed == (len(OLD) if is_followed else 0)


async def test_a_file_that_upstream_replaced_in_place_stays_until_its_successor_is_stored() -> None:
    """The same name with other bytes; the old bytes are still there."""
    world = await a_world()
    _, stored = await stop_update(world, SAME_NAMES)
    fetched = {path: digest for path, digest in of(SAME_NAMES).items() if path in stored}

    assert await world.listed() == of(OLD) | fetched
    await world.run()
    assert await world.listed() == of(SAME_NAMES)


async def test_two_stopped_runs_lose_as_little_as_one() -> None:
    """Each takes over what the last one left."""
    world = await a_world()
    _, first = await stop_update(world, NEW)
    third = tuple(a_package(name, "3.0") for name in NAMES)
    world.bus.said.clear()
    _, second = await stop_update(world, third)
    kept = of(OLD) | {path: digest for path, digest in (of(NEW) | of(third)).items() if path in first | second}

    assert await world.listed() == kept
    await world.run()
    assert await world.listed() == of(third)


async def test_names_that_upstream_took_away_stay_too() -> None:
    """Until a run has completed."""
    world = await a_world()
    await stop_update(world, NEW[1:])

    assert OLD[0].path in await world.listed()
    await world.run()
    assert await world.listed() == of(NEW[1:])


@pytest.mark.parametrize("packages", [NEW, SAME_NAMES], ids=["other_names", "same_names"])
async def test_new_rules_drop_what_they_exclude_and_nothing_else(packages: tuple[Package, ...]) -> None:
    """Deciding anew between the stopped run and the next one is no run that completed."""
    world = await a_world()
    await stop_update(world, packages)
    before = await world.listed()
    rule = Rule(id="no-first", action=Action.EXCLUDE, where=Where(name=(NAMES[0],)))
    await world.put_policy(rule)
    await world.look_at_rules()

    assert await world.listed() == {path: digest for path, digest in before.items() if NAMES[0] not in path}
    await world.run()
    assert await world.listed() == of(packages[1:])


async def test_what_the_rules_of_now_exclude_does_not_come_back_with_a_stop() -> None:
    """The last catalogue has it; today's rules do not let it in."""
    world = await a_world()
    await world.edit(filters=Filters(subdirs=("noarch",), exclude_specs=(NAMES[0],)))
    run, stored = await stop_update(world, NEW)
    fetched = {path: digest for path, digest in of(NEW).items() if path in stored}

    assert await world.listed() == of(OLD[1:]) | fetched
    assert run.counts.removed == 1


async def test_a_stop_of_a_run_that_makes_a_lost_catalogue_again_takes_nothing_away() -> None:
    """A repair forgets the manifest and asks for every file; those are stored, whether a fetcher was asked or not."""
    world = await a_world()
    await world.blobs.remove((await world.head()).manifest)
    await stop_update(world, OLD)

    assert await world.listed() == of(OLD)
