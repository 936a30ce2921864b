"""Curations in MongoDB: one document for each thing that was said something about, with all that was said of it."""

from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.indexes import CURATIONS
from libs.common.domain.advisory import CveStatus
from libs.common.domain.cve import CurationEntry

_IN_FORCE: Document = {"status": {"$gt": ""}}


class MongoCurations:
    """Implements `ports.records.Curations`."""

    def __init__(self, database: Database) -> None:
        self._curations = database[CURATIONS]

    @asking()
    async def add(self, entry: CurationEntry) -> bool:
        """Store an entry, which replaces an older one of its key; False where that says the same."""
        while True:
            document = await self._curations.find_one({"_id": entry.key})
            older = None if document is None else _entry(document["entries"][-1])
            if entry.adds_nothing_to(older):
                return False
            if await self._append(entry, count=0 if document is None else len(document["entries"])):
                return True

    async def _append(self, entry: CurationEntry, *, count: int) -> bool:
        """Add to the entries of a key where there are so many; False where somebody else did meanwhile."""
        text = msgspec.json.encode(entry).decode()
        fields = {"cve": entry.cve, "status": entry.status}
        if not count:
            try:
                await self._curations.insert_one({"_id": entry.key, **fields, "entries": [text]})
            except DuplicateKeyError:
                return False
            return True
        updated = await self._curations.find_one_and_update(
            {"_id": entry.key, "entries": {"$size": count}},
            {"$set": fields, "$push": {"entries": text}},
            return_document=ReturnDocument.AFTER,
        )
        return updated is not None

    @asking()
    async def current(self) -> Sequence[CurationEntry]:
        """Return what is in force, by key."""
        return [entry async for entry in self._newest(_IN_FORCE)]

    @asking()
    async def of(self, cve_id: str) -> Sequence[CurationEntry]:
        """Return what is in force of one CVE, by key."""
        return [entry async for entry in self._newest({"cve": cve_id}) if entry.status is not None]

    @asking()
    async def history(self, cve_id: str) -> Sequence[CurationEntry]:
        """Return all entries of one CVE, newest first."""
        documents = self._curations.find({"cve": cve_id})
        entries = [_entry(text) async for document in documents for text in document["entries"]]
        return sorted(entries, key=lambda entry: (entry.at, entry.key), reverse=True)

    @asking()
    async def statuses(self) -> Mapping[str, frozenset[CveStatus]]:
        """Return the statuses in force of every curated CVE."""
        statuses: dict[str, frozenset[CveStatus]] = {}
        async for document in self._curations.find(_IN_FORCE, {"cve": True, "status": True}):
            known = statuses.get(document["cve"], frozenset())
            statuses[document["cve"]] = known | {CveStatus(document["status"])}
        return statuses

    async def _newest(self, query: Document) -> AsyncIterator[CurationEntry]:
        async for document in self._curations.find(query, {"entries": {"$slice": -1}}).sort("_id"):
            yield _entry(document["entries"][-1])


def _entry(text: str) -> CurationEntry:
    return msgspec.json.decode(text, type=CurationEntry)
