"""A whole index that is read as clients ask comes to the same as one that is read at once."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Action, Among, Rule, Where
from tests.support.python_index import Habits, Metadata, PageForm
from tests.support.python_packages import PythonFile, a_wheel
from tests.support.python_world import PythonWorld

NAMES = ("alpha", "beta", "gamma", "delta")

_files = st.builds(
    a_wheel,
    st.sampled_from(NAMES),
    st.sampled_from(("1.0", "2.0", "3.0")),
    requires=st.lists(st.sampled_from([*NAMES, "alpha>=2", "beta<2", "nothing"]), max_size=2, unique=True),
    license_expression=st.sampled_from(("MIT", "GPL-3.0-only", None)),
    yanked=st.booleans(),
)
_sources = st.lists(_files, max_size=8, unique_by=lambda file: file.filename)
_words = st.lists(st.sampled_from((*NAMES, "*a", "de*")), min_size=1, max_size=2, unique=True).map(tuple)
_wheres = st.one_of(
    _words.map(lambda words: Where(name=words)),
    st.sampled_from(("alpha>=2", "beta==1.0", "gamma")).map(lambda spec: Where(spec=(spec,))),
    st.sampled_from((Where(version=">=2"), Where(yanked=True), Where(newest=1))),
    st.sampled_from(("MIT", "GPL")).map(lambda word: Where(license=Among(in_=(word,)))),
)


@st.composite
def rule_lists(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Up to three rules; those that require names may let in what these need."""
    rules = []
    for place in range(draw(st.integers(0, 3))):
        action, where = draw(st.sampled_from(Action)), draw(_wheres)
        may_include = action is Action.REQUIRE and (where.name is not None or where.spec is not None)
        includes = may_include and draw(st.booleans())
        rules.append(Rule(id=f"rule-{place}", action=action, where=where, include_dependencies=includes))
    return tuple(rules)


_habits = st.builds(Habits, has_serials=st.booleans(), metadata=st.sampled_from(Metadata))


_states = st.tuples(_sources, rule_lists())
"""What a source has, and the rules at that time."""


@settings(max_examples=60, deadline=None)
@given(_states, _states, _habits, st.sampled_from(PageForm))
async def test_what_was_asked_for_is_listed_as_if_all_had_been_read(
    before: tuple[Sequence[PythonFile], tuple[Rule, ...]],
    after: tuple[Sequence[PythonFile], tuple[Rule, ...]],
    habits: Habits,
    form: PageForm,
) -> None:
    """For any source and rules, before and after both change; active or not, as if read for the first time."""
    lazy, eager = (PythonWorld(before[0], habits=habits, form=form, eager_names=count) for count in (0, 1_000))
    active = PythonWorld(before[0], habits=habits, form=form, eager_names=0, mode=MirrorMode.ACTIVE)
    first = PythonWorld(after[0], habits=habits, form=form)
    for world in (lazy, eager, active):
        await world.open()
        await world.put_policy(*before[1])
        await world.run()
    await _ask_for_all(lazy)
    for world in (lazy, eager, active):
        world.offer_files(after[0])
    for world in (lazy, eager, active, first):
        await world.open()
        await world.put_policy(*after[1])
        await world.look_at_rules()
        await world.run()
    await _ask_for_all(lazy)
    await lazy.run()

    listed = await first.listed()
    assert await lazy.listed() == await eager.listed() == await active.listed() == listed
    assert not await lazy.listed_unread()
    for world in (lazy, eager, active):
        await world.look_at_rules()
        assert not (await world.head()).wants_run


async def _ask_for_all(world: PythonWorld) -> None:
    for name in sorted(await world.listed_unread()):
        await world.ask(name)
