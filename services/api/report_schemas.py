"""Objects of reports as they stand on the wire; nothing else uses them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from libs.common.domain.policy import EcosystemWord
from libs.common.domain.report import ReportState
from services.api.schemas import Timestamp

Formats = Literal["json", "csv", "cyclonedx", "spdx"]


class DependencyWishIn(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a dependency report; what is left out is taken as widely as it goes.

    `mirror` and `policy` are ids or names. Without `specs` it is about the packages that the
    policy names, and without a policy those that the rules in force name. `ecosystem` chooses
    among the types of a channel's mirrors; it must be there, or `mirror`, where the channel has
    several. `platforms` are conda subdirs, machines of Python as `linux_x86_64`, contrib folders
    of R; `pythons` as `3.12`.
    """

    channel: Annotated[str, Meta(examples=["main"])]
    mirror: str | None = None
    specs: Annotated[tuple[str, ...], Meta(max_length=1000, examples=[["numpy >=2", "scipy"]])] = ()
    policy: str | None = None
    platforms: Annotated[tuple[str, ...], Meta(max_length=50, examples=[["linux-64"]])] = ()
    pythons: Annotated[tuple[str, ...], Meta(max_length=20, examples=[["3.12"]])] = ()
    ecosystem: EcosystemWord | None = None


class ReportPromised(msgspec.Struct, frozen=True, kw_only=True):
    """Where the report will be; `url` answers 404 until then."""

    report_id: str
    url: str


class ReportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a report; `error` says why there is nothing to download.

    One whose `state` is solving is not whole yet.
    """

    report_id: str
    kind: str
    title: str
    channel: str | None
    mirror_id: str | None
    requested_by: str | None
    made_at: Timestamp
    expires_at: Timestamp
    size_bytes: int
    formats: tuple[str, ...]
    error: str | None
    state: ReportState


class ReportList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of reports, newest first."""

    total_count: int
    items: tuple[ReportOut, ...]


class DownloadsWish(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a report of downloads, for at most a year; empty lists leave nothing out.

    A day counts as a whole, the last one too.
    """

    from_date: Annotated[str, Meta(examples=["2026-01-01"])]
    to_date: Annotated[str, Meta(examples=["2026-12-31"])]
    download_as: str = "json"
    user_names: tuple[str, ...] | None = None
    channel_names: tuple[str, ...] | None = None


class DownloadedItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one user got of one file within a few seconds; a `user_name` of null had no token.

    CVEs are those known today.
    """

    channel_name: str
    ckey: str
    name: str | None
    version: str | None
    user_name: str | None
    downloaded_at: Timestamp
    count: int
    cves: tuple[str, ...]
    cve_score: float
    cve_status: str | None


class DownloadedItems(msgspec.Struct, frozen=True, kw_only=True):
    """A report of downloads, oldest first."""

    downloaded_items: tuple[DownloadedItem, ...]
