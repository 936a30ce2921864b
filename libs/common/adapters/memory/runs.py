"""Runs in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from libs.common.domain.run import (
    ACTIVE_STATES,
    END_STATES,
    TRANSITIONS,
    Counts,
    FileFailure,
    Run,
    RunId,
    RunState,
    Step,
    as_skipped,
)


class MemoryRuns:
    """Implements `ports.records.Runs`."""

    def __init__(self) -> None:
        self._runs: dict[RunId, Run] = {}

    async def add(self, run: Run) -> Run:
        """Store a new run under the mirror's next number, as SKIPPED where another is active."""
        if run.id in self._runs:
            return self._runs[run.id]
        siblings = self._of(run.mirror_id)
        run = msgspec.structs.replace(run, number=max((it.number for it in siblings), default=0) + 1)
        if run.state in ACTIVE_STATES and any(it.state in ACTIVE_STATES for it in siblings):
            run = as_skipped(run)
        self._runs[run.id] = run
        return run

    async def get(self, run_id: RunId) -> Run | None:
        """Return a run."""
        return self._runs.get(run_id)

    async def move(
        self,
        run_id: RunId,
        target: RunState,
        *,
        at: datetime,
        changes: Mapping[str, object] | None = None,
        owner: str | None = None,
    ) -> Run | None:
        """Change the state if the table allows it from the state that it is in; None where not."""
        run = self._runs.get(run_id)
        if run is None or target not in TRANSITIONS[run.state] or owner not in (None, run.owner):
            return None
        started_at = run.started_at or at if target is RunState.RUNNING else run.started_at
        finished_at = at if target in END_STATES else run.finished_at
        known = {"started_at": started_at, "finished_at": finished_at, "is_unsaid": target in END_STATES}
        return self._set(run_id, **{**(changes or {}), **known, "state": target})

    async def claim(self, run_id: RunId, *, owner: str, at: datetime, unseen_since: datetime) -> Run | None:
        """Become the owner of an active run that is free, or whose owner was not seen since."""
        run = self._runs.get(run_id)
        if run is None or run.state not in ACTIVE_STATES:
            return None
        if run.owner not in (None, owner) and run.seen_at is not None and run.seen_at >= unseen_since:
            return None
        return self._set(
            run_id,
            owner=owner,
            seen_at=at,
            attempt=run.attempt + 1,
            step=Step.CHECK,
            step_percent=0,
            counts=Counts(),
            failures=(),
            last_ckey=None,
        )

    async def report(
        self,
        run_id: RunId,
        *,
        owner: str,
        at: datetime,
        step: Step,
        percent: int,
        counts: Counts,
        failures: Sequence[FileFailure] | None = None,
        last_ckey: str | None = None,
    ) -> bool:
        """Store where the run is and that its owner lives; what is None stays as it was."""
        run = self._runs.get(run_id)
        if run is None or run.owner != owner or run.state not in ACTIVE_STATES:
            return False
        self._set(
            run_id,
            seen_at=at,
            step=step,
            step_percent=percent,
            counts=counts,
            failures=run.failures if failures is None else tuple(failures),
            last_ckey=run.last_ckey if last_ckey is None else last_ckey,
        )
        return True

    async def rest(self, run_id: RunId, *, at: datetime, reason: str, until: datetime | None = None) -> Run | None:
        """Note why an active run can't go on now; None where it is none."""
        run = self._runs.get(run_id)
        if run is None or run.state not in ACTIVE_STATES:
            return None
        return self._set(run_id, rests_since=run.rests_since or at, rests_until=until, last_exception=reason)

    async def resume(self, run_id: RunId) -> None:
        """Note that an active run goes on after a rest."""
        run = self._runs.get(run_id)
        if run is not None and run.state in ACTIVE_STATES and run.rests_since is not None:
            self._set(run_id, rests_since=None, rests_until=None, last_exception=None)

    async def active(self) -> Sequence[Run]:
        """Return all runs in an active state."""
        return [run for run in self._runs.values() if run.state in ACTIVE_STATES]

    async def unsaid(self) -> Sequence[Run]:
        """Return all ended runs whose end was not said yet."""
        return [run for run in self._runs.values() if run.is_unsaid]

    async def said(self, run_id: RunId) -> None:
        """Note that a run's end was said."""
        if run_id in self._runs:
            self._set(run_id, is_unsaid=False)

    async def latest(self, mirror_ids: Sequence[str]) -> Mapping[str, Run]:
        """Return the newest run of each mirror that is not SKIPPED."""
        told = [run for run in self._runs.values() if run.mirror_id in mirror_ids]
        in_order = sorted((run for run in told if run.state is not RunState.SKIPPED), key=lambda it: it.number)
        return {run.mirror_id: run for run in in_order}

    async def list(self, mirror_id: str, *, offset: int = 0, limit: int = 50) -> Sequence[Run]:
        """Return a mirror's runs, newest first."""
        newest_first = sorted(self._of(mirror_id), key=lambda it: it.number, reverse=True)
        return newest_first[offset : offset + max(limit, 0)]

    async def forget(self, mirror_id: str) -> None:
        """Remove all ended runs of a mirror whose end was said."""
        for run in self._of(mirror_id):
            if run.state in END_STATES and not run.is_unsaid:
                del self._runs[run.id]

    async def mirror_ids(self) -> Sequence[str]:
        """Return the ids of all mirrors that have runs."""
        return sorted({run.mirror_id for run in self._runs.values()})

    async def trim(self, mirror_id: str, *, keep: int, before: datetime, is_dry: bool = False) -> int:
        """Remove old ended runs but for the newest `keep`; return how many."""
        latest = (await self.latest([mirror_id])).get(mirror_id)
        old = [
            run
            for run in (await self.list(mirror_id, limit=len(self._runs)))[keep:]
            if run.state in END_STATES and not run.is_unsaid and run.requested_at < before and run != latest
        ]
        for run in old if not is_dry else ():
            del self._runs[run.id]
        return len(old)

    def _of(self, mirror_id: str) -> Sequence[Run]:
        return [run for run in self._runs.values() if run.mirror_id == mirror_id]

    def _set(self, run_id: RunId, **changes: Any) -> Run:
        self._runs[run_id] = msgspec.structs.replace(self._runs[run_id], **changes)
        return self._runs[run_id]
