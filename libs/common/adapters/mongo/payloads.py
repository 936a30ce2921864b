"""Many immutable payloads, each under the sha256 of its bytes.

Measured at 20,000 shards of 600,000 records: one document per package name is stored
five times faster than one per file, and takes a third of the room.

`seen_at` is when a payload was last put. Putting makes what is known young first, and
then asks once more whether it is there: a sweep, which removes only what is old in the
same write that looks, either came before, and the payload is stored again, or finds it
young. Documents of before this field are old.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from libs.common.adapters.mongo.connect import Collection, Document
from libs.common.adapters.mongo.duplicates import ignoring_duplicates

_CHUNK_COUNT = 2_000
_CHUNK_BYTES = 8 * 1024 * 1024

PAYLOAD = "payload"
SEEN_AT = "seen_at"


async def unknown_of(collection: Collection, digests: Sequence[bytes]) -> Sequence[bytes]:
    """Make those that are stored young, and return those digests that are not, in their order."""
    known = await known_of(collection, digests)
    if not known:
        return digests
    now = datetime.now(UTC)
    for chunk in chunks(list(known)):
        await collection.update_many({"_id": {"$in": chunk}, **_older(now)}, {"$set": {SEEN_AT: now}})
    known = await known_of(collection, digests)
    return [digest for digest in digests if digest not in known]


async def known_of(collection: Collection, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Return those digests that are stored; asks `_id`s alone."""
    known: set[bytes] = set()
    for chunk in chunks(digests):
        known.update([document["_id"] async for document in collection.find({"_id": {"$in": chunk}}, {"_id": True})])
    return frozenset(known)


async def insert_all(collection: Collection, payloads: Mapping[bytes, bytes]) -> None:
    """Store payloads; one that another process stores at the same time is left alone."""
    now = datetime.now(UTC)
    for chunk in chunks(list(payloads), lambda digest: len(payloads[digest])):
        documents = [{"_id": digest, PAYLOAD: payloads[digest], SEEN_AT: now} for digest in chunk]
        with ignoring_duplicates():
            await collection.insert_many(documents, ordered=False)


async def find_all(collection: Collection, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the payloads that are there."""
    found: dict[bytes, bytes] = {}
    for chunk in chunks(digests):
        wanted = collection.find({"_id": {"$in": chunk}}, {PAYLOAD: True})
        found |= {document["_id"]: document[PAYLOAD] async for document in wanted}
    return found


async def all_digests(collection: Collection) -> AsyncIterator[bytes]:
    """Yield every digest, from the index alone."""
    async for document in collection.find({}, {"_id": True}).sort("_id").hint("_id_"):
        yield bytes(document["_id"])


async def older_of(collection: Collection, digests: Sequence[bytes], *, than: datetime) -> dict[bytes, int]:
    """Return the sizes of those documents that were last put before `than`."""
    found: dict[bytes, int] = {}
    for chunk in chunks(digests):
        steps = [{"$match": {"_id": {"$in": chunk}, **_older(than)}}, {"$project": {"size": {"$bsonSize": "$$ROOT"}}}]
        found |= {bytes(document["_id"]): int(document["size"]) async for document in collection.aggregate(steps)}
    return found


async def sweep_of(collection: Collection, digests: Sequence[bytes], *, older_than: datetime) -> int:
    """Remove those that were last put before `older_than`; return how many."""
    swept = 0
    for chunk in chunks(digests):
        swept += (await collection.delete_many({"_id": {"$in": chunk}, **_older(older_than)})).deleted_count
    return swept


def _older(than: datetime) -> Document:
    return {SEEN_AT: {"$not": {"$gte": than}}}


def chunks(digests: Sequence[bytes], size_of: Callable[[bytes], int] = lambda _: 0) -> Iterator[list[bytes]]:
    """Yield digests in chunks that neither a message nor our memory is too small for."""
    chunk: list[bytes] = []
    chunk_bytes = 0
    for digest in digests:
        chunk.append(digest)
        chunk_bytes += size_of(digest)
        if len(chunk) >= _CHUNK_COUNT or chunk_bytes >= _CHUNK_BYTES:
            yield chunk
            chunk, chunk_bytes = [], 0
    if chunk:
        yield chunk
