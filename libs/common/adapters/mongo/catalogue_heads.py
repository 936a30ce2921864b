"""Catalogue heads in MongoDB."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import CATALOGUE_HEADS
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.digest import Sha256

_CODEC = Codec(CatalogueHead, key="mirror_id", packed={"counts": dict[str, object] | None})


class MongoCatalogueHeads:
    """Implements `ports.records.CatalogueHeads`."""

    def __init__(self, database: Database) -> None:
        self._heads = database[CATALOGUE_HEADS]

    @asking()
    async def add(self, head: CatalogueHead) -> bool:
        """Store a mirror's first head; False where it has one."""
        try:
            await self._heads.insert_one(_CODEC.encode(head))
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def move(self, head: CatalogueHead) -> bool:
        """Point to a new catalogue, unless the head is of a newer run."""
        document = _CODEC.encode(head)
        older = {"_id": head.mirror_id, "run_number": {"$lte": head.run_number}}
        try:
            await self._heads.replace_one(older, document, upsert=True)
        except DuplicateKeyError:
            # There is a head: a newer one, or an older one that came in this very moment.
            outcome = await self._heads.replace_one(older, document)
            return outcome.matched_count == 1
        return True

    @asking()
    async def exchange(self, head: CatalogueHead, *, was: CatalogueHead) -> bool:
        """Point to what was decided anew of `was`; False where the head is another by now."""
        same = {"_id": head.mirror_id, "run_id": was.run_id, "manifest": was.manifest, "catalogue": was.catalogue}
        outcome = await self._heads.replace_one(same, _CODEC.encode(head))
        return outcome.matched_count == 1

    @asking()
    async def said(self, mirror_id: str, *, catalogue: Sha256) -> None:
        """Note that what was decided anew was said."""
        await self._heads.update_one(
            {"_id": mirror_id, "unsaid.catalogue": catalogue}, {"$set": _CODEC.changes({"unsaid": None})}
        )

    @asking()
    async def get(self, mirror_id: str) -> CatalogueHead | None:
        """Return a mirror's head."""
        document = await self._heads.find_one({"_id": mirror_id})
        return None if document is None else _CODEC.decode(document)

    @asking()
    async def of_channel(self, channel_id: str) -> Sequence[CatalogueHead]:
        """Return the heads of a channel, by mirror id."""
        return [_CODEC.decode(document) async for document in self._heads.find({"channel_id": channel_id}).sort("_id")]

    @asking()
    async def all(self) -> Sequence[CatalogueHead]:
        """Return every head, by mirror id."""
        return [_CODEC.decode(document) async for document in self._heads.find().sort("_id")]

    @asking()
    async def delete(self, mirror_id: str) -> None:
        """Forget a mirror's head; a no-op where there is none."""
        await self._heads.delete_one({"_id": mirror_id})
