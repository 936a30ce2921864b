"""Mirrors in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import MIRRORS
from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import Mirror

_CODEC = Codec(Mirror)


class MongoMirrors:
    """Implements `ports.records.Mirrors`; a unique index keeps names apart."""

    def __init__(self, database: Database) -> None:
        self._mirrors = database[MIRRORS]

    @asking()
    async def add(self, mirror: Mirror) -> bool:
        """Store a new mirror; False where its name is taken anywhere on the server."""
        try:
            await self._mirrors.insert_one(_CODEC.encode(mirror))
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def get(self, mirror_id: str) -> Mirror | None:
        """Return a mirror."""
        return _found(await self._mirrors.find_one({"_id": mirror_id}))

    @asking()
    async def find(self, channel: ChannelKey, name: str) -> Mirror | None:
        """Return a channel's mirror by its name."""
        return _found(await self._mirrors.find_one({"name": name, "channel": channel}))

    @asking()
    async def list(self, *, channel: ChannelKey | None = None) -> Sequence[Mirror]:
        """Return a channel's mirrors by position, or all mirrors by name."""
        if channel is None:
            cursor = self._mirrors.find({}).sort("name")
        else:
            cursor = self._mirrors.find({"channel": channel}).sort([("position", 1), ("name", 1)])
        return [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def replace(self, mirror: Mirror, *, policy_was: str | None) -> bool:
        """Store an edited mirror; False where it is gone, its new name is taken, or its policy is another by now."""
        try:
            outcome = await self._mirrors.replace_one(
                {"_id": mirror.id, "policy_id": policy_was}, _CODEC.encode(mirror)
            )
        except DuplicateKeyError:
            return False
        return outcome.matched_count == 1

    @asking()
    async def set_policy(self, mirror_id: str, policy_id: str | None, *, was: str | None, at: datetime) -> bool:
        """Change a mirror's own policy; False where there is no such mirror, or its policy is another by now."""
        changes = _CODEC.changes({"policy_id": policy_id, "updated_at": at})
        outcome = await self._mirrors.update_one({"_id": mirror_id, "policy_id": was}, {"$set": changes})
        return outcome.matched_count == 1

    @asking()
    async def delete(self, mirror_id: str) -> Mirror | None:
        """Remove a mirror and return what it was."""
        return _found(await self._mirrors.find_one_and_delete({"_id": mirror_id}))


def _found(document: Document | None) -> Mirror | None:
    return None if document is None else _CODEC.decode(document)
