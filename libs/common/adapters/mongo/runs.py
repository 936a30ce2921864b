"""Runs in MongoDB.

Two unique indexes hold the rules that no reading-before-writing could: a mirror's runs
have different numbers, and at most one of them `is_active`. Who loses the race for
either sees it in the error and tries the next best thing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import ONE_ACTIVE_RUN, RUNS
from libs.common.domain.run import (
    ACTIVE_STATES,
    END_STATES,
    Counts,
    FileFailure,
    Run,
    RunId,
    RunState,
    Step,
    as_skipped,
    sources_of,
)

_CODEC = Codec(Run, packed={"counts": dict[str, object]})
_NOT_SKIPPED = [state.value for state in RunState if state is not RunState.SKIPPED]


class MongoRuns:
    """Implements `ports.records.Runs`."""

    def __init__(self, database: Database) -> None:
        self._runs = database[RUNS]

    @asking()
    async def add(self, run: Run) -> Run:
        """Store a new run under the mirror's next number, as SKIPPED where another is active."""
        while True:
            stored = await self.get(run.id)
            if stored is not None:
                return stored
            last = await self._runs.find_one({"mirror_id": run.mirror_id}, {"number": 1}, sort=[("number", -1)])
            run = msgspec.structs.replace(run, number=last["number"] + 1 if last else 1)
            try:
                await self._runs.insert_one({**_CODEC.encode(run), "is_active": run.state in ACTIVE_STATES})
            except DuplicateKeyError as exc:
                if ONE_ACTIVE_RUN in str(exc):
                    run = as_skipped(run)
            else:
                return run

    @asking()
    async def get(self, run_id: RunId) -> Run | None:
        """Return a run."""
        return _found(await self._runs.find_one({"_id": run_id}))

    @asking()
    async def move(
        self,
        run_id: RunId,
        target: RunState,
        *,
        at: datetime,
        changes: Mapping[str, object] | None = None,
        owner: str | None = None,
    ) -> Run | None:
        """Change the state if the table allows it from the state that it is in; None where not."""
        fields = _CODEC.changes(changes or {}) | {"state": target.value, "is_active": target in ACTIVE_STATES}
        if target in END_STATES:
            fields |= {"finished_at": at, "is_unsaid": True}
        # A pipeline can look at the document; what it sets must then be marked as literal.
        update: Document = {name: {"$literal": value} for name, value in fields.items()}
        if target is RunState.RUNNING:
            update["started_at"] = {"$ifNull": ["$started_at", at]}
        wanted: Document = {"_id": run_id, "state": {"$in": [source.value for source in sources_of(target)]}}
        if owner is not None:
            wanted["owner"] = owner
        return _found(
            await self._runs.find_one_and_update(
                wanted,
                [{"$set": update}],
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
    async def claim(self, run_id: RunId, *, owner: str, at: datetime, unseen_since: datetime) -> Run | None:
        """Become the owner of an active run that is free, or whose owner was not seen since."""
        fresh = {"step": Step.CHECK, "step_percent": 0, "counts": Counts(), "failures": (), "last_ckey": None}
        return _found(
            await self._runs.find_one_and_update(
                {
                    "_id": run_id,
                    "is_active": True,
                    "$or": [{"owner": {"$in": [None, owner]}}, {"seen_at": None}, {"seen_at": {"$lt": unseen_since}}],
                },
                {"$set": _CODEC.changes({**fresh, "owner": owner, "seen_at": at}), "$inc": {"attempt": 1}},
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
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
        """Store where the run is and that its owner lives; what is None stays as it was."""
        fields: dict[str, object] = {"seen_at": at, "step": step, "step_percent": percent, "counts": counts}
        if failures is not None:
            fields["failures"] = tuple(failures)
        if last_ckey is not None:
            fields["last_ckey"] = last_ckey
        outcome = await self._runs.update_one(
            {"_id": run_id, "owner": owner, "is_active": True}, {"$set": _CODEC.changes(fields)}
        )
        return outcome.matched_count == 1

    @asking()
    async def rest(self, run_id: RunId, *, at: datetime, reason: str, until: datetime | None = None) -> Run | None:
        """Note why an active run can't go on now; None where it is none."""
        return _found(
            await self._runs.find_one_and_update(
                {"_id": run_id, "is_active": True},
                [
                    {
                        "$set": {
                            "rests_since": {"$ifNull": ["$rests_since", at]},
                            "rests_until": until,
                            "last_exception": {"$literal": reason},
                        }
                    }
                ],
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
    async def resume(self, run_id: RunId) -> None:
        """Note that an active run goes on after a rest."""
        await self._runs.update_one(
            {"_id": run_id, "is_active": True, "rests_since": {"$type": "date"}},
            {"$set": _CODEC.changes({"rests_since": None, "rests_until": None, "last_exception": None})},
        )

    @asking()
    async def active(self) -> Sequence[Run]:
        """Return all runs in an active state."""
        return [_CODEC.decode(document) async for document in self._runs.find({"is_active": True})]

    @asking()
    async def unsaid(self) -> Sequence[Run]:
        """Return all ended runs whose end was not said yet."""
        return [_CODEC.decode(document) async for document in self._runs.find({"is_unsaid": True})]

    @asking()
    async def said(self, run_id: RunId) -> None:
        """Note that a run's end was said."""
        await self._runs.update_one({"_id": run_id}, {"$set": {"is_unsaid": False}})

    @asking()
    async def latest(self, mirror_ids: Sequence[str]) -> Mapping[str, Run]:
        """Return the newest run of each mirror that is not SKIPPED."""
        # The numbers come from the index alone; whole runs are read for those only.
        newest = self._runs.aggregate(
            [
                {"$match": {"mirror_id": {"$in": list(mirror_ids)}, "state": {"$in": _NOT_SKIPPED}}},
                {"$group": {"_id": "$mirror_id", "number": {"$max": "$number"}}},
            ]
        )
        keys = [{"mirror_id": group["_id"], "number": group["number"]} async for group in newest]
        if not keys:
            return {}
        runs = [_CODEC.decode(document) async for document in self._runs.find({"$or": keys})]
        return {run.mirror_id: run for run in runs}

    @asking()
    async def list(self, mirror_id: str, *, offset: int = 0, limit: int = 50) -> Sequence[Run]:
        """Return a mirror's runs, newest first."""
        if limit <= 0:
            return []
        cursor = self._runs.find({"mirror_id": mirror_id}).sort("number", -1).skip(offset).limit(limit)
        return [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def forget(self, mirror_id: str) -> None:
        """Remove all ended runs of a mirror whose end was said."""
        await self._runs.delete_many({"mirror_id": mirror_id, "is_active": False, "is_unsaid": {"$ne": True}})

    @asking()
    async def mirror_ids(self) -> Sequence[str]:
        """Return the ids of all mirrors that have runs."""
        return sorted(await self._runs.distinct("mirror_id"))

    @asking()
    async def trim(self, mirror_id: str, *, keep: int, before: datetime, is_dry: bool = False) -> int:
        """Remove old ended runs but for the newest `keep`; return how many."""
        by_number = self._runs.find({"mirror_id": mirror_id}, {"number": True}).sort("number", -1)
        first_old = [document["number"] async for document in by_number.skip(keep).limit(1)]
        if not first_old:
            return 0
        latest = (await self.latest([mirror_id])).get(mirror_id)
        old: Document = {
            "mirror_id": mirror_id,
            "number": {"$lte": first_old[0], "$ne": latest.number if latest is not None else None},
            "is_active": False,
            "is_unsaid": {"$ne": True},
            "requested_at": {"$lt": before},
        }
        if is_dry:
            return int(await self._runs.count_documents(old))
        return int((await self._runs.delete_many(old)).deleted_count)


def _found(document: Document | None) -> Run | None:
    return None if document is None else _CODEC.decode(document)
