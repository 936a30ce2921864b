"""what came, what went, and by which rules -> the wire's objects, of two runs and of previews."""

from collections.abc import Iterable, Sequence

from libs.common.deciding.compare_catalogues import Amount, Difference, FileChange, RuleCount
from libs.common.ports.records import Policies
from libs.common.reporting.policy_preview import PreviewAmount, PreviewRule
from services.api.decision_schemas import AmountOut, DifferenceOut, FileChangeOut, PackagesOut, RuleCountOut
from services.api.policy_names import policy_names

_MOST_NAMES = 1_000


async def show_summary(difference: Difference, *, policies: Policies) -> DifferenceOut:
    """Write what a comparison came to."""
    return DifferenceOut(
        gained=show_amount(difference.gained),
        lost=show_amount(difference.lost),
        replaced=show_amount(difference.replaced),
        packages_gained=show_packages(difference.packages_gained),
        packages_lost=show_packages(difference.packages_lost),
        rules=await show_rules(difference.rules, policies=policies),
    )


async def show_changes(changes: Iterable[FileChange], *, policies: Policies) -> tuple[FileChangeOut, ...]:
    """Write changed files."""
    changes = tuple(changes)
    names = await policy_names([change.policy for change in changes], policies=policies)
    return tuple(
        FileChangeOut(
            ckey=change.ckey,
            name=change.name,
            version=change.version,
            change=change.change,
            size_bytes=change.size_bytes,
            rule=change.rule,
            policy=change.policy,
            policy_name=names.get(change.policy),
            reason=change.reason,
            detail=change.detail,
        )
        for change in changes
    )


async def show_rules(
    counts: Sequence[RuleCount] | Sequence[PreviewRule], *, policies: Policies
) -> tuple[RuleCountOut, ...]:
    """Write how many files each rule leaves out, before and after."""
    names = await policy_names([count.policy for count in counts], policies=policies)
    return tuple(
        RuleCountOut(
            rule=count.rule,
            policy=count.policy,
            policy_name=names.get(count.policy),
            reason=count.reason,
            before=count.before,
            after=count.after,
        )
        for count in counts
    )


def show_amount(amount: Amount | PreviewAmount) -> AmountOut:
    """Write how many files, and their bytes."""
    return AmountOut(files=amount.files, size_bytes=amount.size_bytes)


def show_packages(names: Sequence[str]) -> PackagesOut:
    """Write how many packages, and the names of the first ones."""
    return PackagesOut(count=len(names), names=tuple(names[:_MOST_NAMES]))
