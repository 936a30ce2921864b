"""The times of records."""

_LAST_SECOND = 253_402_300_799
"""The end of the year 9999: old records have seconds, and whatever is later is milliseconds (as conda has it)."""


def timestamp_ms(timestamp: float | None) -> int | None:
    """Return a record's time in milliseconds, whichever unit it was written in."""
    if timestamp is None:
        return None
    return min(int(timestamp * 1000 if timestamp <= _LAST_SECOND else timestamp), _LAST_SECOND * 1000)
