"""What is stored, and what those who look after it found lately."""

from typing import TypeVar

import msgspec

from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.garbage import DAILY, GarbageReport
from libs.common.domain.history import HistoryFilter
from libs.common.domain.verification import Verification
from services.api.health.schemas import (
    BlobsOut,
    DiskOut,
    StorageOut,
    SweepOut,
    SweepsOut,
    VerificationOut,
    VerifyOut,
)
from services.api.ports import Ports
from services.api.sync_state import timestamp, timestamp_or_none

_LATEST = 10
_T = TypeVar("_T")


async def show_storage(ports: Ports) -> StorageOut:
    """Return how full the blob store is."""
    amount = await ports.blob_count.amount()
    problem: str | None = None
    try:
        disk = await ports.signs.disk()
    except StoreUnavailable as exc:
        disk, problem = None, exc.message
    return StorageOut(
        blobs=None
        if amount is None
        else BlobsOut(count=amount.count, size_bytes=amount.size_bytes, counted_at=timestamp(amount.counted_at)),
        is_counting=ports.blob_count.is_counting,
        disk=None if disk is None else DiskOut(free_bytes=disk.free_bytes, total_bytes=disk.total_bytes),
        problem=problem,
    )


async def show_sweeps(ports: Ports) -> SweepsOut:
    """Return what the last sweeps found.

    Raises:
        StoreUnavailable: when MongoDB does not answer.
    """
    daily = await _report_of(DAILY, GarbageReport, ports)
    asked = await _latest(GarbageReport, "blob_cleanup_completed", ports)
    return SweepsOut(
        daily=_sweep_out(daily),
        asked=_sweep_out(asked),
        next_at=timestamp_or_none(daily.next_at) if daily is not None else None,
    )


async def show_verification(ports: Ports) -> VerifyOut:
    """Return what the last verification found.

    Raises:
        StoreUnavailable: when MongoDB does not answer.
    """
    found = await _latest(Verification, "verification_completed", ports)
    if found is None:
        return VerifyOut()
    return VerifyOut(
        last=VerificationOut(
            report_id=found.id,
            channel=found.channel,
            is_deep=found.is_deep,
            is_repair=found.is_repair,
            started_at=timestamp(found.started_at),
            finished_at=timestamp(found.finished_at),
            fault_count=found.fault_count,
        )
    )


async def _latest(kind: type[_T], event_type: str, ports: Ports) -> _T | None:
    """Return the newest report that is still kept, of those that somebody asked for."""
    _, entries = await ports.history.list(HistoryFilter(event_types=(event_type,)), offset=0, limit=_LATEST)
    for entry in entries:
        report_id = entry.data.get("report_id")
        if isinstance(report_id, str) and report_id != DAILY:
            return await _report_of(report_id, kind, ports)
    return None


async def _report_of(report_id: str, kind: type[_T], ports: Ports) -> _T | None:
    found = await ports.reports.get(report_id)
    return msgspec.json.decode(found[1], type=kind) if found is not None else None


def _sweep_out(report: GarbageReport | None) -> SweepOut | None:
    if report is None:
        return None
    return SweepOut(
        report_id=report.id,
        is_dry_run=report.is_dry_run,
        started_at=timestamp(report.started_at),
        finished_at=timestamp(report.finished_at),
        size_bytes=sum(amount.size_bytes for amount in report.found.values()),
        counts={kind.value: amount.count for kind, amount in report.found.items()},
        refused=report.refused,
    )
