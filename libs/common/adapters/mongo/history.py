"""The audit trail and usage counts in MongoDB.

Counting an event once needs no transaction: each counter remembers the last events that
it counted, and refuses those in the same write that adds. The channel's counter comes
last, so that an event that was broken off is counted to its end when it comes again.
"""

from collections.abc import Mapping, Sequence

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.duplicates import ignoring_duplicates
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import ARTIFACT_DOWNLOADS, CHANNEL_DOWNLOADS, HISTORY
from libs.common.domain.history import HistoryEntry, HistoryFilter

_CODEC = Codec(HistoryEntry, packed={"data": dict[str, object]})
_EVENTS_OF_A_CHANNEL = 1_000
_EVENTS_OF_AN_ARTIFACT = 50


class MongoHistory:
    """Implements `ports.records.History`."""

    def __init__(self, database: Database) -> None:
        self._history = database[HISTORY]
        self._channels = database[CHANNEL_DOWNLOADS]
        self._artifacts = database[ARTIFACT_DOWNLOADS]

    @asking()
    async def add(self, entry: HistoryEntry) -> bool:
        """Store an entry; False where its id is there already."""
        try:
            await self._history.insert_one(_CODEC.encode(entry))
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def list(self, wanted: HistoryFilter, *, offset: int, limit: int) -> tuple[int, Sequence[HistoryEntry]]:
        """Return how many entries are wanted, and a page of them, newest first."""
        query = _query(wanted)
        total = await self._history.count_documents(query) if query else await self._history.estimated_document_count()
        if limit <= 0:
            return total, []
        newest_first = [("created", -1), ("_id", -1)]
        cursor = self._history.find(query).sort(newest_first).skip(offset).limit(limit)
        return total, [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def count_downloads(self, event_id: str, channel_id: str, counts: Mapping[str, int]) -> bool:
        """Add to the downloads per ckey once per event; False where the event was counted before."""
        artifacts = {f"{channel_id}/{ckey}": (ckey, count) for ckey, count in counts.items()}
        if artifacts:
            with ignoring_duplicates():
                await self._artifacts.bulk_write(
                    [
                        UpdateOne({"_id": key}, _beginning({"channel_id": channel_id, "ckey": ckey}), upsert=True)
                        for key, (ckey, _) in artifacts.items()
                    ],
                    ordered=False,
                )
            await self._artifacts.bulk_write(
                [
                    UpdateOne(
                        {"_id": key, "events": {"$ne": event_id}},
                        _adding(event_id, count, remember=_EVENTS_OF_AN_ARTIFACT),
                    )
                    for key, (_, count) in artifacts.items()
                ],
                ordered=False,
            )
        with ignoring_duplicates():
            await self._channels.update_one({"_id": channel_id}, _beginning({}), upsert=True)
        outcome = await self._channels.update_one(
            {"_id": channel_id, "events": {"$ne": event_id}},
            _adding(event_id, sum(counts.values()), remember=_EVENTS_OF_A_CHANNEL),
        )
        return outcome.matched_count == 1

    @asking()
    async def downloads(self, channel_ids: Sequence[str]) -> Mapping[str, int]:
        """Return the downloads per channel; 0 where there were none."""
        cursor = self._channels.find({"_id": {"$in": [*channel_ids]}}, {"count": True})
        counted = {document["_id"]: int(document["count"]) async for document in cursor}
        return {channel_id: counted.get(channel_id, 0) for channel_id in channel_ids}

    @asking()
    async def file_downloads(self, channel_id: str) -> Mapping[str, int]:
        """Return the downloads of a channel's files by ckey, of those that were downloaded at all."""
        cursor = self._artifacts.find({"channel_id": channel_id, "count": {"$gt": 0}}, {"ckey": True, "count": True})
        return {document["ckey"]: int(document["count"]) async for document in cursor}


def _query(wanted: HistoryFilter) -> Document:
    query: Document = {}
    if wanted.channel_id is not None:
        query["channel_id"] = wanted.channel_id
    if wanted.event_types:
        query["event_type"] = {"$in": [*wanted.event_types]}
    if wanted.by is not None:
        query["by"] = wanted.by
    times = {"$gte": wanted.since, "$lt": wanted.until}
    if created := {bound: time for bound, time in times.items() if time is not None}:
        query["created"] = created
    return query


def _beginning(fields: Document) -> Document:
    """Make a counter that is not there; who loses the race to make it loses nothing."""
    return {"$setOnInsert": {"count": 0, "events": [], **fields}}


def _adding(event_id: str, count: int, *, remember: int) -> Document:
    return {"$inc": {"count": count}, "$push": {"events": {"$each": [event_id], "$slice": -remember}}}
