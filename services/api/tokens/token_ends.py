"""When tokens end: a whole day (UTC), or a moment."""

from datetime import UTC, datetime, time, timedelta

from libs.common.domain.access.people import AccessToken
from libs.common.domain.access.sessions import TOKEN_DAYS
from libs.common.domain.errors import InvalidInput
from services.api.moments import read_end
from services.api.sync_state import timestamp

FIELD = "expires_at"
_DAY = timedelta(days=1)


def end_of_token(text: str | None, *, now: datetime, max_days: int) -> datetime:
    """Return the moment from which a token is not good any more; of a day the whole of it is meant.

    Raises:
        InvalidInput: for what is no day, has passed, or is later than the operator allows.
    """
    if text is None:
        return day_end(now + timedelta(days=min(TOKEN_DAYS, max_days)))
    end = read_end(text, field=FIELD)
    if end <= now:
        raise InvalidInput("expires_at has passed; choose a later day", field=FIELD)
    if end > _latest(now, max_days):
        raise InvalidInput(
            f"a token lasts at most {max_days} days here (TAIN_TOKEN_MAX_DAYS); choose an earlier day", field=FIELD
        )
    return end.astimezone(UTC)


def end_of_renewed(token: AccessToken, *, now: datetime, max_days: int) -> datetime:
    """Return when a token ends that is given a new value: as long from now as the old one lasted."""
    if token.expires_at is None:
        return end_of_token(None, now=now, max_days=max_days)
    end = now + (token.expires_at - (token.renewed_at or token.created_at))
    is_day = token.expires_at.time() == time.min
    # What ended with a day began within one: the rest of that day is not given on again and again.
    return min(day_end(end - _DAY) if is_day else end, _latest(now, max_days))


def shown_end(end: datetime | None) -> str | None:
    """Return what is shown of an end: the last day of what ends with a day, else the moment."""
    if end is None:
        return None
    if end.astimezone(UTC).time() == time.min:
        return (end.astimezone(UTC) - _DAY).date().isoformat()
    return timestamp(end)


def day_end(moment: datetime) -> datetime:
    """Return the end of a moment's day."""
    return datetime.combine(moment.astimezone(UTC).date() + _DAY, time.min, tzinfo=UTC)


def _latest(now: datetime, max_days: int) -> datetime:
    return day_end(now + timedelta(days=max_days))
