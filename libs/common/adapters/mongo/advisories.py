"""CVEs in MongoDB: each as one JSON text, beside what is searched by."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from pymongo import DESCENDING, ReplaceOne

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.indexes import ADVISORIES
from libs.common.domain.cve import Cve, CveFilter, cve_digest, id_order, search_texts
from libs.common.domain.digest import Sha256

_AT_ONCE = 1_000


class MongoAdvisories:
    """Implements `ports.records.Advisories`."""

    def __init__(self, database: Database) -> None:
        self._cves = database[ADVISORIES]

    @asking()
    async def put(self, cves: Sequence[Cve]) -> None:
        """Store CVEs, or replace them."""
        for some in _some_at_once(cves):
            await self._cves.bulk_write(
                [ReplaceOne({"_id": cve.id}, _document(cve), upsert=True) for cve in some], ordered=False
            )

    @asking()
    async def remove(self, ids: Sequence[str]) -> None:
        """Forget CVEs; a no-op for those that are not there."""
        for some in _some_at_once(ids):
            await self._cves.delete_many({"_id": {"$in": [*some]}})

    @asking()
    async def get(self, cve_id: str) -> Cve | None:
        """Return a CVE by its id, or the first one that has it as an alias."""
        document = await self._cves.find_one({"_id": cve_id})
        if document is None:
            document = await self._cves.find_one({"aliases": cve_id}, sort=[("_id", 1)])
        return None if document is None else _cve(document)

    @asking()
    async def list(self, wanted: CveFilter, *, offset: int, limit: int) -> tuple[int, Sequence[Cve]]:
        """Return how many are wanted, and a page of them, newest ids first."""
        query = _query(wanted)
        total = await self._cves.count_documents(query) if query else await self._cves.estimated_document_count()
        if limit <= 0:
            return total, []
        cursor = self._cves.find(query).sort("order", DESCENDING).skip(offset).limit(limit)
        return total, [_cve(document) async for document in cursor]

    @asking()
    async def digests(self) -> Mapping[str, Sha256]:
        """Return `cve_digest` of all that is stored, by id."""
        cursor = self._cves.find({}, {"digest": True}).sort("_id")
        return {document["_id"]: Sha256(document["digest"]) async for document in cursor}

    @asking()
    async def scores(self, ids: Sequence[str]) -> Mapping[str, float]:
        """Return the scores of those that have one."""
        cursor = self._cves.find({"_id": {"$in": [*ids]}, "score": {"$ne": None}}, {"score": True})
        return {document["_id"]: float(document["score"]) async for document in cursor}


def _some_at_once(things: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (things[start : start + _AT_ONCE] for start in range(0, len(things), _AT_ONCE))


def _document(cve: Cve) -> Document:
    return {
        "_id": cve.id,
        "order": id_order(cve),
        "texts": [*search_texts(cve)],
        "aliases": [*cve.aliases],
        "ecosystems": sorted({one.ecosystem for one in cve.packages}),
        "score": cve.score,
        "digest": cve_digest(cve),
        "json": msgspec.json.encode(cve).decode(),
    }


def _cve(document: Document) -> Cve:
    return msgspec.json.decode(document["json"], type=Cve)


def _query(wanted: CveFilter) -> Document:
    query: Document = {}
    if wanted.search is not None:
        query["texts"] = {"$regex": re.escape(wanted.search.lower())}
    if wanted.min_score is not None:
        query["score"] = {"$gte": wanted.min_score}
    if wanted.ecosystem is not None:
        query["ecosystems"] = wanted.ecosystem
    if wanted.only is not None:
        query["_id"] = {"$in": sorted(wanted.only - wanted.without)}
    elif wanted.without:
        query["_id"] = {"$nin": sorted(wanted.without)}
    return query
