"""Outcomes of batches in MongoDB, one document per batch of an attempt."""

from collections.abc import Sequence

import msgspec
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.indexes import BATCHES
from libs.common.domain.run import FileFailure, RunId


class MongoBatches:
    """Implements `ports.records.Batches`."""

    def __init__(self, database: Database) -> None:
        self._batches = database[BATCHES]

    @asking()
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
        document: Document = {
            "_id": f"{run_id}/{attempt}/{batch}",
            "run_id": run_id,
            "attempt": attempt,
            "batch": batch,
            "stored": stored,
            "failed": len(failures),
            "fetched_bytes": fetched_bytes,
            "failures": msgspec.to_builtins(tuple(failures)),
            "missing": list(missing),
            "last_ckey": last_ckey,
        }
        try:
            await self._batches.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def tally(self, run_id: RunId, *, attempt: int) -> tuple[int, int, int, int, str | None]:
        """Return (batches settled, files stored, files failed, bytes fetched, last ckey) of an attempt."""
        # $max passes over null, and compares by the first field.
        last = {"$cond": [{"$eq": ["$last_ckey", None]}, None, {"batch": "$batch", "ckey": "$last_ckey"}]}
        totals = self._batches.aggregate(
            [
                {"$match": {"run_id": run_id, "attempt": attempt}},
                {
                    "$group": {
                        "_id": None,
                        "batches": {"$sum": 1},
                        "stored": {"$sum": "$stored"},
                        "failed": {"$sum": "$failed"},
                        "fetched_bytes": {"$sum": "$fetched_bytes"},
                        "last": {"$max": last},
                    }
                },
            ]
        )
        async for total in totals:
            ckey = total["last"]["ckey"] if total["last"] else None
            return total["batches"], total["stored"], total["failed"], int(total["fetched_bytes"]), ckey
        return 0, 0, 0, 0, None

    @asking()
    async def losses(
        self, run_id: RunId, *, attempt: int
    ) -> tuple[Sequence[FileFailure], frozenset[str], frozenset[int]]:
        """Return the failures, all ckeys reported missing, and the batches settled of an attempt."""
        failures: list[FileFailure] = []
        missing: set[str] = set()
        settled: set[int] = set()
        wanted = {"batch": True, "failures": True, "missing": True}
        async for document in self._batches.find({"run_id": run_id, "attempt": attempt}, wanted).sort("batch"):
            failures.extend(msgspec.convert(document["failures"], tuple[FileFailure, ...]))
            missing.update(document["missing"])
            settled.add(document["batch"])
        return failures, frozenset(missing), frozenset(settled)

    @asking()
    async def forget(self, run_id: RunId) -> None:
        """Remove the outcomes of a run that has ended."""
        await self._batches.delete_many({"run_id": run_id})

    @asking()
    async def run_ids(self) -> Sequence[RunId]:
        """Return the runs that have outcomes here."""
        return [RunId(run_id) for run_id in await self._batches.distinct("run_id")]
