"""What making reports needs, in memory."""

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.ports.blobs import BlobStore
from libs.common.runtime.clock import SystemClock
from services.reporter.report_ports import ReportPorts


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
        books=records.advisory_books,
        kept_reports=records.kept_reports,
        blobs=blobs or MemoryBlobStore(),
        bus=bus or MemoryBus(),
        clock=SystemClock(),
    )
