"""Opaque tokens in MongoDB: found by the sha256 of their value, under one name for each owner."""

from collections.abc import Mapping, Sequence

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import ACCESS_TOKENS
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, holding
from libs.common.domain.access.levels import Level
from libs.common.domain.access.people import AccessToken
from libs.common.domain.channel import ChannelKey
from libs.common.domain.digest import Sha256
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(AccessToken, packed={"resources": dict[ChannelKey, Level]})


class MongoAccessTokens(MongoOutbox):
    """Implements `ports.records.AccessTokens`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[ACCESS_TOKENS])
        self._tokens = database[ACCESS_TOKENS]

    @asking()
    async def add(self, token: AccessToken, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new token; False where its owner has one of this name."""
        try:
            await self._tokens.insert_one({**_CODEC.encode(token), "unsaid": encoded(unsaid)})
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def find(self, digest: Sha256) -> AccessToken | None:
        """Return the token of a value."""
        return _found(await self._tokens.find_one({"hash": digest, **LIVING}, {"unsaid": 0}))

    @asking()
    async def get(self, token_id: str) -> AccessToken | None:
        """Return a token."""
        return _found(await self._tokens.find_one({"_id": token_id, **LIVING}))

    @asking()
    async def list(self, user_id: str) -> Sequence[AccessToken]:
        """Return the tokens of a user, by name."""
        documents = await self._tokens.find({"user_id": user_id, **LIVING}).sort("name").to_list(None)
        return [_CODEC.decode(document) for document in documents]

    @asking()
    async def update(
        self, token_id: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()
    ) -> AccessToken | None:
        """Set fields of `AccessToken` by their names, but its owner; see the port."""
        try:
            return _found(
                await self._tokens.find_one_and_update(
                    {"_id": token_id, **LIVING},
                    {**({"$set": _CODEC.changes(changes)} if changes else {}), **holding(unsaid)},
                    return_document=ReturnDocument.AFTER,
                )
            )
        except DuplicateKeyError:
            return None

    @asking()
    async def delete(self, token_id: str, *, unsaid: Sequence[Unsaid] = ()) -> AccessToken | None:
        """Remove a token and return what it was."""
        return _found(await self._end({"_id": token_id}, name="name", unsaid=unsaid))

    @asking()
    async def delete_of_user(self, user_id: str) -> int:
        """Remove all tokens of a user; returns how many there were."""
        of_user = {"user_id": user_id}
        tombstone = {"is_deleted": True, "name": {"$concat": ["deleted/", "$_id", "/"]}}
        # First all of them, so that a word said in between takes its tombstone with it; again clears what is left.
        ended = await self._tokens.update_many({**of_user, **LIVING}, [{"$set": tombstone}])
        nothing_to_say = {"$or": [{"unsaid": []}, {"unsaid": None}]}
        await self._tokens.delete_many({**of_user, "is_deleted": True, **nothing_to_say})
        return int(ended.modified_count)


def _found(document: Document | None) -> AccessToken | None:
    return None if document is None else _CODEC.decode(document)
