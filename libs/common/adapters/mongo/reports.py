"""Reports in MongoDB, which throws them away after a week."""

from datetime import datetime

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.indexes import REPORTS


class MongoReports:
    """Implements `ports.records.Reports`."""

    def __init__(self, database: Database) -> None:
        self._reports = database[REPORTS]

    @asking()
    async def put(self, report_id: str, *, at: datetime, data: bytes) -> None:
        """Store a report, or replace it."""
        await self._reports.replace_one({"_id": report_id}, {"at": at, "data": data}, upsert=True)

    @asking()
    async def get(self, report_id: str) -> tuple[datetime, bytes] | None:
        """Return when a report was made, and the report."""
        document = await self._reports.find_one({"_id": report_id})
        return None if document is None else (document["at"], bytes(document["data"]))
