"""advisories.update -> the book of advisories, advisories.changed, and a report."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from libs.common.contracts.policy_messages import AdvisoriesUpdate
from libs.common.domain.access.identity import Caller
from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.domain.cve import OsvState
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import InvalidInput, NotFound, Permanent, UpstreamUnavailable
from libs.common.ports.records import Reports
from libs.common.ports.upstream import Upstream
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from libs.common.vulnerabilities.advisory_report import AdvisoryReport
from libs.common.vulnerabilities.keep_book import Cause, Changes, NewRecords, keep_records, note_reading
from libs.common.vulnerabilities.read_archive import Archive
from libs.common.vulnerabilities.sort_records import ArchiveReading, sort_records
from services.scheduler.fetch_advisories import AdvisorySource, fetch_advisories

_LOG = structlog.get_logger()
_IN_MEMORY_BYTES = 16 * 1024 * 1024


class UpdatePorts(msgspec.Struct, frozen=True, kw_only=True):
    """What reading advisories asks of the outside world; no `source` where the operator set none."""

    keeping: AdvisoryPorts
    reports: Reports
    upstream: Upstream
    source: AdvisorySource | None


async def update_advisories(message: AdvisoriesUpdate, *, ports: UpdatePorts) -> None:
    """Read what is asked for, and report under the message's id; the same message again changes nothing.

    Raises:
        StoreUnavailable: when it is to be tried again.
    """
    try:
        if message.blob is not None:
            report = await _import(Sha256(message.blob), by=_asker(message), ports=ports)
        else:
            report = await update_from_source(by=_asker(message), ports=ports)
    except (Permanent, UpstreamUnavailable) as exc:
        _LOG.warning("advisories_not_read", report_id=message.report_id, code=exc.code, reason=exc.message)
        report = AdvisoryReport(
            status="failed",
            cause="update" if message.blob is None else "import",
            at=ports.keeping.clock.now(),
            error=exc.message,
        )
    await ports.reports.put(message.report_id, at=report.at, data=msgspec.json.encode(report))


async def update_from_source(*, by: Caller | None, ports: UpdatePorts) -> AdvisoryReport:
    """Read what changed at the configured source.

    Raises:
        InvalidInput: when none is configured.
        Permanent, UpstreamUnavailable: when an ecosystem can't be read; the others are kept.
        StoreUnavailable: when a store does not answer.
    """
    source = ports.source
    if source is None:
        raise InvalidInput("no source of advisories is configured; set TAIN_OSV_URL, or import a file", field="source")
    head = await ports.keeping.books.get()
    states: Mapping[AdvisoryEcosystem, OsvState] = head.osv if head is not None else {}
    readings: list[ArchiveReading] = []
    failures: dict[AdvisoryEcosystem, Permanent | UpstreamUnavailable] = {}
    for ecosystem in source.ecosystems:
        try:
            reading = await fetch_advisories(ecosystem, states.get(ecosystem), source=source, upstream=ports.upstream)
        except (Permanent, UpstreamUnavailable) as exc:
            failures[ecosystem] = exc
        else:
            readings.extend([reading] if reading is not None else [])
    changes = await _keep(readings, cause="update", by=by, ports=ports) if readings else None
    await note_reading(set(source.ecosystems) - failures.keys(), ports=ports.keeping)
    if failures:
        # The others are kept all the same.
        raise next(iter(failures.values()))
    return await _report(readings, changes, cause="update", ports=ports)


def _asker(message: AdvisoriesUpdate) -> Caller | None:
    return Caller(name=message.requested_by, address=message.by_address) if message.requested_by is not None else None


async def _import(blob: Sha256, *, by: Caller | None, ports: UpdatePorts) -> AdvisoryReport:
    try:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
            async for piece in ports.keeping.blobs.read(blob):
                await asyncio.to_thread(file.write, piece)
            reading = await asyncio.to_thread(lambda: sort_records(Archive(file)))
    except NotFound as exc:
        raise InvalidInput("the uploaded file is gone; upload it again", field="file") from exc
    changes = await _keep([reading], cause="import", by=by, ports=ports)
    return await _report([reading], changes, cause="import", ports=ports)


async def _keep(readings: Sequence[ArchiveReading], *, cause: Cause, by: Caller | None, ports: UpdatePorts) -> Changes:
    new: dict[AdvisoryEcosystem, NewRecords] = {}
    for reading in readings:
        new.update(reading.new)
    changes = await keep_records(new, cause=cause, by=by, ports=ports.keeping)
    _LOG.info("advisories_read", cause=cause, ecosystems=sorted(new), changed=changes.count)
    return changes


async def _report(
    readings: Sequence[ArchiveReading], changes: Changes | None, *, cause: Cause, ports: UpdatePorts
) -> AdvisoryReport:
    head = await ports.keeping.books.get()
    broken: dict[str, int] = {}
    for reading in readings:
        for reason, count in reading.broken.items():
            broken[reason] = broken.get(reason, 0) + count
    return AdvisoryReport(
        status="done",
        cause="update" if cause == "update" else "import",
        at=ports.keeping.clock.now(),
        ecosystems={name: state.count for name, state in sorted(head.osv.items())} if head is not None else {},
        read=sum(reading.read for reading in readings),
        passed_over=sum(reading.passed_over for reading in readings),
        broken=broken,
        cves=head.advisory_count if head is not None else 0,
        added=changes.added if changes is not None else 0,
        updated=changes.updated if changes is not None else 0,
        removed=changes.removed if changes is not None else 0,
    )
