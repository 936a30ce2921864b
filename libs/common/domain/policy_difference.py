"""What changed between two revisions of a policy."""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from libs.common.domain.policy import Policy, Rule


class ChangedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that both revisions have, and that is not the same in both."""

    before: Rule
    after: Rule


class PolicyDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that came, went and changed, in the order of the revision that has them.

    `moved` are ids of rules that stand elsewhere among those that both have: where several
    rules drop a file, the first one is named.
    """

    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]
    changed: tuple[ChangedRule, ...]
    moved: tuple[str, ...]


def difference(before: Policy, after: Policy) -> PolicyDifference:
    """Compare two revisions rule by rule, by their ids."""
    old, new = ({rule.id: rule for rule in policy.rules} for policy in (before, after))
    return PolicyDifference(
        added=tuple(rule for rule in after.rules if rule.id not in old),
        removed=tuple(rule for rule in before.rules if rule.id not in new),
        changed=tuple(
            ChangedRule(before=old[rule.id], after=rule)
            for rule in after.rules
            if rule.id in old and old[rule.id] != rule
        ),
        moved=_moved([it for it in old if it in new], [it for it in new if it in old]),
    )


def _moved(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Return what is not in the longest sequence that kept its order."""
    place = {rule_id: number for number, rule_id in enumerate(before)}
    kept = _longest_rise([place[rule_id] for rule_id in after])
    return tuple(rule_id for rule_id in after if place[rule_id] not in kept)


def _longest_rise(numbers: Sequence[int]) -> frozenset[int]:
    """Return a longest increasing subsequence of different numbers."""
    # The smallest number that ends a rise of length 1, 2, …
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        length = bisect_left(ends, number)
        before[number] = ends[length - 1] if length else None
        ends[length : length + 1] = [number]
    rise = []
    last = ends[-1] if ends else None
    while last is not None:
        rise.append(last)
        last = before[last]
    return frozenset(rise)
