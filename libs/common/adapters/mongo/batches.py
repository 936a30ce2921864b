"""Outcomes of batches in MongoDB, one document per batch of an attempt, and one per fetcher for what it received."""

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
    async def tally(self, run_id: RunId, *, attempt: int) -> tuple[int, int, int, str | None]:
        """Return (batches settled, files stored, files failed, last ckey) of an attempt."""
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
                        "last": {"$max": last},
                    }
                },
            ]
        )
        async for total in totals:
            ckey = total["last"]["ckey"] if total["last"] else None
            return total["batches"], total["stored"], total["failed"], ckey
        return 0, 0, 0, None

    @asking()
    async def note_received(self, run_id: RunId, *, fetcher: str, received_bytes: int) -> None:
        """Note what one fetcher received for a run so far."""
        await self._batches.update_one(
            {"_id": f"{run_id}/{fetcher}"},
            {"$max": {"received_bytes": received_bytes}, "$setOnInsert": {"run_id": run_id}},
            upsert=True,
        )

    @asking()
    async def received(self, run_id: RunId) -> int:
        """Add up what all fetchers received for a run, over all attempts."""
        noted: Document = {"run_id": run_id, "attempt": None}
        return sum(
            [document["received_bytes"] async for document in self._batches.find(noted, {"received_bytes": True})]
        )

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
        """Remove the outcomes of a run that has ended, and what was received for it."""
        await self._batches.delete_many({"run_id": run_id})

    @asking()
    async def run_ids(self) -> Sequence[RunId]:
        """Return the runs that have anything here."""
        return [RunId(run_id) for run_id in await self._batches.distinct("run_id")]
