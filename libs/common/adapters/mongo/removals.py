"""What people took out of channels though mirrors bring it, in MongoDB."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import REMOVALS
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, reviving
from libs.common.domain.upload import Removal
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(Removal)
_AT_ONCE = 10_000


class MongoRemovals(MongoOutbox):
    """Implements `ports.records.Removals`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[REMOVALS])
        self._removals = database[REMOVALS]

    @asking()
    async def put(self, removal: Removal, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a removal; False where it is there."""
        document = _CODEC.encode(removal)
        try:
            await self._removals.insert_one({**document, "unsaid": encoded(unsaid)})
        except DuplicateKeyError:
            return await reviving(self._removals, document, unsaid)
        return True

    @asking()
    async def list(self, channel_id: str) -> Sequence[Removal]:
        """Return a channel's removals, by id."""
        return sorted(await self._read({"channel_id": channel_id, **LIVING}), key=lambda it: it.id)

    @asking()
    async def all(self) -> Sequence[Removal]:
        """Return every removal, by channel and id."""
        return sorted(await self._read({"channel_id": {"$gte": ""}, **LIVING}), key=lambda it: (it.channel_id, it.id))

    async def _read(self, query: Document) -> Sequence[Removal]:
        return [_CODEC.decode(found) for found in await self._removals.find(query, batch_size=_AT_ONCE).to_list(None)]

    @asking()
    async def delete(self, removal_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Removal | None:
        """Take a removal back and return what it was."""
        document = await self._end({"_id": removal_id}, name="name", unsaid=unsaid)
        return None if document is None else _CODEC.decode(document)

    @asking()
    async def delete_of_channel(self, channel_id: str) -> int:
        """Forget all removals of a channel that is gone; see the port."""
        return await self._end_all(channel_id)
