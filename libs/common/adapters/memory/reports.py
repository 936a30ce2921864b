"""Reports in memory; nothing is thrown away."""

from datetime import datetime


class MemoryReports:
    """Implements `ports.records.Reports`."""

    def __init__(self) -> None:
        self._reports: dict[str, tuple[datetime, bytes]] = {}

    async def put(self, report_id: str, *, at: datetime, data: bytes) -> None:
        """Store a report, or replace it."""
        self._reports[report_id] = (at, data)

    async def get(self, report_id: str) -> tuple[datetime, bytes] | None:
        """Return when a report was made, and the report."""
        return self._reports.get(report_id)
