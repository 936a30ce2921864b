"""What of the old is kept, and what a sweep tells of the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.domain.revision import READABLE_FOR, Revision

RUNS_KEPT = 100
"""So many ended runs of a mirror are kept, however old they are."""

RUNS_KEPT_FOR = timedelta(days=31)
"""Younger runs are all kept: the event that asked for one may be heard again, and must find it."""


DAILY = "daily-sweep"
"""The report of the last sweep that nobody asked for."""


class Kind(StrEnum):
    """What a sweep looks at."""

    BLOBS = "blobs"
    SHARDS = "shards"
    RENDERED_SHARDS = "rendered_shards"
    REVISIONS = "revisions"
    CATALOGUES = "catalogues"
    RUNS = "runs"
    BATCHES = "batches"
    EXTRACTED = "extracted"


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one kind; the size is 0 for what is but a small document."""

    count: int = 0
    size_bytes: int = 0


class GarbageReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep removed, or would remove; `blobs` names the first of them.

    Only what is older than `older_than` was looked at. `refused` says why nothing was
    removed: what is named can't be known while a thing that names others is missing.
    `next_at` is when the next one comes by itself, in the report of one that did.
    """

    id: str
    is_dry_run: bool
    started_at: datetime
    finished_at: datetime
    older_than: datetime
    found: Mapping[Kind, Amount] = {}
    blobs: tuple[Sha256, ...] = ()
    refused: str | None = None
    next_at: datetime | None = None


def outdated(
    revisions: Sequence[Revision],
    *,
    published_id: str | None,
    keep: int,
    keep_for: timedelta = READABLE_FOR,
    now: datetime,
    cutoff: datetime,
) -> tuple[Revision, ...]:
    """Return those of a channel's revisions, newest first, that nobody reads and nobody can roll back to.

    Kept are the published one, the newest `keep`, those that were current within `keep_for`
    or `READABLE_FOR`, and those made since `cutoff`, which may be about to be published.
    """
    kept_since = now - max(keep_for, READABLE_FOR)
    return tuple(
        revision
        for place, revision in enumerate(revisions)
        if place >= keep
        and revision.id != published_id
        and revision.created_at < cutoff
        and (revision.superseded_at is None or revision.superseded_at < kept_since)
    )
