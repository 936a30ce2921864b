"""What making reports asks of the outside world."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from libs.common.ports.blobs import BlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.kept_reports import KeptReports
from libs.common.ports.records import (
    AdvisoryBooks,
    CatalogueHeads,
    Channels,
    Extracted,
    Mirrors,
    Policies,
    ReadPages,
    Removals,
    Revisions,
    Runs,
    Shards,
)


class ReportPorts(msgspec.Struct, frozen=True, kw_only=True):
    """The adapters behind every kind of report; `kept_for` is how long a report can be downloaded."""

    channels: Channels
    mirrors: Mirrors
    policies: Policies
    runs: Runs
    heads: CatalogueHeads
    revisions: Revisions
    shards: Shards
    read_pages: ReadPages
    extracted: Extracted
    removals: Removals
    books: AdvisoryBooks
    kept_reports: KeptReports
    blobs: BlobStore
    bus: Bus
    clock: Clock
    kept_for: timedelta = timedelta(days=90)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was made: its JSON, and what a list shows of it.

    Where this is only what is quickly known, `solve` makes the whole.
    """

    title: str
    data: bytes
    channel: str | None = None
    mirror_id: str | None = None
    solve: "Callable[[], Awaitable[Made]] | None" = None
