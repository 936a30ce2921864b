"""Users in MongoDB.

`known_as` has what must be theirs alone, under one unique index: the name, and what a provider
knows them as. A tombstone has neither, so that who was deleted can be made again.
"""

from collections.abc import Mapping, Sequence

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import USERS
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, holding
from libs.common.domain.access.people import User
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(User)
_LASTING = frozenset({"name", "issuer", "subject"})
_AT_ONCE = 10_000


class MongoUsers(MongoOutbox):
    """Implements `ports.records.Users`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[USERS])
        self._users = database[USERS]

    @asking()
    async def add(self, user: User, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new user; False where the name is taken, or the issuer's subject is known."""
        known_as = [_name(user.name)]
        if user.issuer is not None and user.subject is not None:
            known_as.append(_subject(user.issuer, user.subject))
        try:
            await self._users.insert_one({**_CODEC.encode(user), "known_as": known_as, "unsaid": encoded(unsaid)})
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def get(self, user_id: str) -> User | None:
        """Return a user."""
        return await self._one({"_id": user_id})

    @asking()
    async def find(self, name: str) -> User | None:
        """Return a user by name."""
        return await self._one({"known_as": _name(name)})

    @asking()
    async def find_subject(self, issuer: str, subject: str) -> User | None:
        """Return the user that a provider knows as `subject`."""
        return await self._one({"known_as": _subject(issuer, subject)})

    async def _one(self, query: Document) -> User | None:
        return _found(await self._users.find_one({**query, **LIVING}, {"unsaid": 0}))

    @asking()
    async def list(self) -> Sequence[User]:
        """Return all users, by name."""
        documents = await self._users.find(LIVING, {"unsaid": 0}, batch_size=_AT_ONCE).sort("_id").to_list(None)
        return sorted((_CODEC.decode(document) for document in documents), key=lambda it: it.name)

    @asking()
    async def update(
        self,
        user_id: str,
        changes: Mapping[str, object],
        *,
        was: Mapping[str, object] | None = None,
        unsaid: Sequence[Unsaid] = (),
    ) -> User | None:
        """Set fields of `User` by their names; see the port.

        Raises:
            ValueError: for what never changes; that is a bug of the caller.
        """
        if changes.keys() & _LASTING:
            raise ValueError("a user's name, issuer and subject never change")
        if not changes and not unsaid and not was:
            return await self._one({"_id": user_id})
        return _found(
            await self._users.find_one_and_update(
                {"_id": user_id, **_CODEC.matching(was), **LIVING},
                {**({"$set": _CODEC.changes(changes)} if changes else {}), **holding(unsaid)},
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
    async def delete(self, user_id: str, *, unsaid: Sequence[Unsaid] = ()) -> User | None:
        """Remove a user and return what it was."""
        return _found(await self._end({"_id": user_id}, name="known_as", unsaid=unsaid))


def _name(name: str) -> str:
    return f"name {name}"


def _subject(issuer: str, subject: str) -> str:
    return f"subject {issuer} {subject}"


def _found(document: Document | None) -> User | None:
    return None if document is None else _CODEC.decode(document)
