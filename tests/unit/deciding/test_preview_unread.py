"""Previews of mirrors whose source has names that nobody read."""

from typing import Any

import pytest

from libs.common.deciding.preview_rules import Preview, preview_rules
from libs.common.deciding.read_stored import read_head
from libs.common.domain.mirror import UpstreamRemovals
from libs.common.domain.policy import Action, Among, Rule, Where
from tests.support.python_packages import a_wheel
from tests.support.python_world import PythonWorld

FILES = (a_wheel("alpha", "1.0"), a_wheel("alpha", "2.0", requires=["beta"]), a_wheel("beta"), a_wheel("gamma"))


async def a_world(**mirror: Any) -> PythonWorld:
    """Return a world of a whole index, of which a client asked for one project before the last run."""
    world = PythonWorld(FILES, eager_names=0, **mirror)
    await world.run()
    await world.ask("alpha")
    await world.run()
    return world


async def preview(world: PythonWorld, *rules: Rule) -> Preview:
    """Return what these rules would come to."""
    return await preview_rules(
        world.mirror,
        rules,
        stored=await read_head(await world.head(), blobs=world.blobs),
        today=world.clock.now().date(),
        advisories=None,
        shards=world.records.shards,
        blobs=world.blobs,
    )


@pytest.mark.parametrize("removals", UpstreamRemovals)
async def test_a_name_that_nobody_read_can_be_lost(removals: UpstreamRemovals) -> None:
    """How many files that is nobody knows."""
    world = await a_world(upstream_removals=removals)
    shown = await preview(world, Rule(id="no-beta", action=Action.EXCLUDE, where=Where(name=("beta",))))
    difference = await shown.compared.sum_up()

    assert difference.packages_lost == ("beta",)
    assert (difference.lost.files, difference.gained.files) == (0, 0)
    assert [count.after for count in difference.rules] == [1]


@pytest.mark.parametrize("removals", UpstreamRemovals)
async def test_what_was_read_is_decided_by_its_records(removals: UpstreamRemovals) -> None:
    """And what was not stays listed."""
    world = await a_world(upstream_removals=removals)
    shown = await preview(world, Rule(id="new", action=Action.REQUIRE, where=Where(version=">=2")))
    difference = await shown.compared.sum_up()

    assert (difference.lost.files, difference.packages_lost) == (1, ())


async def test_a_closure_ends_where_nobody_read_on() -> None:
    """The run that follows reads on."""
    world = await a_world()
    rule = Rule(id="closed", action=Action.REQUIRE, where=Where(name=("alpha",)), include_dependencies=True)
    difference = await (await preview(world, rule)).compared.sum_up()

    assert difference.packages_lost == ("beta", "gamma")


async def test_a_preview_by_licenses_shows_what_is_known() -> None:
    """Core metadata was not read: the licenses are not known."""
    world = await a_world()
    rule = Rule(id="mit", action=Action.REQUIRE, where=Where(license=Among(in_=("MIT",))))
    difference = await (await preview(world, rule)).compared.sum_up()

    assert difference.lost.files == 2
    assert "beta" not in difference.packages_lost
