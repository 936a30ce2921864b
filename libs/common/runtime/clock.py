"""The real clock and real identifiers."""

from datetime import UTC, datetime
from uuid import uuid4


class SystemClock:
    """The machine's clock; implements `ports.clock.Clock`."""

    def now(self) -> datetime:
        """Return the time in UTC, to the millisecond, which is what MongoDB keeps."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class RandomIds:
    """Random identifiers; implements `ports.clock.Ids`."""

    def new(self) -> str:
        """Return 32 hex characters of a UUIDv4."""
        return uuid4().hex
