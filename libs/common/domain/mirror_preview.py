"""What a mirror would bring, before it is saved: who asked, how far it is, what came of it.

Rules of this file:
1. A preview changes nothing but itself: not its channel, its mirror, or their runs.
2. It is over once: what came of it, or why nothing did, is never replaced.
3. As long as it is kept, so is what it was decided on: its files can be looked at in pages.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from libs.common.domain.catalogue import HeadCounts
from libs.common.domain.digest import Sha256
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import FileFailure, Step

KEPT_FOR = timedelta(hours=24)
"""From when it was asked for."""

MOST_NAMES = 1_000
"""So many packages are named; of more the number is known."""

MOST_FAILURES = 100
MOST_RULES = 500


class PreviewState(StrEnum):
    """How far a preview is; READING and DECIDING are the work of whoever owns it."""

    WAITING = "waiting"
    READING = "reading"
    DECIDING = "deciding"
    DONE = "done"
    FAILED = "failed"


OPEN_STATES = frozenset({PreviewState.WAITING, PreviewState.READING, PreviewState.DECIDING})

STOPPED = "stopped"
"""The code of the problem of a preview that nobody waits for any more."""


class PreviewProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no preview, in words for a person."""

    code: str
    detail: str


class RuleOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that the mirror would be under, in words, and how many of the source's files it leaves out."""

    rule: str
    policy: str | None
    reason: str
    text: str
    excluded: int = 0


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """How many packages, and the names of the first of them."""

    count: int = 0
    names: tuple[str, ...] = ()


class PreviewChange(msgspec.Struct, frozen=True, kw_only=True):
    """How what it would list differs from what the mirror lists now."""

    gained: int = 0
    gained_bytes: int = 0
    lost: int = 0
    lost_bytes: int = 0
    replaced: int = 0
    packages_gained: Names = Names()
    packages_lost: Names = Names()


class PreviewResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the mirror would bring: the blobs that say it file by file, and what is known of them together.

    `failed` counts records of the source that can't be used, `failures` are the first of them.
    `change` is None for a mirror that has nothing yet.
    """

    manifest: Sha256
    evaluation: Sha256
    catalogue: Sha256
    counts: HeadCounts
    packages: Names
    rules: tuple[RuleOutcome, ...] = ()
    failed: int = 0
    failures: tuple[FileFailure, ...] = ()
    change: PreviewChange | None = None


class MirrorPreview(msgspec.Struct, frozen=True, kw_only=True):
    """One preview. `mirror` is as it would be saved; of one that is not there yet its id is the preview's.

    `owner` is who reads for it. `counts` are as far as they are known while it is decided.
    """

    id: str
    mirror: Mirror
    is_new: bool
    requested_by: str | None = None
    requested_at: datetime
    expires_at: datetime
    state: PreviewState = PreviewState.WAITING
    owner: str | None = None
    step: Step = Step.CHECK
    percent: int = 0
    finished_at: datetime | None = None
    result: PreviewResult | None = None
    problem: PreviewProblem | None = None


def some_names(names: Collection[str]) -> Names:
    """Return how many names there are, and the first of them."""
    return Names(count=len(names), names=tuple(sorted(names)[:MOST_NAMES]))
