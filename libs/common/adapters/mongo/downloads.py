"""Downloads in MongoDB, which throws them away after thirteen months."""

from collections.abc import AsyncIterator, Sequence

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.duplicates import ignoring_duplicates
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import DOWNLOADS
from libs.common.domain.download import Download, DownloadFilter

_CODEC = Codec(Download)


class MongoDownloads:
    """Implements `ports.downloads.Downloads`."""

    def __init__(self, database: Database) -> None:
        self._downloads = database[DOWNLOADS]

    @asking()
    async def add(self, downloads: Sequence[Download]) -> None:
        """Store downloads; those that are there already stay as they are."""
        if downloads:
            with ignoring_duplicates():
                await self._downloads.insert_many([_CODEC.encode(one) for one in downloads], ordered=False)

    async def find(self, wanted: DownloadFilter) -> AsyncIterator[Download]:
        """Yield what is wanted, oldest first."""
        query: Document = {"at": {"$gte": wanted.since, "$lt": wanted.until}}
        if wanted.users:
            query["user"] = {"$in": [*wanted.users]}
        if wanted.channels:
            query["channel"] = {"$in": [*wanted.channels]}
        async with asking():
            async for document in self._downloads.find(query).sort([("at", 1), ("_id", 1)]).allow_disk_use(True):
                yield _CODEC.decode(document)
