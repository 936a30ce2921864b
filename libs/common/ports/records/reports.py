"""Answers to long requests."""

from datetime import datetime
from typing import Protocol


class Reports(Protocol):
    """Answers to long requests, kept for a week. Written by the service that did the work."""

    async def put(self, report_id: str, *, at: datetime, data: bytes) -> None:
        """Store a report, or replace it."""

    async def get(self, report_id: str) -> tuple[datetime, bytes] | None:
        """Return when a report was made, and the report."""
