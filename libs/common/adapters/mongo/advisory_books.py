"""The head of the book of advisories in MongoDB: one document."""

import msgspec
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.indexes import ADVISORY_BOOKS
from libs.common.domain.cve import BookHead

_CURRENT = "current"


class MongoAdvisoryBooks:
    """Implements `ports.records.AdvisoryBooks`."""

    def __init__(self, database: Database) -> None:
        self._books = database[ADVISORY_BOOKS]

    @asking()
    async def get(self) -> BookHead | None:
        """Return the head; None before the first import."""
        document = await self._books.find_one({"_id": _CURRENT})
        if document is None:
            return None
        head = msgspec.json.decode(document["json"], type=BookHead)
        return msgspec.structs.replace(head, is_said=document["is_said"])

    @asking()
    async def move(self, head: BookHead) -> bool:
        """Point to a new book, unless `head.number` is not one more than what is there."""
        fields = {"number": head.number, "is_said": head.is_said, "json": msgspec.json.encode(head).decode()}
        if head.number == 1:
            try:
                await self._books.insert_one({"_id": _CURRENT, **fields})
            except DuplicateKeyError:
                return False
            return True
        outcome = await self._books.update_one({"_id": _CURRENT, "number": head.number - 1}, {"$set": fields})
        return outcome.matched_count == 1

    @asking()
    async def said(self, number: int) -> None:
        """Note that the change to this number was said; a no-op where it is not the newest."""
        await self._books.update_one({"_id": _CURRENT, "number": number}, {"$set": {"is_said": True}})
