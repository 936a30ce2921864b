"""What was taken out of package files in MongoDB, compressed."""

import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.duplicates import ignoring_duplicates
from libs.common.adapters.mongo.indexes import EXTRACTED, EXTRACTED_KNOWN
from libs.common.domain.digest import Digest, Sha256, sha256_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHUNK_COUNT = 2_000


class MongoExtracted:
    """Implements `ports.records.Extracted`."""

    def __init__(self, database: Database) -> None:
        self._extracted = database[EXTRACTED]

    @asking()
    async def put(self, of: Digest, data: bytes) -> None:
        """Keep what stands in a file; b"" says that there is nothing to be had of it."""
        document = {"_id": str(of), "sha256": sha256_of(data) if data else None, "data": zstd.compress(data)}
        with ignoring_duplicates():
            await self._extracted.insert_one(document)

    @asking()
    async def get(self, of: Digest) -> bytes | None:
        """Return what stands in a file; None where nobody looked yet."""
        document = await self._extracted.find_one({"_id": str(of)})
        return None if document is None else zstd.decompress(document["data"])

    @asking()
    async def known(self, files: Sequence[Digest]) -> Mapping[Digest, Sha256 | None]:
        """Return the sha256 of what stands in files that were looked into, None where there is nothing."""
        known: dict[Digest, Sha256 | None] = {}
        for start in range(0, len(files), _CHUNK_COUNT):
            wanted = {"_id": {"$in": [str(of) for of in files[start : start + _CHUNK_COUNT]]}}
            found = self._extracted.find(wanted, {"sha256": True}).hint(EXTRACTED_KNOWN)
            known |= {Digest.parse(document["_id"]): document["sha256"] async for document in found}
        return known

    async def files(self) -> AsyncIterator[Digest]:
        """Yield the digests of all files that were looked into."""
        async with asking():
            async for document in self._extracted.find({}, {"_id": True}).sort("_id").hint("_id_"):
                yield Digest.parse(document["_id"])

    @asking()
    async def forget(self, files: Collection[Digest]) -> None:
        """Forget what stands in files that are no more."""
        gone = sorted(map(str, files))
        for start in range(0, len(gone), _CHUNK_COUNT):
            await self._extracted.delete_many({"_id": {"$in": gone[start : start + _CHUNK_COUNT]}})
