"""Reports that people asked for, by their heads; what they say is a blob."""

from collections.abc import Sequence
from typing import Protocol

from libs.common.domain.digest import Sha256
from libs.common.domain.report import ReportFilter, ReportHead


class KeptReports(Protocol):
    """Heads of reports, thrown away when they expire. Written by the reporter.

    All methods raise StoreUnavailable when the database does not answer.
    """

    async def put(self, head: ReportHead) -> bool:
        """Store a report's head, also in the place of one that is still solved.

        False, and nothing changed, where one of this id is done already.
        """

    async def get(self, report_id: str) -> ReportHead | None:
        """Return a report's head."""

    async def list(self, wanted: ReportFilter, *, offset: int, limit: int) -> tuple[int, Sequence[ReportHead]]:
        """Return how many reports are wanted, and a page of them, newest first."""

    async def blobs(self) -> Sequence[Sha256]:
        """Return the blobs of all reports: what a sweep must leave."""
