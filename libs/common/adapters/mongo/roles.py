"""Roles that were made here, in MongoDB. A role's name is its id; one made again takes its tombstone's place."""

from collections.abc import Mapping, Sequence

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import ROLES
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, holding, reviving
from libs.common.domain.access.roles import Rights, Role
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(Role, key="name", packed={"rights": Rights})


class MongoRoles(MongoOutbox):
    """Implements `ports.records.Roles`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[ROLES])
        self._roles = database[ROLES]

    @asking()
    async def add(self, role: Role, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new role; False where the name is taken."""
        document = _CODEC.encode(role)
        try:
            await self._roles.insert_one({**document, "unsaid": encoded(unsaid)})
        except DuplicateKeyError:
            return await reviving(self._roles, document, unsaid)
        return True

    @asking()
    async def get(self, name: str) -> Role | None:
        """Return a role."""
        return _found(await self._roles.find_one({"_id": name, **LIVING}))

    @asking()
    async def list(self) -> Sequence[Role]:
        """Return all roles that were made here, by name."""
        documents = await self._roles.find(LIVING, {"unsaid": 0}).sort("_id").to_list(None)
        return [_CODEC.decode(document) for document in documents]

    @asking()
    async def update(self, name: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()) -> Role | None:
        """Set fields of `Role` by their names; None where there is no such role."""
        return _found(
            await self._roles.find_one_and_update(
                {"_id": name, **LIVING},
                {**({"$set": _CODEC.changes(changes)} if changes else {}), **holding(unsaid)},
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
    async def delete(self, name: str, *, unsaid: Sequence[Unsaid] = ()) -> Role | None:
        """Remove a role and return what it was."""
        return _found(await self._end({"_id": name}, name="description", unsaid=unsaid))


def _found(document: Document | None) -> Role | None:
    return None if document is None else _CODEC.decode(document)
