"""Many immutable payloads, each under the sha256 of its bytes.

Measured at 20,000 shards of 600,000 records: one document per package name is stored
five times faster than one per file, and takes a third of the room.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from libs.common.adapters.mongo.connect import Collection
from libs.common.adapters.mongo.duplicates import ignoring_duplicates

_CHUNK_COUNT = 2_000
_CHUNK_BYTES = 8 * 1024 * 1024

PAYLOAD = "payload"


async def unknown_of(collection: Collection, digests: Sequence[bytes]) -> Sequence[bytes]:
    """Return those digests that are not stored, in their order; asks `_id`s alone."""
    known: set[bytes] = set()
    for chunk in _chunks(digests, lambda _: 0):
        known.update([document["_id"] async for document in collection.find({"_id": {"$in": chunk}}, {"_id": True})])
    return [digest for digest in digests if digest not in known]


async def insert_all(collection: Collection, payloads: Mapping[bytes, bytes]) -> None:
    """Store payloads; one that another process stores at the same time is left alone."""
    for chunk in _chunks(list(payloads), lambda digest: len(payloads[digest])):
        documents = [{"_id": digest, PAYLOAD: payloads[digest]} for digest in chunk]
        with ignoring_duplicates():
            await collection.insert_many(documents, ordered=False)


async def find_all(collection: Collection, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the payloads that are there."""
    found: dict[bytes, bytes] = {}
    for chunk in _chunks(digests, lambda _: 0):
        found |= {document["_id"]: document[PAYLOAD] async for document in collection.find({"_id": {"$in": chunk}})}
    return found


def _chunks(digests: Sequence[bytes], size_of: Callable[[bytes], int]) -> Iterator[list[bytes]]:
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
