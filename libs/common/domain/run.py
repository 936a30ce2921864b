"""Runs: one execution of a mirror, its states, steps and counts.

Rules of this file:
1. Everything that affects a run's state lives here, as the table `TRANSITIONS`.
2. A transition is one conditional update: it names the states it may leave.
3. An overlapping request never waits and never replaces; it becomes a run that is
   `skipped`, with its reason.
4. A run that is taken up again after a crash starts a new attempt from its first step;
   nothing is fetched twice, because blobs are named by their content.
5. A run that can't go on for a reason outside (a full disk, a store or a source that is away)
   rests in its active state: `rests_since` says since when, `last_exception` why, and
   `rests_until` when it is tried again, unless others try for it all the time.
6. An end is stored first and said after: what is said is what is stored. `is_unsaid` is part
   of the write that ends a run, and goes once mirror.finished was said.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

from libs.common.domain.channel import ChannelKey

RunId = NewType("RunId", str)


class RunState(StrEnum):
    """Where a run is."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"
    SKIPPED = "skipped"


TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    RunState.PENDING: frozenset({RunState.RUNNING, RunState.STOPPING, RunState.FAILED}),
    RunState.RUNNING: frozenset({RunState.COMPLETED, RunState.FAILED, RunState.STOPPING}),
    RunState.STOPPING: frozenset({RunState.STOPPED, RunState.FAILED}),
    RunState.COMPLETED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.STOPPED: frozenset(),
    RunState.SKIPPED: frozenset(),
}

ACTIVE_STATES = frozenset({RunState.PENDING, RunState.RUNNING, RunState.STOPPING})
"""At most one run of a mirror is in one of these."""

END_STATES = frozenset(RunState) - ACTIVE_STATES


def sources_of(target: RunState) -> frozenset[RunState]:
    """Return the states from which `target` may be reached."""
    return frozenset(state for state, targets in TRANSITIONS.items() if target in targets)


class Trigger(StrEnum):
    """Who asked for a run."""

    USER = "user"
    CRON = "cron"
    EVENT = "event"


class Step(StrEnum):
    """The eight steps of a run, as `sync_state` names them, in order."""

    CHECK = "Check remote index"
    READ = "Read remote packages"
    FILTER = "Filter remote packages"
    COMPARE = "Compare with mirrored packages"
    PLAN = "Plan downloads"
    DOWNLOAD = "Download packages"
    SAVE = "Save catalogue"
    FINISH = "Hand over to the index"


STEPS = tuple(Step)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many files, by what became of them; `excluded` is keyed `scope.reason`.

    `unread` counts names whose files nobody knows, since they are read when a client first asks.
    """

    active: int = 0
    passive: int = 0
    active_planned: int = 0
    failed: int = 0
    removed: int = 0
    unread: int = 0
    excluded: dict[str, int] = {}
    bytes_transferred: int = 0


class FileFailure(msgspec.Struct, frozen=True, kw_only=True):
    """One file that could not be mirrored, and why, in words for a person."""

    ckey: str
    code: str
    reason: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of a mirror.

    `mirror_name` and `channel_id` are as they were when it was asked for: its end can be
    told even when mirror and channel are gone. `request_id` and `request_source` name the
    event that asked for it. `is_discarded` is set where its mirror goes with all that it
    brought: the run saves nothing any more.
    """

    id: RunId
    mirror_id: str
    mirror_name: str = ""
    channel: ChannelKey
    channel_id: str = ""
    number: int
    state: RunState
    trigger: Trigger = Trigger.USER
    request_id: str | None = None
    request_source: str | None = None
    reason: str | None = None
    attempt: int = 0
    owner: str | None = None
    step: Step = Step.CHECK
    step_percent: int = 0
    counts: Counts = Counts()
    failures: tuple[FileFailure, ...] = ()
    last_ckey: str | None = None
    last_exception: str | None = None
    rests_since: datetime | None = None
    rests_until: datetime | None = None
    requested_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seen_at: datetime | None = None
    catalogue: str | None = None
    is_unsaid: bool = False
    is_discarded: bool = False
    manifest: str | None = None
    evaluation: str | None = None


def as_skipped(run: Run) -> Run:
    """Return a new run as one that never starts, since the mirror's earlier run goes on."""
    return msgspec.structs.replace(
        run,
        state=RunState.SKIPPED,
        reason="an earlier run of this mirror has not ended",
        finished_at=run.requested_at,
        is_unsaid=True,
    )
