"""How often sign-ins failed, in MongoDB, which forgets a key an hour after its last failure."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import SIGN_IN_ATTEMPTS
from libs.common.adapters.mongo.outbox import MongoOutbox, holding
from libs.common.domain.access.sessions import FAILURES_COUNT_FOR, SignInFailures
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(SignInFailures, key="key")


class MongoSignInAttempts(MongoOutbox):
    """Implements `ports.records.SignInAttempts`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[SIGN_IN_ATTEMPTS])
        self._attempts = database[SIGN_IN_ATTEMPTS]

    @asking()
    async def failed(self, key: str, *, at: datetime) -> SignInFailures:
        """Count one more failure, and return what that makes; counts older than an hour are forgotten."""
        is_recent = {"$gt": ["$last_at", at - FAILURES_COUNT_FOR]}
        one_more = {
            "count": {"$add": [{"$cond": [is_recent, {"$ifNull": ["$count", 0]}, 0]}, 1]},
            "last_at": at,
            "locked_until": {"$ifNull": ["$locked_until", None]},
        }
        while True:
            try:
                document = await self._attempts.find_one_and_update(
                    {"_id": key}, [{"$set": one_more}], upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                # Another api counts the first failure in this moment.
                continue
            return _CODEC.decode(document)

    @asking()
    async def get(self, key: str) -> SignInFailures | None:
        """Return the failures of a key."""
        document = await self._attempts.find_one({"_id": key}, {"unsaid": 0})
        return None if document is None else _CODEC.decode(document)

    @asking()
    async def lock(self, key: str, *, until: datetime, unsaid: Sequence[Unsaid] = ()) -> None:
        """Refuse sign-ins under a key, which failed before, until a time; see the port."""
        await self._attempts.update_one({"_id": key}, {"$max": {"locked_until": until}, **holding(unsaid)})

    @asking()
    async def forget(self, key: str) -> None:
        """Begin to count anew: a sign-in succeeded."""
        # Not removed: it may have something to say. MongoDB removes it an hour after the last failure.
        await self._attempts.update_one({"_id": key}, {"$set": {"count": 0, "locked_until": None}})
