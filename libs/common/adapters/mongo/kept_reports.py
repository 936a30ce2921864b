"""Heads of reports in MongoDB, which throws them away when they expire."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import KEPT_REPORTS
from libs.common.domain.digest import Sha256
from libs.common.domain.report import ReportFilter, ReportHead, ReportState

_CODEC = Codec(ReportHead)


class MongoKeptReports:
    """Implements `ports.kept_reports.KeptReports`."""

    def __init__(self, database: Database) -> None:
        self._heads = database[KEPT_REPORTS]

    @asking()
    async def put(self, head: ReportHead) -> bool:
        """Store a report's head; False where one of this id is done already."""
        document = _CODEC.encode(head)
        try:
            await self._heads.insert_one(document)
        except DuplicateKeyError:
            # Older heads have no state: they are done.
            outcome = await self._heads.replace_one({"_id": head.id, "state": ReportState.SOLVING.value}, document)
            return outcome.matched_count == 1
        return True

    @asking()
    async def get(self, report_id: str) -> ReportHead | None:
        """Return a report's head."""
        document = await self._heads.find_one({"_id": report_id})
        return None if document is None else _CODEC.decode(document)

    @asking()
    async def list(self, wanted: ReportFilter, *, offset: int, limit: int) -> tuple[int, Sequence[ReportHead]]:
        """Return how many reports are wanted, and a page of them, newest first."""
        fields = {"kind": wanted.kind, "channel": wanted.channel, "mirror_id": wanted.mirror_id}
        query: Document = {name: value for name, value in fields.items() if value is not None}
        total = await self._heads.count_documents(query) if query else await self._heads.estimated_document_count()
        if limit <= 0:
            return total, []
        cursor = self._heads.find(query).sort([("made_at", -1), ("_id", -1)]).skip(offset).limit(limit)
        return total, [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def blobs(self) -> Sequence[Sha256]:
        """Return the blobs of all reports."""
        found = self._heads.find({}, {"blob": True}).sort("_id").hint("_id_")
        return [Sha256(document["blob"]) async for document in found if document["blob"] is not None]
