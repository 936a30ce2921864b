"""Outcomes of batches in memory."""

from collections.abc import Sequence
from typing import NamedTuple

from libs.common.domain.run import FileFailure, RunId


class _Outcome(NamedTuple):
    stored: int
    fetched_bytes: int
    failures: tuple[FileFailure, ...]
    missing: tuple[str, ...]
    last_ckey: str | None


class MemoryBatches:
    """Implements `ports.records.Batches`."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[RunId, int, int], _Outcome] = {}

    async def settle(
        self,
        run_id: RunId,
        *,
        attempt: int,
        batch: int,
        stored: int,
        fetched_bytes: int,
        failures: Sequence[FileFailure],
        missing: Sequence[str],
        last_ckey: str | None,
    ) -> bool:
        """Record a batch's outcome once; False where it was recorded before."""
        key = (run_id, attempt, batch)
        if key in self._outcomes:
            return False
        self._outcomes[key] = _Outcome(stored, fetched_bytes, tuple(failures), tuple(missing), last_ckey)
        return True

    async def tally(self, run_id: RunId, *, attempt: int) -> tuple[int, int, int, int, str | None]:
        """Return (batches settled, files stored, files failed, bytes fetched, last ckey) of an attempt."""
        outcomes = self._of(run_id, attempt).values()
        ckeys = [outcome.last_ckey for outcome in outcomes if outcome.last_ckey is not None]
        return (
            len(outcomes),
            sum(outcome.stored for outcome in outcomes),
            sum(len(outcome.failures) for outcome in outcomes),
            sum(outcome.fetched_bytes for outcome in outcomes),
            ckeys[-1] if ckeys else None,
        )

    async def losses(
        self, run_id: RunId, *, attempt: int
    ) -> tuple[Sequence[FileFailure], frozenset[str], frozenset[int]]:
        """Return the failures, all ckeys reported missing, and the batches settled of an attempt."""
        outcomes = self._of(run_id, attempt)
        failures = [failure for outcome in outcomes.values() for failure in outcome.failures]
        missing = frozenset(ckey for outcome in outcomes.values() for ckey in outcome.missing)
        return failures, missing, frozenset(outcomes)

    async def forget(self, run_id: RunId) -> None:
        """Remove the outcomes of a run that has ended."""
        self._outcomes = {key: outcome for key, outcome in self._outcomes.items() if key[0] != run_id}

    async def run_ids(self) -> Sequence[RunId]:
        """Return the runs that have outcomes here."""
        return sorted({run_id for run_id, _, _ in self._outcomes})

    def _of(self, run_id: RunId, attempt: int) -> dict[int, _Outcome]:
        """Return the outcomes of an attempt in the order of their batches."""
        return {key[2]: self._outcomes[key] for key in sorted(self._outcomes) if key[:2] == (run_id, attempt)}
