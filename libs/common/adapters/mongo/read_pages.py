"""What was read of single names in MongoDB."""

from collections.abc import AsyncIterator, Collection, Mapping

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import READ_PAGES
from libs.common.domain.read_page import ReadPage

_CODEC = Codec(ReadPage, key="name")
_CHUNK_COUNT = 2_000


class MongoReadPages:
    """Implements `ports.records.ReadPages`.

    A page has an id of its own, so its name stands in a field beside mirror, source and partition.
    """

    def __init__(self, database: Database) -> None:
        self._pages = database[READ_PAGES]

    @asking()
    async def get(self, mirror_id: str, *, source: str, partition: str, name: str) -> ReadPage | None:
        """Return what was read of a name."""
        document = await self._pages.find_one({**_place(mirror_id, source, partition), "name": name})
        return None if document is None else _decode(document)

    @asking()
    async def put(self, mirror_id: str, page: ReadPage, *, source: str, partition: str) -> ReadPage:
        """Keep what was read, unless another was faster; return what is kept."""
        key = {**_place(mirror_id, source, partition), "name": page.name}
        fields = _CODEC.encode(page)
        del fields["_id"]
        try:
            return await self._keep(key, fields)
        except DuplicateKeyError:
            # Another came in this very moment: its page is there now.
            return await self._keep(key, fields)

    @asking()
    async def names(self, mirror_id: str, *, source: str, partition: str) -> Mapping[str, ReadPage]:
        """Return all that was read of a source, by name."""
        found = self._pages.find(_place(mirror_id, source, partition))
        return {document["name"]: _decode(document) async for document in found}

    @asking()
    async def forget(self, mirror_id: str, *, source: str, partition: str, names: Collection[str]) -> None:
        """Forget what was read of names, which their source does not have any more."""
        gone = sorted(names)
        for start in range(0, len(gone), _CHUNK_COUNT):
            chunk = gone[start : start + _CHUNK_COUNT]
            await self._pages.delete_many({**_place(mirror_id, source, partition), "name": {"$in": chunk}})

    @asking()
    async def forget_mirror(self, mirror_id: str) -> None:
        """Forget all that was read for a mirror, with which it goes."""
        await self._pages.delete_many({"mirror_id": mirror_id})

    async def shards(self) -> AsyncIterator[bytes]:
        """Yield the digests of all shards that are named here."""
        async with asking():
            last = None
            # From the index alone; the smallest binary value leaves out pages without a shard.
            found = self._pages.find({"shard": {"$gte": b""}}, {"_id": False, "shard": True}).sort("shard")
            async for document in found:
                if document["shard"] != last:
                    last = bytes(document["shard"])
                    yield last

    async def _keep(self, key: Document, fields: Document) -> ReadPage:
        document = await self._pages.find_one_and_update(
            key, {"$setOnInsert": fields}, upsert=True, return_document=ReturnDocument.AFTER
        )
        return _decode(document)


def _place(mirror_id: str, source: str, partition: str) -> Document:
    return {"mirror_id": mirror_id, "source": source, "partition": partition}


def _decode(document: Document) -> ReadPage:
    return _CODEC.decode({**document, "_id": document["name"]})
