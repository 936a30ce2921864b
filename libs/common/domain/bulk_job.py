"""Copying, moving and deleting many package files at once: what was asked, and how far it got."""

from datetime import datetime
from enum import StrEnum

import msgspec

from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import MirrorType

KEPT_FAILURES = 1_000
"""So many failures are told one by one; of more the number is known, for a document has an end."""


class BulkAction(StrEnum):
    """What is done to each file."""

    COPY = "copy"
    MOVE = "move"
    DELETE = "delete"


class BulkState(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


OPEN_STATES = frozenset({BulkState.WAITING, BulkState.RUNNING})


class BulkItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file, or all of a package where there is no `ckey`."""

    type: MirrorType
    name: str
    ckey: str | None = None


class BulkFailure(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be done, and why in plain words. `ckey` is the name where a whole package was asked for."""

    ckey: str
    reason: str


class BulkJob(msgspec.Struct, frozen=True, kw_only=True):
    """One job, without its items, which are asked for apart.

    `done` items were gone through in their order, those that failed among them; whoever takes a job up goes on there.
    `failed` is how many failures there were, `failures` the first `KEPT_FAILURES` of them.
    `owner` works at it and was there at `seen_at`; one that was not seen for a while has lost it.
    `reason` tells why a whole job failed. `shown_only` is for who may copy what clients see, and no more.
    """

    id: str
    action: BulkAction
    channel: ChannelKey
    channel_id: str
    target: ChannelKey | None = None
    target_id: str | None = None
    total: int
    at: datetime
    by: str | None = None
    by_address: str | None = None
    shown_only: bool = False
    state: BulkState = BulkState.WAITING
    done: int = 0
    failed: int = 0
    failures: tuple[BulkFailure, ...] = ()
    owner: str | None = None
    seen_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str | None = None
