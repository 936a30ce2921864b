"""Runs, and the batches of files that they fetch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from libs.common.domain.run import Counts, FileFailure, Run, RunId, RunState, Step


class Runs(Protocol):
    """Runs. Written by the scheduler."""

    async def add(self, run: Run) -> Run:
        """Store a new run and return it as stored.

        The number is given here: one more than the mirror's last. Where the mirror has a
        run in an active state the new one is stored as SKIPPED with its reason and end
        time. Where a run of this id is there already, that one is returned unchanged.
        """

    async def get(self, run_id: RunId) -> Run | None:
        """Return a run."""

    async def move(
        self,
        run_id: RunId,
        target: RunState,
        *,
        at: datetime,
        changes: Mapping[str, object] | None = None,
        owner: str | None = None,
    ) -> Run | None:
        """Change the state if the table allows it from the state that it is in; None where not.

        `started_at` is set on the way to RUNNING where it is empty, `finished_at` and
        `is_unsaid` on the way to an end state. With an `owner` also None where the run is
        not that one's.
        """

    async def claim(self, run_id: RunId, *, owner: str, at: datetime, unseen_since: datetime) -> Run | None:
        """Become the owner of an active run that nobody owns, that `owner` owns, or whose owner was not seen since.

        Adds one to `attempt`, clears step, counts and failures. None where someone else holds it.
        """

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
        """Store where the run is and that its owner lives; False where `owner` lost it or it ended."""

    async def rest(self, run_id: RunId, *, at: datetime, reason: str, until: datetime | None = None) -> Run | None:
        """Note why an active run can't go on now; None where it is none.

        `rests_since` is set where it is empty; `last_exception` and `rests_until` are the newest.
        """

    async def resume(self, run_id: RunId) -> None:
        """Note that an active run goes on after a rest; a no-op where it does not rest."""

    async def active(self) -> Sequence[Run]:
        """Return all runs in an active state."""

    async def unsaid(self) -> Sequence[Run]:
        """Return all ended runs whose end was not said yet."""

    async def said(self, run_id: RunId) -> None:
        """Note that a run's end was said; a second time is a no-op."""

    async def latest(self, mirror_ids: Sequence[str]) -> Mapping[str, Run]:
        """Return the newest run of each mirror that is not SKIPPED."""

    async def list(self, mirror_id: str, *, offset: int = 0, limit: int = 50) -> Sequence[Run]:
        """Return a mirror's runs, newest first."""

    async def forget(self, mirror_id: str) -> None:
        """Remove all ended runs of a mirror whose end was said."""

    async def mirror_ids(self) -> Sequence[str]:
        """Return the ids of all mirrors that have runs, also of those that are gone."""

    async def trim(self, mirror_id: str, *, keep: int, before: datetime, is_dry: bool = False) -> int:
        """Remove ended runs that are not among the newest `keep` and were asked for before a time; return how many.

        The newest run that was not skipped stays in any case, and so does one whose end was not said.
        """


class Batches(Protocol):
    """What became of each batch of an attempt of a run, and how much came in for it. Written by the scheduler."""

    async def settle(
        self,
        run_id: RunId,
        *,
        attempt: int,
        batch: int,
        stored: int,
        failures: Sequence[FileFailure],
        missing: Sequence[str],
        last_ckey: str | None,
    ) -> bool:
        """Record a batch's outcome once; False where it was recorded before. `missing` are ckeys not stored."""

    async def tally(self, run_id: RunId, *, attempt: int) -> tuple[int, int, int, str | None]:
        """Return (batches settled, files stored, files failed, last ckey) of an attempt."""

    async def note_received(self, run_id: RunId, *, fetcher: str, received_bytes: int) -> None:
        """Note what one fetcher received for a run so far; a no-op unless it is more than was noted of it."""

    async def received(self, run_id: RunId) -> int:
        """Add up what all fetchers received for a run, over all attempts."""

    async def losses(
        self, run_id: RunId, *, attempt: int
    ) -> tuple[Sequence[FileFailure], frozenset[str], frozenset[int]]:
        """Return the failures, all ckeys reported missing, and the batches settled of an attempt."""

    async def forget(self, run_id: RunId) -> None:
        """Remove the outcomes of a run that has ended, and what was received for it."""

    async def run_ids(self) -> Sequence[RunId]:
        """Return the runs that have anything here."""
