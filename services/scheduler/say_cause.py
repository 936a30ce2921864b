"""two evaluations -> why the second differs, in a few words for people."""

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.policy import Rule, is_removal
from libs.common.ports.records import Policies


async def say_cause(old: Evaluation | None, new: Evaluation, *, policies: Policies) -> str:
    """Return for example `policy production, revision 3`, `filters`, `advisories`, `a new day`, or some of them.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    if old is None:
        return "rules that were not noted before"
    causes: list[str] = []
    if _of_policies(old) != _of_policies(new):
        causes.append(await _name_policy(new, policies))
    if _of_filters(old) != _of_filters(new):
        causes.append("filters")
    if _by_hand(old) != _by_hand(new):
        causes.append("removals by hand")
    if old.advisories != new.advisories and _asks_for_advisories(old, new):
        causes.append("advisories")
    if old.today != new.today and old.today is not None and new.today is not None:
        causes.append("a new day")
    return " and ".join(causes) or "the order of the rules"


def _of_policies(evaluation: Evaluation) -> tuple[Rule, ...]:
    return tuple(rule for rule in evaluation.rules if rule.policy is not None)


def _of_filters(evaluation: Evaluation) -> tuple[Rule, ...]:
    return tuple(rule for rule in evaluation.rules if rule.policy is None and not is_removal(rule))


def _by_hand(evaluation: Evaluation) -> tuple[Rule, ...]:
    return tuple(rule for rule in evaluation.rules if is_removal(rule))


def _asks_for_advisories(old: Evaluation, new: Evaluation) -> bool:
    """Where only one of the two looks at CVEs, it is the rules that changed."""
    return old.rules == new.rules or (old.advisories is not None and new.advisories is not None)


async def _name_policy(evaluation: Evaluation, policies: Policies) -> str:
    policy_id = next((rule.policy for rule in evaluation.rules if rule.policy is not None), None)
    if policy_id is None:
        return "no policy any more"
    policy = await policies.get(policy_id)
    return f"policy {policy.name}, revision {policy.number}" if policy is not None else "a policy"
