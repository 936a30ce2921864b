"""Sign-ins that go on, in MongoDB, which removes them once they have expired."""

from datetime import datetime

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import SESSIONS
from libs.common.domain.access.sessions import KEPT_SECRETS, Session
from libs.common.domain.digest import Sha256

_CODEC = Codec(Session)


class MongoSessions:
    """Implements `ports.records.Sessions`."""

    def __init__(self, database: Database) -> None:
        self._sessions = database[SESSIONS]

    @asking()
    async def add(self, session: Session) -> None:
        """Store a new sign-in."""
        await self._sessions.insert_one(_CODEC.encode(session))

    @asking()
    async def get(self, session_id: str) -> Session | None:
        """Return a sign-in; what has expired may be gone."""
        return _found(await self._sessions.find_one({"_id": session_id}))

    @asking()
    async def find(self, digest: Sha256) -> Session | None:
        """Return the sign-in of a value, also of one of the last that were replaced."""
        return _found(await self._sessions.find_one({"$or": [{"hash": digest}, {"was": digest}]}))

    @asking()
    async def rotate(self, session_id: str, *, was: Sha256, digest: Sha256, at: datetime) -> bool:
        """Replace the value and remember the old one; False where it is another by now."""
        outcome = await self._sessions.update_one(
            {"_id": session_id, "hash": was},
            {
                "$set": {"hash": digest, "rotated_at": at},
                "$push": {"was": {"$each": [was], "$slice": -KEPT_SECRETS}},
            },
        )
        return outcome.matched_count == 1

    @asking()
    async def end(self, session_id: str) -> bool:
        """Remove a sign-in; False where it was gone."""
        return (await self._sessions.delete_one({"_id": session_id})).deleted_count == 1

    @asking()
    async def end_of_user(self, user_id: str, *, but: str | None = None) -> int:
        """Remove all sign-ins of a user but one; returns how many there were."""
        others = {"user_id": user_id, "_id": {"$ne": but}}
        return int((await self._sessions.delete_many(others)).deleted_count)


def _found(document: Document | None) -> Session | None:
    return None if document is None else _CODEC.decode(document)
