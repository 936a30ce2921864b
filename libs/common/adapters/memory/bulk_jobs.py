"""Bulk jobs in memory."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from libs.common.domain.bulk_job import KEPT_FAILURES, BulkFailure, BulkItem, BulkJob, BulkState


class MemoryBulkJobs:
    """Implements `ports.records.BulkJobs`."""

    def __init__(self) -> None:
        self._jobs: dict[str, BulkJob] = {}
        self._items: dict[str, tuple[BulkItem, ...]] = {}

    async def add(self, job: BulkJob, items: Sequence[BulkItem]) -> bool:
        """Store a new job; False where one of its id is there."""
        if job.id in self._jobs:
            return False
        self._jobs[job.id] = job
        self._items[job.id] = tuple(items)
        return True

    async def get(self, job_id: str) -> BulkJob | None:
        """Return a job."""
        return self._jobs.get(job_id)

    async def items(self, job_id: str) -> Sequence[BulkItem]:
        """Return what a job is to do; see the port."""
        return self._items.get(job_id, ())

    async def claim(self, *, owner: str, at: datetime, unseen_since: datetime) -> BulkJob | None:
        """Become the owner of a job; see the port for which."""
        for job in sorted(self._jobs.values(), key=lambda it: (it.at, it.id)):
            if _is_free(job, owner, unseen_since):
                return self._change(job, state=BulkState.RUNNING, owner=owner, seen_at=at)
        return None

    async def report(
        self, job_id: str, *, owner: str, at: datetime, done: int, failed: int, failures: Sequence[BulkFailure]
    ) -> bool:
        """Store how far a job got; see the port."""
        job = self._owned(job_id, owner)
        if job is None:
            return False
        self._change(job, seen_at=at, done=done, failed=failed, failures=tuple(failures[:KEPT_FAILURES]))
        return True

    async def finish(
        self, job_id: str, *, owner: str, at: datetime, state: BulkState, reason: str | None = None
    ) -> BulkJob | None:
        """End a job; see the port."""
        job = self._owned(job_id, owner)
        return None if job is None else self._change(job, state=state, seen_at=at, finished_at=at, reason=reason)

    def _owned(self, job_id: str, owner: str) -> BulkJob | None:
        job = self._jobs.get(job_id)
        return job if job is not None and job.owner == owner and job.state is BulkState.RUNNING else None

    def _change(self, job: BulkJob, **fields: object) -> BulkJob:
        self._jobs[job.id] = msgspec.structs.replace(job, **fields)
        return self._jobs[job.id]


def _is_free(job: BulkJob, owner: str, unseen_since: datetime) -> bool:
    if job.state is BulkState.WAITING:
        return True
    if job.state is not BulkState.RUNNING:
        return False
    return job.owner == owner or (job.seen_at is not None and job.seen_at < unseen_since)
