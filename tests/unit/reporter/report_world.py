"""What making reports needs, in memory."""

from collections.abc import Sequence

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.report import ReportFilter, ReportHead, ReportState
from libs.common.ports.blobs import BlobStore
from libs.common.ports.kept_reports import KeptReports
from libs.common.runtime.clock import SystemClock
from services.reporter.report_ports import ReportPorts


class AwayForTheWhole:
    """Heads of reports for a reporter that breaks off when it has solved one; implements `ports.kept_reports`."""

    def __init__(self, inner: KeptReports) -> None:
        self._inner = inner

    async def put(self, head: ReportHead) -> bool:
        """Store the head of a report that is still solved.

        Raises:
            StoreUnavailable: for one that is done.
        """
        if head.state is ReportState.DONE:
            raise StoreUnavailable("away")
        return await self._inner.put(head)

    async def get(self, report_id: str) -> ReportHead | None:
        """Return a report's head."""
        return await self._inner.get(report_id)

    async def list(self, wanted: ReportFilter, *, offset: int, limit: int) -> tuple[int, Sequence[ReportHead]]:
        """Return a page of heads."""
        return await self._inner.list(wanted, offset=offset, limit=limit)

    async def blobs(self) -> Sequence[Sha256]:
        """Return the blobs of all reports."""
        return await self._inner.blobs()


def report_ports(
    records: MemoryRecords, *, blobs: BlobStore | None = None, bus: MemoryBus | None = None
) -> ReportPorts:
    """Return the ports of reports on these records."""
    return ReportPorts(
        channels=records.channels,
        mirrors=records.mirrors,
        policies=records.policies,
        runs=records.runs,
        heads=records.catalogue_heads,
        revisions=records.revisions,
        shards=records.shards,
        read_pages=records.read_pages,
        extracted=records.extracted,
        removals=records.removals,
        books=records.advisory_books,
        kept_reports=records.kept_reports,
        blobs=blobs or MemoryBlobStore(),
        bus=bus or MemoryBus(),
        clock=SystemClock(),
    )
