"""Kept reports -> what a list shows of them, and the files that people download."""

import asyncio

import msgspec

from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.domain.report import ReportHead, ReportKind
from libs.common.ports.blobs import read_all
from libs.common.reporting.dependency_report import decode_report
from libs.common.reporting.forms import FORMS
from services.api.ports import Ports
from services.api.report_schemas import ReportOut
from services.api.sync_state import timestamp

_JSON = "json"


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """A report in one form."""

    data: bytes
    media_type: str
    filename: str


async def get_report_head(report_id: str, *, ports: Ports) -> ReportHead:
    """Return what is known of a report.

    Raises:
        NotFound: while it is being made, and when it is no longer kept.
    """
    head = await ports.kept_reports.get(report_id)
    if head is None:
        raise NotFound("there is no such report; one that was just asked for is there in a moment")
    return head


def show_report(head: ReportHead) -> ReportOut:
    """Return a report as the wire has it."""
    return ReportOut(
        report_id=head.id,
        kind=head.kind,
        title=head.title,
        channel=head.channel,
        mirror_id=head.mirror_id,
        requested_by=head.requested_by,
        made_at=timestamp(head.made_at),
        expires_at=timestamp(head.expires_at),
        size_bytes=head.size_bytes,
        formats=_forms_of(head),
        error=head.error,
        state=head.state,
    )


async def download_report(head: ReportHead, form: str, *, ports: Ports) -> ReportFile:
    """Return a report as a file.

    Raises:
        InvalidInput: for a form that it does not have.
        NotFound: when there is nothing to download, or it is no longer kept.
        StoreUnavailable: when the blob store does not answer.
    """
    if head.blob is None:
        raise NotFound(f"this report could not be made: {head.error}")
    if form not in _forms_of(head):
        raise InvalidInput(f"format must be one of {', '.join(_forms_of(head))}", field="format")
    data = await read_all(ports.blobs, head.blob)
    if form != _JSON:
        data = await asyncio.to_thread(_rendered, data, form)
    stem = "-".join((head.kind, *(head.channel or "").split("/"), head.made_at.strftime("%Y-%m-%d"))).replace("--", "-")
    return ReportFile(data=data, media_type=FORMS[form].media_type, filename=f"{stem}{FORMS[form].suffix}")


def _rendered(data: bytes, form: str) -> bytes:
    return FORMS[form].write(decode_report(data))


def _forms_of(head: ReportHead) -> tuple[str, ...]:
    if head.blob is None:
        return ()
    return tuple(FORMS) if head.kind == ReportKind.DEPENDENCIES else (_JSON,)
