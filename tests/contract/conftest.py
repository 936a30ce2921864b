"""Fixtures of the contract suites: each port, behind each of its adapters."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pymongo
import pytest

from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords

Records = MemoryRecords | MongoRecords


@pytest.fixture(params=["memory", "mongo"])
async def records(request: pytest.FixtureRequest) -> AsyncIterator[Records]:
    """Return empty records, in memory and in MongoDB."""
    if request.param == "memory":
        yield MemoryRecords()
        return
    mongo = MongoRecords(connect(request.getfixturevalue("mongo_database_url")))
    await mongo.prepare()
    with refusing_scans(request.getfixturevalue("mongo_url")):
        yield mongo
    await mongo.close()


@contextmanager
def refusing_scans(url: str) -> Iterator[None]:
    """Let MongoDB refuse every query that has no index: so every test of the suite tells where one is missing."""
    with pymongo.MongoClient[dict[str, object]](url) as client:
        client.admin.command("setParameter", 1, notablescan=True)
        try:
            yield
        finally:
            client.admin.command("setParameter", 1, notablescan=False)
