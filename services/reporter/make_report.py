"""report.requested -> the report as a blob, its head, report.ready.

A report that is done already is only said again. Broken off at any line it is made anew: what
was stored and has no head goes with the next sweep. Of one that has to be solved the rest is kept
at once, as `solving`; it is ready when the whole is in its place.
"""

from collections.abc import Awaitable, Mapping
from typing import Protocol

import msgspec
import structlog

from libs.common.contracts.policy_messages import ReportReady, ReportRequested
from libs.common.domain.errors import Permanent
from libs.common.domain.report import ReportHead, ReportKind, ReportState
from libs.common.ports.blobs import put_bytes
from services.reporter.make_dependency_report import make_dependency_report
from services.reporter.preview_policy import preview_policy
from services.reporter.report_ports import Made, ReportPorts

_LOG = structlog.get_logger()


class Maker(Protocol):
    """Makes one kind of report from its wish, which is JSON; what can't be made is told by a Permanent error."""

    def __call__(self, report_id: str, wish: bytes, *, ports: ReportPorts) -> Awaitable[Made]:
        """Make the report."""


MAKERS: Mapping[str, Maker] = {
    ReportKind.DEPENDENCIES: make_dependency_report,
    ReportKind.POLICY_PREVIEW: preview_policy,
}
"""Kind of report -> who makes it."""


async def make_report(message: ReportRequested, *, ports: ReportPorts) -> None:
    """Make a report and keep it; one that can't be made is kept as its reason.

    Raises:
        StoreUnavailable: when a store does not answer; the report is made later.
    """
    head = await ports.kept_reports.get(message.report_id)
    if head is None or head.state is not ReportState.DONE:
        head = await _make(message, ports=ports)
        await ports.kept_reports.put(head)
        _LOG.info("report_made", report_id=head.id, kind=head.kind, size_bytes=head.size_bytes, error=head.error)
    ready = ReportReady(report_id=head.id, kind=head.kind, channel=head.channel, error=head.error)
    await ports.bus.say(ready, event_id=f"ready-{head.id}")


async def _make(message: ReportRequested, *, ports: ReportPorts) -> ReportHead:
    now = ports.clock.now()
    head = ReportHead(
        id=message.report_id,
        kind=message.kind,
        title=message.kind.replace("_", " "),
        channel=message.channel,
        requested_by=message.requested_by,
        made_at=now,
        expires_at=now + ports.kept_for,
    )
    make = MAKERS.get(message.kind)
    if make is None:
        return msgspec.structs.replace(head, error=f"this server makes no reports of the kind {message.kind}")
    try:
        made = await make(message.report_id, message.wish.encode(), ports=ports)
        if made.solve is not None:
            known = msgspec.structs.replace(await _store(made, head, ports=ports), state=ReportState.SOLVING)
            await ports.kept_reports.put(known)
            _LOG.info("report_solving", report_id=head.id, kind=head.kind, size_bytes=known.size_bytes)
            made = await made.solve()
    except Permanent as exc:
        return msgspec.structs.replace(head, error=exc.message)
    except msgspec.MsgspecError as exc:
        return msgspec.structs.replace(head, error=f"the request can't be read: {exc}")
    return await _store(made, head, ports=ports)


async def _store(made: Made, head: ReportHead, *, ports: ReportPorts) -> ReportHead:
    blob = await put_bytes(ports.blobs, made.data)
    return msgspec.structs.replace(
        head,
        title=made.title,
        channel=made.channel or head.channel,
        mirror_id=made.mirror_id,
        size_bytes=blob.size_bytes,
        blob=blob.sha256,
    )
