"""Objects of sweeping and verifying as they stand on the wire; nothing else uses them."""

import msgspec


class SweepWish(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a sweep; without a grace period the one that is set counts."""

    dry_run: bool = True
    grace_s: float | None = None


class VerifyWish(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a verification; without a channel of all channels."""

    channel: str | None = None
    deep: bool = False
    repair: bool = False


class ReportAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Where the report will be: `/api/system/reports/<report_id>`."""

    report_id: str


class CleanupOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep removed."""

    blob_count: int
    space_reclaimed: int
