"""What changed between two revisions of a policy."""

from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.policy import Action, Policy
from libs.common.domain.policy_difference import ChangedRule, difference
from tests.support.records import a_policy, a_rule

IDS = st.lists(st.sampled_from("abcdefgh"), unique=True)


def of(ids: str | list[str], **changes: object) -> Policy:
    """Return a policy with a rule for each letter; without any it has none."""
    return a_policy("p", rules=tuple(a_rule(name, **changes) for name in ids))


def test_every_kind_of_change_is_told() -> None:
    """In the order of the revision that has the rule."""
    before = a_policy("p", a_rule("gone"), a_rule("same"), a_rule("x"))
    after = a_policy("p", a_rule("new"), a_rule("x", action=Action.ALLOW), a_rule("same"))
    found = difference(before, after)

    assert found.added == (a_rule("new"),)
    assert found.removed == (a_rule("gone"),)
    assert found.changed == (ChangedRule(before=a_rule("x"), after=a_rule("x", action=Action.ALLOW)),)
    assert found.moved in (("x",), ("same",))


def test_as_few_rules_as_can_be_have_moved() -> None:
    """One that was put to the front, not all the others."""
    assert difference(of("abcdef"), of("fabcde")).moved == ("f",)
    assert difference(of("abcdef"), of("bcdefa")).moved == ("a",)
    assert difference(of("abc"), of("abc")).moved == ()


@given(before=IDS, after=IDS)
def test_a_difference_leads_from_one_to_the_other(before: list[str], after: list[str]) -> None:
    """Take away what went and what moved: the rest stands in the same order in both."""
    found = difference(of(before), of(after))
    stayed = [name for name in before if name in after and name not in found.moved]

    assert [rule.id for rule in found.added] == [name for name in after if name not in before]
    assert [rule.id for rule in found.removed] == [name for name in before if name not in after]
    assert [name for name in after if name in before and name not in found.moved] == stayed
    assert found.changed == ()


@given(ids=IDS)
def test_nothing_differs_from_itself(ids: list[str]) -> None:
    """And a rule that only changed did not move."""
    changed = difference(of(ids), of(ids, note="x"))

    assert (changed.added, changed.removed, changed.moved) == ((), (), ())
    assert [it.after.id for it in changed.changed] == ids
