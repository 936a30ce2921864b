"""Channels in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import CHANNELS
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, holding
from libs.common.domain.access.levels import Level
from libs.common.domain.channel import Channel, ChannelKey, IndexingBehavior, PublishedRevision
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(Channel, packed={"filters": dict[str, msgspec.Raw], "groups": dict[str, Level]})


class MongoChannels(MongoOutbox):
    """Implements `ports.records.Channels`. `parent` is kept beside the key, to list by."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[CHANNELS])
        self._channels = database[CHANNELS]

    @asking()
    async def add(self, channel: Channel, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new channel; False where the key is taken."""
        try:
            document = {**_CODEC.encode(channel), "parent": channel.parent, "unsaid": encoded(unsaid)}
            await self._channels.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def get(self, key: ChannelKey) -> Channel | None:
        """Return a channel."""
        return _found(await self._channels.find_one({"key": key, **LIVING}))

    @asking()
    async def list(self, *, parent: ChannelKey | None = None) -> Sequence[Channel]:
        """Return top-level channels, or the subchannels of `parent`, sorted by key."""
        cursor = self._channels.find({"parent": parent, **LIVING}).sort("key")
        return [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def below(self, keys: Sequence[ChannelKey]) -> Sequence[Channel]:
        """Return the subchannels of some channels, sorted by key; one question, however many they are."""
        cursor = self._channels.find({"parent": {"$in": [*keys]}, **LIVING}).sort("key")
        return [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def update(
        self,
        key: ChannelKey,
        changes: Mapping[str, object],
        *,
        was: Mapping[str, object] | None = None,
        unsaid: Sequence[Unsaid] = (),
    ) -> Channel | None:
        """Set fields of `Channel` by their names; see the port."""
        if not changes and not unsaid and not was:
            return await self.get(key)
        return _found(
            await self._channels.find_one_and_update(
                {"key": key, **_CODEC.matching(was), **LIVING},
                {"$set": _CODEC.changes(changes), **holding(unsaid)},
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
    async def set_policy(
        self,
        channel_id: str,
        policy_id: str | None,
        *,
        token: str | None = None,
        was: str | None,
        token_was: str | None = None,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Change a channel's policy; False where there is no such channel, or its policy or token is another by now."""
        changes = _CODEC.changes({"policy_id": policy_id, "policy_token": token, "updated_at": at})
        outcome = await self._channels.update_one(
            {"_id": channel_id, "policy_id": was, "policy_token": token_was, **LIVING},
            {"$set": changes, **holding(unsaid)},
        )
        return outcome.matched_count == 1

    @asking()
    async def publish(self, channel_id: str, revision: PublishedRevision, *, after: int) -> bool:
        """Move the pointer, unless the channel is frozen or its revision is not number `after` (0 for none)."""
        pointer = {"published.number": after} if after else {"published": None}
        outcome = await self._channels.update_one(
            {"_id": channel_id, "indexing_behavior": {"$ne": IndexingBehavior.FROZEN.value}, **pointer, **LIVING},
            {"$set": _CODEC.changes({"published": revision})},
        )
        return outcome.matched_count == 1

    @asking()
    async def roll_back(
        self,
        channel_id: str,
        revision: PublishedRevision,
        *,
        after: int,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Move the pointer and freeze the channel; see the port."""
        changes = {"published": revision, "indexing_behavior": IndexingBehavior.FROZEN, "updated_at": at}
        outcome = await self._channels.update_one(
            {"_id": channel_id, "published.number": after, **LIVING},
            {"$set": _CODEC.changes(changes), **holding(unsaid)},
        )
        return outcome.matched_count == 1

    @asking()
    async def delete(self, key: ChannelKey, *, unsaid: Sequence[Unsaid] = ()) -> Channel | None:
        """Remove a channel and return what it was; see the port."""
        return _found(await self._end({"key": key}, name="key", unsaid=unsaid))


def _found(document: Document | None) -> Channel | None:
    return None if document is None else _CODEC.decode(document)
