"""Rendered shards in MongoDB, as clients get them; they are compressed already."""

from collections.abc import Mapping

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.indexes import RENDERED_SHARDS
from libs.common.adapters.mongo.payloads import PAYLOAD, insert_all, unknown_of


class MongoRenderedShards:
    """Implements `ports.records.RenderedShards`."""

    def __init__(self, database: Database) -> None:
        self._shards = database[RENDERED_SHARDS]

    @asking()
    async def put(self, shards: Mapping[bytes, bytes]) -> None:
        """Store shards by digest; those that are there already are left alone."""
        unknown = await unknown_of(self._shards, list(shards))
        await insert_all(self._shards, {digest: shards[digest] for digest in unknown})

    @asking()
    async def get(self, sha256: bytes) -> bytes | None:
        """Return one shard's bytes."""
        document = await self._shards.find_one({"_id": sha256})
        return None if document is None else bytes(document[PAYLOAD])
