"""Settings of the whole system in MongoDB: one document, which is not there until something is changed."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import SETTINGS
from libs.common.adapters.mongo.outbox import MongoOutbox, encoded, holding
from libs.common.domain.system_settings import SystemSettings
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records.settings import SETTINGS_ID

_CODEC = Codec(SystemSettings, key="number")


class MongoSettings(MongoOutbox):
    """Implements `ports.records.StoredSettings`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[SETTINGS])
        self._settings = database[SETTINGS]

    @asking()
    async def get(self) -> SystemSettings:
        """Return the settings."""
        document = await self._settings.find_one({"_id": SETTINGS_ID}, {"unsaid": 0})
        return SystemSettings() if document is None else _CODEC.decode({**document, "_id": document["number"]})

    @asking()
    async def change(self, settings: SystemSettings, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the next revision; False where `number` is not one more than the newest."""
        changes = {**_CODEC.encode(settings), "number": settings.number}
        del changes["_id"]
        if settings.number == 1:
            try:
                await self._settings.insert_one({"_id": SETTINGS_ID, **changes, "unsaid": encoded(unsaid)})
            except DuplicateKeyError:
                return False
            return True
        before = {"_id": SETTINGS_ID, "number": settings.number - 1}
        outcome = await self._settings.update_one(before, {"$set": changes, **holding(unsaid)})
        return outcome.matched_count == 1
