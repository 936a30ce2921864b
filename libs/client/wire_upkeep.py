"""The REST API's objects of sweeping and verifying, as far as the client reads them."""

import msgspec


class SweepWish(msgspec.Struct, frozen=True, kw_only=True):
    """What to sweep; without a grace period the server's counts."""

    dry_run: bool
    grace_s: float | None = None


class VerifyWish(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify; without a channel all of them."""

    channel: str | None
    deep: bool
    repair: bool


class ReportAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Under which id the report will be."""

    report_id: str


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one kind."""

    count: int = 0
    size_bytes: int = 0


class GarbageReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep removed, or would remove; `refused` says why it removed nothing."""

    is_dry_run: bool
    older_than: str
    found: dict[str, Amount] = {}
    blobs: tuple[str, ...] = ()
    refused: str | None = None


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is missing or damaged, and what was done about it."""

    channel: str
    part: str
    problem: str
    digest: str
    affects: str
    remedy: str | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared, and the first of the faults that were found."""

    checked: dict[str, int] = {}
    fault_count: int = 0
    faults: tuple[Fault, ...] = ()
