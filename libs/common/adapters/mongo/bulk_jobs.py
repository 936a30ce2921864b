"""Bulk jobs in MongoDB, which throws ended ones away after a week.

The items stand in the job's document as one compressed text: 60,000 of them take a few hundred kilobytes.
"""

import sys
from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import BULK_JOBS
from libs.common.domain.bulk_job import KEPT_FAILURES, BulkFailure, BulkItem, BulkJob, BulkState

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CODEC = Codec(BulkJob)
_WITHOUT_ITEMS = {"items": False}


class MongoBulkJobs:
    """Implements `ports.records.BulkJobs`."""

    def __init__(self, database: Database) -> None:
        self._jobs = database[BULK_JOBS]

    @asking()
    async def add(self, job: BulkJob, items: Sequence[BulkItem]) -> bool:
        """Store a new job; False where one of its id is there."""
        document = {**_CODEC.encode(job), "items": zstd.compress(msgspec.json.encode(items))}
        try:
            await self._jobs.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def get(self, job_id: str) -> BulkJob | None:
        """Return a job."""
        return _found(await self._jobs.find_one({"_id": job_id}, _WITHOUT_ITEMS))

    @asking()
    async def items(self, job_id: str) -> Sequence[BulkItem]:
        """Return what a job is to do; see the port."""
        document = await self._jobs.find_one({"_id": job_id}, {"items": True})
        if document is None:
            return ()
        return msgspec.json.decode(zstd.decompress(document["items"]), type=tuple[BulkItem, ...])

    @asking()
    async def claim(self, *, owner: str, at: datetime, unseen_since: datetime) -> BulkJob | None:
        """Become the owner of a job; see the port for which."""
        running: Document = {
            "state": BulkState.RUNNING.value,
            "$or": [{"owner": owner}, {"seen_at": {"$lt": unseen_since}}],
        }
        return _found(
            await self._jobs.find_one_and_update(
                {"$or": [{"state": BulkState.WAITING.value}, running]},
                {"$set": _CODEC.changes({"state": BulkState.RUNNING, "owner": owner, "seen_at": at})},
                projection=_WITHOUT_ITEMS,
                sort=[("at", 1), ("_id", 1)],
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
    async def report(
        self, job_id: str, *, owner: str, at: datetime, done: int, failed: int, failures: Sequence[BulkFailure]
    ) -> bool:
        """Store how far a job got; see the port."""
        fields = {"seen_at": at, "done": done, "failed": failed, "failures": tuple(failures[:KEPT_FAILURES])}
        outcome = await self._jobs.update_one(_owned(job_id, owner), {"$set": _CODEC.changes(fields)})
        return outcome.matched_count == 1

    @asking()
    async def finish(
        self, job_id: str, *, owner: str, at: datetime, state: BulkState, reason: str | None = None
    ) -> BulkJob | None:
        """End a job; see the port."""
        fields = {"state": state, "seen_at": at, "finished_at": at, "reason": reason}
        return _found(
            await self._jobs.find_one_and_update(
                _owned(job_id, owner),
                {"$set": _CODEC.changes(fields)},
                projection=_WITHOUT_ITEMS,
                return_document=ReturnDocument.AFTER,
            )
        )


def _owned(job_id: str, owner: str) -> Document:
    return {"_id": job_id, "owner": owner, "state": BulkState.RUNNING.value}


def _found(document: Document | None) -> BulkJob | None:
    return None if document is None else _CODEC.decode(document)
