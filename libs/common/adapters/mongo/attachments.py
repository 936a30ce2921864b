"""Files of channels that are no packages, in MongoDB."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import ATTACHMENTS
from libs.common.domain.upload import Attachment, attachment_id

_CODEC = Codec(Attachment)


class MongoAttachments:
    """Implements `ports.records.Attachments`."""

    def __init__(self, database: Database) -> None:
        self._attachments = database[ATTACHMENTS]

    @asking()
    async def put(self, attachment: Attachment) -> None:
        """Store one; one of the same family and name in the channel is replaced."""
        document = _CODEC.encode(attachment)
        try:
            await self._attachments.replace_one({"_id": attachment.id}, document, upsert=True)
        except DuplicateKeyError:
            # Another came in this very moment: the last one wins.
            await self._attachments.replace_one({"_id": attachment.id}, document)

    @asking()
    async def get(self, channel_id: str, family: str, filename: str) -> Attachment | None:
        """Return one."""
        return _found(await self._attachments.find_one({"_id": attachment_id(channel_id, family, filename)}))

    @asking()
    async def of(self, channel_id: str, ckey: str) -> Attachment | None:
        """Return the SBOM of a package file; the newest where there are several."""
        newest_first = [("at", -1), ("_id", 1)]
        return _found(await self._attachments.find_one({"channel_id": channel_id, "of": ckey}, sort=newest_first))

    @asking()
    async def list(self, channel_id: str) -> Sequence[Attachment]:
        """Return a channel's, by family and name."""
        found = [_CODEC.decode(it) async for it in self._attachments.find({"channel_id": channel_id})]
        return sorted(found, key=lambda it: (it.family, it.filename))

    @asking()
    async def all(self) -> Sequence[Attachment]:
        """Return every one, by id."""
        return [_CODEC.decode(it) async for it in self._attachments.find().sort("_id")]

    @asking()
    async def delete(self, attachment_id: str) -> Attachment | None:
        """Remove one and return what it was."""
        return _found(await self._attachments.find_one_and_delete({"_id": attachment_id}))

    @asking()
    async def delete_of_channel(self, channel_id: str) -> int:
        """Remove those of a channel that is gone; returns how many there were."""
        return int((await self._attachments.delete_many({"channel_id": channel_id})).deleted_count)


def _found(document: Document | None) -> Attachment | None:
    return None if document is None else _CODEC.decode(document)
