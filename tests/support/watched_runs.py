"""Runs in memory that check after every change that the table of states allowed it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from libs.common.adapters.memory.runs import MemoryRuns
from libs.common.domain.run import ACTIVE_STATES, END_STATES, TRANSITIONS, Run, RunId, RunState

_BEGINNINGS = frozenset({RunState.PENDING, RunState.SKIPPED})


class WatchedRuns(MemoryRuns):
    """Implements `ports.records.Runs`; `ended` has every run that came to its end, also if it was forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: dict[RunId, Run] = {}
        self._before: dict[RunId, Run] = {}

    async def add(self, run: Run) -> Run:
        """Store a new run, and check."""
        added = await super().add(run)
        self.check()
        return added

    async def move(
        self,
        run_id: RunId,
        target: RunState,
        *,
        at: datetime,
        changes: Mapping[str, object] | None = None,
        owner: str | None = None,
    ) -> Run | None:
        """Change the state, and check."""
        moved = await super().move(run_id, target, at=at, changes=changes, owner=owner)
        self.check()
        return moved

    async def said(self, run_id: RunId) -> None:
        """Note that a run's end was said, and check."""
        await super().said(run_id)
        self.check()

    async def forget(self, mirror_id: str) -> None:
        """Remove ended runs, and check."""
        await super().forget(mirror_id)
        self.check()

    def check(self) -> None:
        """Compare with the last look.

        Raises:
            AssertionError: saying which rule of the state table was broken.
        """
        now = dict(self._runs)
        for run in now.values():
            before = self._before.get(run.id)
            if before is None:
                assert run.state in _BEGINNINGS, f"{run.id} begins as {run.state}"
            elif before.state is not run.state:
                assert run.state in TRANSITIONS[before.state], f"{run.id}: {before.state} -> {run.state}"
            if before is not None:
                assert run.attempt >= before.attempt, f"{run.id} went back to an earlier attempt"
            if run.state in END_STATES:
                assert run.finished_at is not None, f"{run.id} ended at no time"
                assert run.id not in self.ended or self.ended[run.id].state is run.state
                self.ended[run.id] = run
        for run_id in self._before.keys() - now.keys():
            assert self._before[run_id].state in END_STATES, f"{run_id} was forgotten before it ended"
            assert not self._before[run_id].is_unsaid, f"{run_id} was forgotten before its end was said"
        active = Counter(run.mirror_id for run in now.values() if run.state in ACTIVE_STATES)
        assert all(count == 1 for count in active.values()), f"several active runs of a mirror: {active}"
        self._before = now
