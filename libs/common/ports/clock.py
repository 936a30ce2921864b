"""Time and identifiers, which pure code gets as arguments."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time now."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""


class Ids(Protocol):
    """New identifiers."""

    def new(self) -> str:
        """Return an identifier that was never used: UUIDv4 as 32 hex characters."""
