"""Cron expressions: five fields or a shortcut, in UTC."""

import re

from croniter import croniter

from libs.common.domain.errors import InvalidInput

_SHORTCUTS = frozenset({"@hourly", "@daily", "@weekly", "@monthly", "@yearly"})
# `R` draws a new random value at each look and `H` needs an id to hash: neither is a plan.
_RANDOM = re.compile(r"(?<![a-z])[rh](?![a-z])")


def check_cron(text: str) -> str:
    """Return the expression with single blanks.

    Raises:
        InvalidInput: for anything that never fires, or that is no plain plan.
    """
    fields = text.split(" ")
    fields = [field for field in fields if field]
    expression = " ".join(fields)
    if expression in _SHORTCUTS:
        return expression
    if (
        len(fields) != 5
        or _RANDOM.search(expression.lower())
        or not expression.isprintable()
        or not croniter.is_valid(expression, strict=True)
    ):
        raise InvalidInput(
            f"cron must be five fields (minute hour day-of-month month day-of-week, in UTC) that can come true, "
            f"such as '0 0 1 * *', or one of {', '.join(sorted(_SHORTCUTS))}",
            field="cron",
        )
    return expression
