"""Package files that people put into channels, in MongoDB.

A file's id tells which it is, so that one which is put in again takes the place of its own tombstone
and goes on with the words that this still has to say.
"""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import UPLOADS
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, holding, reviving
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Upload, UploadedFile, upload_id
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(Upload)
_FILE_FIELDS = UploadedFile.__struct_fields__
_AT_ONCE = 10_000


class MongoUploads(MongoOutbox):
    """Implements `ports.records.Uploads`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[UPLOADS])
        self._uploads = database[UPLOADS]

    @asking()
    async def put(self, upload: Upload, *, replace: bool = False, unsaid: Sequence[Unsaid] = ()) -> Upload | None:
        """Store a file; see the port for when it is not."""
        document = _CODEC.encode(upload)
        changes = {name: value for name, value in document.items() if name != "_id"}
        while not await self._is_new(document, unsaid):
            there = await self._get(upload.id)
            if there is None:
                continue
            if there.sha256 == upload.sha256 and (not replace or there.shard == upload.shard):
                return None
            if not replace:
                return there
            same = {"_id": upload.id, "sha256": there.sha256, "shard": there.shard, **LIVING}
            if (await self._uploads.update_one(same, {"$set": changes, **holding(unsaid)})).matched_count:
                return None
        return None

    async def _is_new(self, document: Document, unsaid: Sequence[Unsaid]) -> bool:
        """Store a document where there is none, or the tombstone of one."""
        try:
            await self._uploads.insert_one({**document, "unsaid": encoded(unsaid)})
        except DuplicateKeyError:
            return await reviving(self._uploads, document, unsaid)
        return True

    @asking()
    async def get(self, channel_id: str, ckey: str) -> Upload | None:
        """Return a file."""
        return await self._get(upload_id(channel_id, ckey))

    async def _get(self, document_id: str) -> Upload | None:
        return _found(await self._uploads.find_one({"_id": document_id, **LIVING}))

    @asking()
    async def list(
        self, channel_id: str, *, type_: MirrorType | None = None, name: str | None = None
    ) -> Sequence[Upload]:
        """Return a channel's files, by ckey."""
        query: Document = {"channel_id": channel_id, **LIVING}
        if type_ is not None:
            query["type"] = type_.value
        if name is not None:
            query["name"] = name
        documents = await self._uploads.find(query, batch_size=_AT_ONCE).to_list(None)
        return sorted((_CODEC.decode(document) for document in documents), key=lambda it: it.ckey)

    @asking()
    async def files(self, channel_id: str, type_: MirrorType) -> Sequence[UploadedFile]:
        """Return what a manifest needs to know; see the port."""
        wanted = self._uploads.find(
            {"channel_id": channel_id, "type": type_.value, **LIVING},
            {"_id": False, **dict.fromkeys(_FILE_FIELDS, True)},
            batch_size=_AT_ONCE,
        )
        documents = await wanted.to_list(None)
        # Of 60,000 files converting each would take longer than reading them.
        return [UploadedFile(*[document[name] for name in _FILE_FIELDS]) for document in documents]

    @asking()
    async def places(self) -> Sequence[tuple[str, MirrorType]]:
        """Return the channels and types that there are files of; see the port."""
        groups = self._uploads.aggregate(
            [
                {"$match": {"channel_id": {"$gte": ""}, **LIVING}},
                {"$group": {"_id": {"channel_id": "$channel_id", "type": "$type"}}},
            ]
        )
        return sorted([(group["_id"]["channel_id"], MirrorType(group["_id"]["type"])) async for group in groups])

    @asking()
    async def all(self) -> Sequence[Upload]:
        """Return every file, by id."""
        documents = await self._uploads.find(LIVING, batch_size=_AT_ONCE).sort("_id").to_list(None)
        return [_CODEC.decode(document) for document in documents]

    @asking()
    async def delete(self, channel_id: str, ckey: str, *, unsaid: Sequence[Unsaid] = ()) -> Upload | None:
        """Remove a file and return what it was."""
        return _found(await self._end({"_id": upload_id(channel_id, ckey)}, name="ckey", unsaid=unsaid))

    @asking()
    async def delete_of_channel(self, channel_id: str) -> int:
        """Remove all files of a channel that is gone; see the port."""
        return await self._end_all(channel_id)


def _found(document: Document | None) -> Upload | None:
    return None if document is None else _CODEC.decode(document)
