"""Fixtures of schedulers that run as processes of their own."""

from collections.abc import AsyncIterator

import pytest

from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords


@pytest.fixture
async def records(mongo_database_url: str) -> AsyncIterator[MongoRecords]:
    """Return empty records."""
    records = MongoRecords(connect(mongo_database_url))
    await records.prepare()
    yield records
    await records.close()
