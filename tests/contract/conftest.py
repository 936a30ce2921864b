"""Fixtures of the contract suites: each port, behind each of its adapters."""

from collections.abc import AsyncIterator

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
    yield mongo
    await mongo.close()
