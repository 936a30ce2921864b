"""Where a run is: kept in memory by its owner, written at most once a second."""

from collections.abc import Mapping, Sequence

from libs.common.domain.run import STEPS, Counts, FileFailure, Step

_FAILURES_KEPT = 1000


class Progress:
    """The step, percentage and counts of a run that is going; `problems` counts all failures."""

    def __init__(self) -> None:
        self.step = Step.CHECK
        self.percent = 0
        self.counts = Counts()
        self.failures: tuple[FileFailure, ...] = ()
        self.problems = 0
        self.last_ckey: str | None = None

    @property
    def step_number(self) -> int:
        """The step's place, from 1."""
        return STEPS.index(self.step) + 1

    def begin(self, step: Step) -> None:
        """Go on to a step."""
        self.step = step
        self.percent = 0

    def begin_deciding(self, problems: Sequence[FileFailure]) -> None:
        """Go on to the filters, also anew: all failures that are known then are those of the reading."""
        self.failures, self.problems = (), 0
        self.fail(problems)
        self.begin(Step.FILTER)

    def advance(self, done: int, total: int) -> None:
        """Say how much of the step is done."""
        self.percent = 100 if total <= 0 else min(100, done * 100 // total)

    def advance_at_least(self, done: int, total: int) -> None:
        """Say how much of the step is done by a rougher measure, where that is more; it never tells that all is."""
        if total > 0:
            self.percent = max(self.percent, min(99, done * 100 // total))

    def fail(self, failures: Sequence[FileFailure]) -> None:
        """Count files that can't be mirrored, and remember the first of them by name."""
        self.problems += len(failures)
        self.failures = (*self.failures, *failures)[:_FAILURES_KEPT]
        self.count(failed=self.problems)

    def count(
        self,
        *,
        active: int | None = None,
        passive: int | None = None,
        active_planned: int | None = None,
        failed: int | None = None,
        removed: int | None = None,
        unread: int | None = None,
        excluded: Mapping[str, int] | None = None,
        bytes_transferred: int | None = None,
    ) -> None:
        """Set the counts that are given and leave the others."""
        old = self.counts
        self.counts = Counts(
            active=old.active if active is None else active,
            passive=old.passive if passive is None else passive,
            active_planned=old.active_planned if active_planned is None else active_planned,
            failed=old.failed if failed is None else failed,
            removed=old.removed if removed is None else removed,
            unread=old.unread if unread is None else unread,
            excluded=old.excluded if excluded is None else dict(excluded),
            bytes_transferred=old.bytes_transferred if bytes_transferred is None else bytes_transferred,
        )
