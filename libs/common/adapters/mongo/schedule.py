"""Next fire times in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.indexes import SCHEDULE


class MongoSchedule:
    """Implements `ports.records.Schedule`."""

    def __init__(self, database: Database) -> None:
        self._schedule = database[SCHEDULE]

    @asking()
    async def plan(self, mirror_id: str, *, cron: str, at: datetime) -> bool:
        """Set when a mirror fires next; False where that is planned under this cron already."""
        # Kept where the cron is the same: what came due while nobody looked is not lost.
        another = {"_id": mirror_id, "cron": {"$ne": cron}}
        plan = {"$set": {"cron": cron, "at": at}}
        try:
            outcome = await self._schedule.update_one(another, plan, upsert=True)
        except DuplicateKeyError:
            # There is a plan: under this cron, or under another that came in this very moment.
            outcome = await self._schedule.update_one(another, plan)
        return outcome.matched_count == 1 or outcome.upserted_id is not None

    @asking()
    async def due(self, now: datetime) -> Sequence[tuple[str, datetime]]:
        """Return (mirror id, fire time) of all that is due, the longest due first."""
        cursor = self._schedule.find({"at": {"$lte": now}}).sort("at")
        return [(document["_id"], document["at"]) async for document in cursor]

    @asking()
    async def advance(self, mirror_id: str, *, fired: datetime, next_at: datetime) -> bool:
        """Move on from `fired`; False where another scheduler did already."""
        outcome = await self._schedule.update_one({"_id": mirror_id, "at": fired}, {"$set": {"at": next_at}})
        return outcome.matched_count == 1

    @asking()
    async def next_of(self, mirror_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when these mirrors fire next."""
        cursor = self._schedule.find({"_id": {"$in": [*mirror_ids]}})
        return {document["_id"]: document["at"] async for document in cursor}

    @asking()
    async def drop(self, mirror_id: str) -> None:
        """Forget a mirror; a no-op where there is none."""
        await self._schedule.delete_one({"_id": mirror_id})
