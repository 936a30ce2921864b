"""Jobs that copy, move and delete many files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from libs.common.domain.bulk_job import BulkFailure, BulkItem, BulkJob, BulkState


class BulkJobs(Protocol):
    """Jobs of all channels, each worked at by one api at a time, for as long as that is seen.

    Ended jobs are thrown away after a week. All methods raise StoreUnavailable when the database does not answer.
    """

    async def add(self, job: BulkJob, items: Sequence[BulkItem]) -> bool:
        """Store a new job; False where one of its id is there."""

    async def get(self, job_id: str) -> BulkJob | None:
        """Return a job."""

    async def items(self, job_id: str) -> Sequence[BulkItem]:
        """Return what a job is to do, in its order; nothing where there is no such job."""

    async def claim(self, *, owner: str, at: datetime, unseen_since: datetime) -> BulkJob | None:
        """Become the owner of the oldest job that waits, or whose owner was not seen since; None where there is none.

        Also one's own unfinished job is taken up again.
        """

    async def report(
        self, job_id: str, *, owner: str, at: datetime, done: int, failed: int, failures: Sequence[BulkFailure]
    ) -> bool:
        """Store how far a job got, and that its owner lives; False where it has another owner or is over."""

    async def finish(
        self, job_id: str, *, owner: str, at: datetime, state: BulkState, reason: str | None = None
    ) -> BulkJob | None:
        """End a job as DONE or FAILED; None where it has another owner or is over."""
