"""Revisions in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.duplicates import ignoring_duplicates
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import REVISIONS
from libs.common.domain.revision import Revision

_CODEC = Codec(Revision, packed={"files": dict[str, object]})


class MongoRevisions:
    """Implements `ports.records.Revisions`.

    Two revisions of a channel may have one number: two indexers may prepare the next one
    at the same time, and only one of them gets to publish it.
    """

    def __init__(self, database: Database) -> None:
        self._revisions = database[REVISIONS]

    @asking()
    async def add(self, revision: Revision) -> None:
        """Store a revision; a no-op where its id is there already."""
        with ignoring_duplicates():
            await self._revisions.insert_one(_CODEC.encode(revision))

    @asking()
    async def get(self, revision_id: str) -> Revision | None:
        """Return a revision."""
        document = await self._revisions.find_one({"_id": revision_id})
        return None if document is None else _CODEC.decode(document)

    @asking()
    async def list(self, channel_id: str, *, limit: int = 20) -> Sequence[Revision]:
        """Return a channel's revisions, newest first."""
        if limit <= 0:
            return []
        cursor = self._revisions.find({"channel_id": channel_id}).sort("number", -1).limit(limit)
        return [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def supersede(self, channel_id: str, *, before: int, at: datetime) -> None:
        """Mark all revisions below number `before` as superseded, where they are not yet."""
        await self._revisions.update_many(
            {"channel_id": channel_id, "number": {"$lt": before}, "superseded_at": None},
            {"$set": {"superseded_at": at}},
        )

    @asking()
    async def channel_ids(self) -> Sequence[str]:
        """Return the ids of all channels that have revisions."""
        return sorted(await self._revisions.distinct("channel_id"))

    @asking()
    async def delete(self, revision_ids: Sequence[str]) -> None:
        """Remove revisions."""
        await self._revisions.delete_many({"_id": {"$in": [*revision_ids]}})
