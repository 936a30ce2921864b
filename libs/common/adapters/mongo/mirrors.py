"""Mirrors in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import MIRRORS
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, holding
from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import Mirror
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(Mirror)


class MongoMirrors(MongoOutbox):
    """Implements `ports.records.Mirrors`; a unique index keeps names apart."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[MIRRORS])
        self._mirrors = database[MIRRORS]

    @asking()
    async def add(self, mirror: Mirror, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new mirror; False where its name is taken anywhere on the server."""
        try:
            await self._mirrors.insert_one({**_CODEC.encode(mirror), "unsaid": encoded(unsaid)})
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def get(self, mirror_id: str) -> Mirror | None:
        """Return a mirror."""
        return _found(await self._mirrors.find_one({"_id": mirror_id, **LIVING}))

    @asking()
    async def find(self, channel: ChannelKey, name: str) -> Mirror | None:
        """Return a channel's mirror by its name."""
        return _found(await self._mirrors.find_one({"name": name, "channel": channel, **LIVING}))

    @asking()
    async def list(self, *, channel: ChannelKey | None = None) -> Sequence[Mirror]:
        """Return a channel's mirrors by position, or all mirrors by name."""
        if channel is None:
            cursor = self._mirrors.find(LIVING).sort("name")
        else:
            cursor = self._mirrors.find({"channel": channel, **LIVING}).sort([("position", 1), ("name", 1)])
        return [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def replace(
        self, mirror: Mirror, *, policy_was: str | None, token_was: str | None = None, unsaid: Sequence[Unsaid] = ()
    ) -> bool:
        """Store an edited mirror; see the port for when it is not."""
        changes = _CODEC.encode(mirror)
        before = {"_id": changes.pop("_id"), "policy_id": policy_was, "policy_token": token_was, **LIVING}
        try:
            # Not replaced as a whole: it may hold words of edits before.
            outcome = await self._mirrors.update_one(before, {"$set": changes, **holding(unsaid)})
        except DuplicateKeyError:
            return False
        return outcome.matched_count == 1

    @asking()
    async def set_policy(
        self,
        mirror_id: str,
        policy_id: str | None,
        *,
        token: str | None = None,
        was: str | None,
        token_was: str | None = None,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Change a mirror's own policy; False where there is none such, or its policy or token is another by now."""
        changes = _CODEC.changes({"policy_id": policy_id, "policy_token": token, "updated_at": at})
        outcome = await self._mirrors.update_one(
            {"_id": mirror_id, "policy_id": was, "policy_token": token_was, **LIVING},
            {"$set": changes, **holding(unsaid)},
        )
        return outcome.matched_count == 1

    @asking()
    async def delete(self, mirror_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Mirror | None:
        """Remove a mirror and return what it was; see the port."""
        return _found(await self._end({"_id": mirror_id}, name="name", unsaid=unsaid))


def _found(document: Document | None) -> Mirror | None:
    return None if document is None else _CODEC.decode(document)
