"""Heads of reports in memory; nothing is thrown away."""

from collections.abc import Sequence

from libs.common.domain.digest import Sha256
from libs.common.domain.report import ReportFilter, ReportHead, ReportState


class MemoryKeptReports:
    """Implements `ports.kept_reports.KeptReports`."""

    def __init__(self) -> None:
        self._heads: dict[str, ReportHead] = {}

    async def put(self, head: ReportHead) -> bool:
        """Store a report's head; False where one of this id is done already."""
        there = self._heads.get(head.id)
        if there is not None and there.state is ReportState.DONE:
            return False
        self._heads[head.id] = head
        return True

    async def get(self, report_id: str) -> ReportHead | None:
        """Return a report's head."""
        return self._heads.get(report_id)

    async def list(self, wanted: ReportFilter, *, offset: int, limit: int) -> tuple[int, Sequence[ReportHead]]:
        """Return how many reports are wanted, and a page of them, newest first."""
        heads = [head for head in self._heads.values() if wanted.keeps(head)]
        newest_first = sorted(heads, key=lambda it: (it.made_at, it.id), reverse=True)
        return len(heads), newest_first[offset : offset + max(limit, 0)]

    async def blobs(self) -> Sequence[Sha256]:
        """Return the blobs of all reports."""
        return [head.blob for head in self._heads.values() if head.blob is not None]
