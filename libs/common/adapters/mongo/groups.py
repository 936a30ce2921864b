"""Groups in MongoDB. `known_as` is the name once more, which a tombstone gives up."""

from collections.abc import Mapping, Sequence

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import GROUPS
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, holding
from libs.common.domain.access.people import Group
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(Group)


class MongoGroups(MongoOutbox):
    """Implements `ports.records.Groups`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[GROUPS])
        self._groups = database[GROUPS]

    @asking()
    async def add(self, group: Group, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new group; False where the name is taken."""
        try:
            document = {**_CODEC.encode(group), "known_as": _name(group.name), "unsaid": encoded(unsaid)}
            await self._groups.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def find(self, name: str) -> Group | None:
        """Return a group by name."""
        return _found(await self._groups.find_one({"known_as": _name(name), **LIVING}))

    @asking()
    async def get(self, group_id: str) -> Group | None:
        """Return a group."""
        return _found(await self._groups.find_one({"_id": group_id, **LIVING}))

    @asking()
    async def list(self) -> Sequence[Group]:
        """Return all groups, by name."""
        documents = await self._groups.find(LIVING, {"unsaid": 0}).sort("_id").to_list(None)
        return sorted((_CODEC.decode(document) for document in documents), key=lambda it: it.name)

    @asking()
    async def update(
        self, group_id: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()
    ) -> Group | None:
        """Set fields of `Group` by their names, but the name; None where there is no such group.

        Raises:
            ValueError: for the name; that is a bug of the caller.
        """
        if "name" in changes:
            raise ValueError("a group's name never changes")
        return _found(
            await self._groups.find_one_and_update(
                {"_id": group_id, **LIVING},
                {**({"$set": _CODEC.changes(changes)} if changes else {}), **holding(unsaid)},
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
    async def delete(self, group_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Group | None:
        """Remove a group and return what it was."""
        return _found(await self._end({"_id": group_id}, name="known_as", unsaid=unsaid))


def _name(name: str) -> str:
    return f"name {name}"


def _found(document: Document | None) -> Group | None:
    return None if document is None else _CODEC.decode(document)
