"""Reports that people ask for: kept for a while, listed, downloaded."""

from datetime import datetime
from enum import StrEnum

import msgspec

from libs.common.domain.digest import Sha256


class ReportKind(StrEnum):
    """What a report is of."""

    DEPENDENCIES = "dependencies"
    POLICY_PREVIEW = "policy_preview"


class ReportState(StrEnum):
    """How far a report is: `solving` says already what is quickly known of it."""

    SOLVING = "solving"
    DONE = "done"


class ReportHead(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a report without reading it.

    `blob` is its JSON; None where there is none, and `error` says why. `mirror_id` is set
    where it is of one mirror.
    """

    id: str
    kind: str
    title: str
    channel: str | None = None
    mirror_id: str | None = None
    requested_by: str | None = None
    made_at: datetime
    expires_at: datetime
    size_bytes: int = 0
    blob: Sha256 | None = None
    error: str | None = None
    state: ReportState = ReportState.DONE


class ReportFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports to show; what is None leaves nothing out."""

    kind: str | None = None
    channel: str | None = None
    mirror_id: str | None = None

    def keeps(self, head: ReportHead) -> bool:
        """Tell whether a report is to be shown."""
        return all(
            wanted is None or wanted == found
            for wanted, found in (
                (self.kind, head.kind),
                (self.channel, head.channel),
                (self.mirror_id, head.mirror_id),
            )
        )
