"""Outcomes of batches in memory."""

from collections.abc import Sequence
from typing import NamedTuple

from libs.common.domain.run import FileFailure, RunId


class _Outcome(NamedTuple):
    stored: int
    failures: tuple[FileFailure, ...]
    missing: tuple[str, ...]
    last_ckey: str | None


class MemoryBatches:
    """Implements `ports.records.Batches`."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[RunId, int, int], _Outcome] = {}
        self._received: dict[tuple[RunId, str], int] = {}

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
        """Record a batch's outcome once; False where it was recorded before."""
        key = (run_id, attempt, batch)
        if key in self._outcomes:
            return False
        self._outcomes[key] = _Outcome(stored, tuple(failures), tuple(missing), last_ckey)
        return True

    async def tally(self, run_id: RunId, *, attempt: int) -> tuple[int, int, int, str | None]:
        """Return (batches settled, files stored, files failed, last ckey) of an attempt."""
        outcomes = self._of(run_id, attempt).values()
        ckeys = [outcome.last_ckey for outcome in outcomes if outcome.last_ckey is not None]
        return (
            len(outcomes),
            sum(outcome.stored for outcome in outcomes),
            sum(len(outcome.failures) for outcome in outcomes),
            ckeys[-1] if ckeys else None,
        )

    async def note_received(self, run_id: RunId, *, fetcher: str, received_bytes: int) -> None:
        """Note what one fetcher received for a run so far."""
        self._received[run_id, fetcher] = max(received_bytes, self._received.get((run_id, fetcher), 0))

    async def received(self, run_id: RunId) -> int:
        """Add up what all fetchers received for a run, over all attempts."""
        return sum(total for (of, _), total in self._received.items() if of == run_id)

    async def losses(
        self, run_id: RunId, *, attempt: int
    ) -> tuple[Sequence[FileFailure], frozenset[str], frozenset[int]]:
        """Return the failures, all ckeys reported missing, and the batches settled of an attempt."""
        outcomes = self._of(run_id, attempt)
        failures = [failure for outcome in outcomes.values() for failure in outcome.failures]
        missing = frozenset(ckey for outcome in outcomes.values() for ckey in outcome.missing)
        return failures, missing, frozenset(outcomes)

    async def forget(self, run_id: RunId) -> None:
        """Remove the outcomes of a run that has ended, and what was received for it."""
        self._outcomes = {key: outcome for key, outcome in self._outcomes.items() if key[0] != run_id}
        self._received = {key: total for key, total in self._received.items() if key[0] != run_id}

    async def run_ids(self) -> Sequence[RunId]:
        """Return the runs that have anything here."""
        return sorted({key[0] for key in self._outcomes} | {key[0] for key in self._received})

    def _of(self, run_id: RunId, attempt: int) -> dict[int, _Outcome]:
        """Return the outcomes of an attempt in the order of their batches."""
        return {key[2]: self._outcomes[key] for key in sorted(self._outcomes) if key[:2] == (run_id, attempt)}
