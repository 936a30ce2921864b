"""Rendered shards in MongoDB, as clients get them; they are compressed already."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.indexes import RENDERED_SHARDS
from libs.common.adapters.mongo.payloads import (
    PAYLOAD,
    all_digests,
    chunks,
    find_all,
    insert_all,
    known_of,
    older_of,
    sweep_of,
    unknown_of,
)
from libs.common.domain.digest import damaged_of


class MongoRenderedShards:
    """Implements `ports.records.RenderedShards`."""

    def __init__(self, database: Database) -> None:
        self._shards = database[RENDERED_SHARDS]

    @asking()
    async def put(self, shards: Mapping[bytes, bytes]) -> None:
        """Store shards by digest; those that are there already are only made young."""
        unknown = await unknown_of(self._shards, list(shards))
        await insert_all(self._shards, {digest: shards[digest] for digest in unknown})

    @asking()
    async def get(self, sha256: bytes) -> bytes | None:
        """Return one shard's bytes."""
        document = await self._shards.find_one({"_id": sha256})
        return None if document is None else bytes(document[PAYLOAD])

    @asking()
    async def known(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that are stored."""
        return await known_of(self._shards, digests)

    @asking()
    async def damaged(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests under which other bytes are stored than theirs; reads all of them."""
        damaged: frozenset[bytes] = frozenset()
        for chunk in chunks(digests):
            damaged |= await asyncio.to_thread(damaged_of, await find_all(self._shards, chunk))
        return damaged

    async def digests(self) -> AsyncIterator[bytes]:
        """Yield the digests of all that is stored."""
        async with asking():
            async for digest in all_digests(self._shards):
                yield digest

    @asking()
    async def older(self, digests: Sequence[bytes], *, than: datetime) -> Mapping[bytes, int]:
        """Return the sizes at rest of those that were last put before `than`."""
        return await older_of(self._shards, digests, than=than)

    @asking()
    async def sweep(self, digests: Sequence[bytes], *, older_than: datetime) -> int:
        """Remove those that were last put before `older_than`; return how many."""
        return await sweep_of(self._shards, digests, older_than=older_than)
