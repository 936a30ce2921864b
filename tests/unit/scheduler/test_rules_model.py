"""Whatever happened before: a mirror lists what its source had and its rules let in, as if it were new."""

import asyncio
from collections.abc import Sequence
from enum import Enum

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.mirror import Filters, MirrorMode
from libs.common.domain.policy import Action, Among, CreatedIn, Rule, Where
from tests.support.packages import Package, a_package
from tests.support.records import a_rule
from tests.support.world import World

PACKAGES = (
    a_package("alpha", "1.0"),
    a_package("alpha", "2.0", license_name="GPL-3.0-only"),
    a_package("alpha", "2.0", extension=".tar.bz2"),
    a_package("beta", "1.0", depends=("alpha >=2",)),
    a_package("beta", "2.0", depends=("gamma",)),
    a_package("gamma", "1.0", license_name="GPL-2.0-only", timestamp_ms=None),
)
RULES = (
    a_rule("no-gpl"),
    Rule(id="no-alpha", action=Action.EXCLUDE, where=Where(name=("alp*",))),
    Rule(id="no-old-alpha", action=Action.EXCLUDE, where=Where(spec=("alpha <2",))),
    Rule(id="allow-gamma", action=Action.ALLOW, where=Where(name=("gamma",))),
    Rule(id="newest", action=Action.REQUIRE, where=Where(newest=1)),
    Rule(id="dated", action=Action.REQUIRE, where=Where(created=CreatedIn(from_="2020-01-01"))),
    Rule(id="no-legacy", action=Action.EXCLUDE, where=Where(legacy_duplicate=True)),
    Rule(id="only", action=Action.REQUIRE, where=Where(name=("beta",)), include_dependencies=True),
    Rule(id="licensed", action=Action.REQUIRE, where=Where(license=Among(in_=("MIT", "GPL2")))),
)


class Step(Enum):
    """What a scheduler does between two changes."""

    RUN = "run"
    LOOK = "look"


offers = st.frozensets(st.sampled_from(range(len(PACKAGES))), min_size=1)
policies = st.lists(st.sampled_from(RULES), unique_by=lambda rule: rule.id, max_size=4).map(tuple)
happenings = st.lists(st.sampled_from(Step) | offers | policies, max_size=8)


async def _live(world: World, happened: Sequence[Step | frozenset[int] | tuple[Rule, ...]]) -> None:
    await world.run()
    for one in happened:
        if one is Step.RUN:
            await world.run()
        elif one is Step.LOOK:
            await world.look_at_rules()
        elif isinstance(one, frozenset):
            world.offer(_packages(one))
        elif isinstance(one, tuple):
            await world.put_policy(*one)


async def _new(offered: frozenset[int], rules: tuple[Rule, ...], mode: MirrorMode) -> World:
    """Return a world that has never seen anything else."""
    world = _world(offered, mode)
    execution = await world.begin()
    await world.put_policy(*rules)
    await execution.execute()
    return world


def _world(offered: frozenset[int], mode: MirrorMode) -> World:
    return World(_packages(offered), mode=mode, filters=Filters(subdirs=("noarch",)))


def _packages(numbers: frozenset[int]) -> tuple[Package, ...]:
    return tuple(PACKAGES[number] for number in sorted(numbers))


@settings(max_examples=60, deadline=None)
@given(first=offers, happened=happenings, rules=policies, last=offers, mode=st.sampled_from(MirrorMode))
def test_a_decision_without_a_run_is_what_a_run_would_decide(
    first: frozenset[int],
    happened: list[Step | frozenset[int] | tuple[Rule, ...]],
    rules: tuple[Rule, ...],
    last: frozenset[int],
    mode: MirrorMode,
) -> None:
    """Names that are taken over, glanced at or looked into: file for file, and reason for reason."""

    async def compare() -> None:
        world = _world(first, mode)
        await _live(world, happened)
        world.offer(_packages(last))
        await world.run()
        world.asked()
        await world.put_policy(*rules)
        await world.look_at_rules()
        new = await _new(last, rules, mode)

        assert world.asked() == []
        head, other = await world.head(), await new.head()
        assert (await world.listed()).items() <= (await new.listed()).items()
        if mode is MirrorMode.PASSIVE or not head.wants_run:
            assert await world.listed() == await new.listed()
            assert head.counts == other.counts
        await world.run()
        assert await world.listed() == await new.listed()
        assert (await world.head()).counts == other.counts
        assert head.evaluation == other.evaluation
        assert msgspec.structs.replace(await world.catalogue(), parts={}) == msgspec.structs.replace(
            await new.catalogue(), parts={}
        )

    asyncio.run(compare())
