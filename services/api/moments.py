"""Days and moments as people write them."""

from datetime import UTC, datetime, timedelta

from libs.common.domain.errors import InvalidInput

_DAY_LENGTH = len("2026-05-17")
_EXAMPLE = "2026-05-17, 2026-05-17T12:00:00 or 2026-05-17T12:00:00Z"
_LAST_MS = 253_402_300_799_000
"""The last second of the year 9999."""


def moment_of_ms(since_1970_ms: int) -> datetime | None:
    """Return a moment of milliseconds; None for what no calendar has: records may say anything."""
    if not 0 <= since_1970_ms <= _LAST_MS:
        return None
    return datetime.fromtimestamp(since_1970_ms / 1000, tz=UTC)


def read_moment(text: str, *, field: str) -> datetime:
    """Read a moment, or a day as its first one; UTC where no zone is named.

    Raises:
        InvalidInput: when it is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise InvalidInput(f"{field} must be a day or a moment, such as {_EXAMPLE}", field=field) from exc
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def read_end(text: str, *, field: str) -> datetime:
    """Read the moment to end before; of a day the whole of it is meant.

    Raises:
        InvalidInput: when it is neither a day nor a moment, or the last day that there is.
    """
    moment = read_moment(text, field=field)
    try:
        return moment + timedelta(days=1) if len(text) <= _DAY_LENGTH else moment
    except OverflowError as exc:
        raise InvalidInput(f"{field} is too late", field=field) from exc
