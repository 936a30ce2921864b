"""Cron expressions: five fields or a shortcut, in UTC; and when a mirror fires by them."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from croniter import CroniterBadDateError, croniter

from libs.common.domain.errors import InvalidInput

_FIELDS: Sequence[tuple[str, str]] = (
    ("minute", "0-59"),
    ("hour", "0-23"),
    ("day of month", "1-31, or L for the last"),
    ("month", "1-12 or jan-dec"),
    ("day of week", "0-7 or sun-sat (0 and 7 are Sunday), with #2 for the month's second"),
)
_FORMS = "also * for each, lists as 1,2, ranges as 1-5 and steps as */15"
_SHORTCUTS = ("@hourly", "@daily", "@weekly", "@monthly", "@yearly")
_WHOLE = f"write minute, hour, day of month, month and day of week in UTC as '0 0 1 * *', or {', '.join(_SHORTCUTS)}"
_MAX_CHARACTERS = 200
# `R` draws a new random value at each look and `H` needs an id to hash: neither is a plan.
_RANDOM = re.compile(r"(?<![a-z])[rh](?![a-z])")
_NTH = re.compile(r"#|l\d")
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def check_cron(text: str) -> str:
    """Return the expression with single blanks.

    Raises:
        InvalidInput: naming the field at fault and what it takes, also for what never fires.
    """
    if not text.isascii() or not text.isprintable() or len(text) > _MAX_CHARACTERS:
        raise _refusal(f"cron must be one line of at most {_MAX_CHARACTERS} plain characters; {_WHOLE}")
    fields = text.split()
    expression = " ".join(fields)
    if expression in _SHORTCUTS:
        return expression
    if len(fields) != len(_FIELDS):
        amount = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
        raise _refusal(f"cron has {amount} and must have {len(_FIELDS)}; {_WHOLE}")
    for place, field in enumerate(fields):
        _check_field(place, field)
    if _NTH.search(fields[4].lower()) and fields[2] not in ("*", "?"):
        # croniter would pass over the day of month without a word.
        raise _refusal(f"cron has {fields[4]!r} as its day of week, which needs * as its day of month; {_WHOLE}")
    try:
        next_fire(expression, _ANY_TIME)
    except CroniterBadDateError as exc:
        raise _refusal(
            f"cron {expression!r} never fires: there is no day of month {fields[2]!r} in month {fields[3]!r}; {_WHOLE}"
        ) from exc
    return expression


def next_fire(cron: str, after: datetime, *, delay: timedelta = timedelta()) -> datetime:
    """Return the first time after `after` that is `delay` later than one of the cron's times, in UTC."""
    found: datetime = croniter(cron, after.astimezone(UTC) - delay).get_next(datetime)
    return found + delay


def next_fires(cron: str, after: datetime, *, count: int) -> tuple[datetime, ...]:
    """Return the cron's next times, without any delay."""
    fires = croniter(cron, after.astimezone(UTC))
    return tuple(fires.get_next(datetime) for _ in range(count))


def fire_delay(mirror_id: str, *, spread_s: int) -> timedelta:
    """Return how much later than its cron says a mirror fires: less than `spread_s`, always the same.

    Most mirrors keep the default cron. Without the delay all of them would ask their
    sources in the same second. It is made of the id, so that every scheduler finds the
    same time, and the time that is shown is the time at which it fires.
    """
    if spread_s <= 0:
        return timedelta()
    digest = hashlib.sha256(mirror_id.encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8], "big") % spread_s)


def _check_field(place: int, field: str) -> None:
    others = ["*"] * len(_FIELDS)
    others[place] = field
    if _RANDOM.search(field.lower()) or not croniter.is_valid(" ".join(others), strict=True):
        name, values = _FIELDS[place]
        raise _refusal(f"cron has {field!r} as its {name}, which takes {values}; {_FORMS}; {_WHOLE}")


def _refusal(message: str) -> InvalidInput:
    return InvalidInput(message, field="cron")
