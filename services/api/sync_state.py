"""Run -> the wire's `sync_state`, and the state that a mirror shows.

A mirror's state is that of its newest run (a skipped request is no run). A mirror that
never ran is `pending`: it waits for its first run, whether that was asked for or is due
by its cron. So a mirror created with `run_now` reads `pending` until the scheduler has
stored the run, `pending` while that is queued, then `running`; nothing is made up. For
a mirror that ran before, `request_run` waits for the new run to be stored.

Where the rules changed after a run, and its catalogue was decided anew, the counts are
those of what the mirror holds now.
"""

from datetime import UTC, datetime
from enum import Enum

import msgspec

from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.mirror import Mirror, MirrorMode, MirrorType
from libs.common.domain.run import STEPS, Run, RunState
from libs.common.domain.run_steps import step_words
from services.api.run_schemas import ChannelFiltered, FailedOut, MirrorFiltered, SyncCount, SyncLogs, SyncState


class Logs(Enum):
    """Whether the files are named, too."""

    NAMED = "named"
    LEFT_OUT = "left_out"


NEVER_RAN = "Wait for the first run"
"""`current_step_description` of a mirror that never ran."""


def state_of(run: Run | None) -> RunState:
    """Return the state that a mirror with this newest run shows."""
    return run.state if run is not None else RunState.PENDING


def as_decided(run: Run | None, *, mirror: Mirror, head: CatalogueHead | None) -> Run | None:
    """Return a mirror's newest run with the counts of its catalogue, where that was decided anew after the run."""
    if run is None or run.finished_at is None or head is None or head.decided_at is None or head.counts is None:
        return run
    if head.decided_at < run.finished_at:
        return run
    held = {"active" if mirror.mode is MirrorMode.ACTIVE else "passive": head.counts.files}
    decided = head.counts
    counts = msgspec.structs.replace(run.counts, excluded=decided.excluded, unread=decided.unread, **held)
    return msgspec.structs.replace(run, counts=counts)


def sync_state_of(run: Run | None, *, type: MirrorType = MirrorType.CONDA, logs: Logs) -> SyncState:
    """Write the newest run of a mirror of some type as clients read it; no key is ever missing."""
    if run is None:
        return SyncState(
            count=SyncCount(),
            last_ckey=None,
            last_exception=None,
            bytes_transfered=0,
            total_steps_count=len(STEPS),
            current_step_number=0,
            current_step_percentage=0,
            current_step_description=NEVER_RAN,
            logs=SyncLogs() if logs is Logs.NAMED else msgspec.UNSET,
        )
    return SyncState(
        count=_count(run),
        last_ckey=run.last_ckey,
        last_exception=run.last_exception,
        bytes_transfered=run.counts.bytes_transferred,
        total_steps_count=len(STEPS),
        current_step_number=STEPS.index(run.step) + 1,
        current_step_percentage=run.step_percent,
        current_step_description=step_words(run.step, type=type),
        logs=_logs(run) if logs is Logs.NAMED else msgspec.UNSET,
    )


def timestamp(moment: datetime) -> str:
    """Write a time as clients read it: microseconds and +00:00, always."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def timestamp_or_none(moment: datetime | None) -> str | None:
    """Write a time that may not have come yet."""
    return timestamp(moment) if moment is not None else None


def _count(run: Run) -> SyncCount:
    counts = run.counts
    return SyncCount(
        active=counts.active,
        failed=counts.failed,
        passive=counts.passive,
        removed=counts.removed,
        active_planned=counts.active_planned,
        unread=counts.unread or msgspec.UNSET,
        mirror_filtered=MirrorFiltered(**_reasons(run, "mirror_filtered", MirrorFiltered)),
        channel_filtered=ChannelFiltered(**_reasons(run, "channel_filtered", ChannelFiltered)),
    )


def _reasons(run: Run, scope: str, kind: type[msgspec.Struct]) -> dict[str, int]:
    """Pick one scope's counts; `excluded` is keyed `scope.reason`, and what is not in it has its default."""
    excluded = run.counts.excluded
    return {reason: count for reason in kind.__struct_fields__ if (count := excluded.get(f"{scope}.{reason}", 0))}


def _logs(run: Run) -> SyncLogs:
    return SyncLogs(
        failed=tuple(FailedOut(ckey=failure.ckey, code=failure.code, reason=failure.reason) for failure in run.failures)
    )
