"""The REST API's objects of reports, as far as the client reads them."""

import msgspec


class DependencyWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a dependency report is to be about."""

    channel: str
    mirror: str | None = None
    specs: tuple[str, ...] = ()
    policy: str | None = None
    platforms: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    ecosystem: str | None = None


class DownloadsWish(msgspec.Struct, frozen=True, kw_only=True):
    """Whose downloads are wanted, and of when."""

    from_date: str
    to_date: str
    download_as: str
    user_names: tuple[str, ...]
    channel_names: tuple[str, ...]


class ReportPromised(msgspec.Struct, frozen=True, kw_only=True):
    """Under which id the report will be."""

    report_id: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a report."""

    report_id: str
    kind: str
    title: str
    channel: str | None
    requested_by: str | None
    made_at: str
    expires_at: str
    size_bytes: int
    formats: tuple[str, ...]
    error: str | None
    state: str = "done"


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of reports."""

    items: tuple[Report, ...]
