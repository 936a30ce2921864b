"""What the reporter hears, and the use case behind each message."""

from collections.abc import Sequence

import msgspec

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ArtifactServed
from libs.common.contracts.policy_messages import ReportRequested
from libs.common.domain.errors import InvalidInput
from libs.common.ports.downloads import Downloads
from libs.common.ports.records import Channels, History
from libs.common.runtime.bus import Route
from services.reporter.count_downloads import count_downloads
from services.reporter.make_report import make_report
from services.reporter.record_history import RECORDED, record_history
from services.reporter.report_ports import ReportPorts

_DURABLE = "reporter"
_REPORTS_AT_ONCE = 2


class ReporterHandlers(msgspec.Struct, frozen=True, kw_only=True):
    """Thin methods from messages to use cases."""

    channels: Channels
    history: History
    downloads: Downloads
    report_ports: ReportPorts

    def routes(self) -> Sequence[Route]:
        """List what the reporter hears."""
        return (
            *(Route(message=message, handler=self.on_event, durable=_DURABLE) for message in RECORDED),
            Route(message=ArtifactServed, handler=self.on_artifact_served, durable=_DURABLE),
            Route(message=ReportRequested, handler=self.on_report_requested, durable=_DURABLE, slots=_REPORTS_AT_ONCE),
        )

    async def on_event(self, message: Message, *, event: EventInfo) -> None:
        """Write what happened into the channel's history."""
        await record_history(message, event=event, channels=self.channels, history=self.history)

    async def on_artifact_served(self, message: ArtifactServed, *, event: EventInfo) -> None:
        """Count downloads, and note who got what."""
        await count_downloads(
            message, event_id=event.key, event_time=event.time, history=self.history, downloads=self.downloads
        )

    async def on_report_requested(self, message: ReportRequested, *, event: EventInfo) -> None:  # noqa: ARG002 - the report has an id of its own
        """Make a report."""
        await make_report(message, ports=self.report_ports)

    async def pass_over(self, event: EventInfo, subject: str, data: bytes, error: InvalidInput) -> None:
        """Leave a public message that can't be read to the scheduler, who answers it; that answer is recorded."""
