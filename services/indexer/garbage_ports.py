"""What looking after the stores asks of the outside world."""

from datetime import timedelta

import msgspec

from libs.common.domain.revision import READABLE_FOR
from libs.common.ports.blobs import AgingBlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.kept_reports import KeptReports
from libs.common.ports.records import (
    AdvisoryBooks,
    Attachments,
    Batches,
    CatalogueHeads,
    Channels,
    Extracted,
    MirrorPreviews,
    Mirrors,
    ReadPages,
    Removals,
    RenderedShards,
    Reports,
    Revisions,
    Runs,
    Shards,
    Uploads,
)


class GarbagePorts(msgspec.Struct, frozen=True, kw_only=True):
    """The adapters behind a sweep and a verification."""

    channels: Channels
    mirrors: Mirrors
    heads: CatalogueHeads
    revisions: Revisions
    runs: Runs
    books: AdvisoryBooks
    batches: Batches
    shards: Shards
    rendered: RenderedShards
    read_pages: ReadPages
    extracted: Extracted
    uploads: Uploads
    removals: Removals
    attachments: Attachments
    reports: Reports
    kept_reports: KeptReports
    mirror_previews: MirrorPreviews
    blobs: AgingBlobStore
    bus: Bus
    clock: Clock


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the old is kept: what is younger than `grace`, and what can be gone back to.

    That is each channel's last `revisions`, all that clients read within `revisions_for`, and what
    each mirror's last `decisions` runs with a catalogue were decided on.
    """

    grace: timedelta = timedelta(hours=24)
    revisions: int = 10
    revisions_for: timedelta = READABLE_FOR
    decisions: int = 10
