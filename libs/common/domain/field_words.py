"""Comparisons, and how they, lists and days are said."""

from collections.abc import Callable, Mapping
from datetime import date

from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy import Operator

_SHOWN = 5

COMPARE: Mapping[Operator, Callable[[float, float], bool]] = {
    Operator.LESS: lambda one, other: one < other,
    Operator.AT_MOST: lambda one, other: one <= other,
    Operator.EQUAL: lambda one, other: one == other,
    Operator.UNEQUAL: lambda one, other: one != other,
    Operator.AT_LEAST: lambda one, other: one >= other,
    Operator.MORE: lambda one, other: one > other,
}
_PHRASES: Mapping[Operator, tuple[str, str]] = {
    Operator.LESS: ("under", "not under"),
    Operator.AT_MOST: ("at most", "over"),
    Operator.EQUAL: ("exactly", "not"),
    Operator.UNEQUAL: ("not", "exactly"),
    Operator.AT_LEAST: ("at least", "under"),
    Operator.MORE: ("over", "not over"),
}


def phrase(operator: Operator, *, holds: bool) -> str:
    """Say what is true of a number where the comparison holds, or does not."""
    return _PHRASES[operator][0 if holds else 1]


def listed(words: tuple[str, ...], *, last: str = "") -> str:
    """Write the first words of a list, and how many more there are."""
    shown = list(words[:_SHOWN])
    if len(words) > _SHOWN:
        return f"{', '.join(shown)} and {len(words) - _SHOWN:,} more"
    return ", ".join(shown) if not last or len(shown) < 2 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def read_day(text: str | None, field: str) -> date | None:
    """Read a day as YYYY-MM-DD.

    Raises:
        InvalidInput: for what is none.
    """
    if text is None:
        return None
    try:
        if len(text) == len("YYYY-MM-DD"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInput(f"{field} must be a day as YYYY-MM-DD, not {text[:80]!r}", field=field)


def negated(matched: bool) -> str:
    """Return `not ` where something does not match, to stand before what it would be."""
    return "" if matched else "not "


def spell_days(count: int) -> str:
    """Write a number of days."""
    return f"{count:,} day" if count == 1 else f"{count:,} days"
