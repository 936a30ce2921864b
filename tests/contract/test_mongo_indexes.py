"""Every query of ours has an index: the whole suite of the records runs with scans refused."""

import pymongo
import pytest
from pymongo.errors import OperationFailure

from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from tests.contract.conftest import refusing_scans
from tests.support.records import a_run


async def test_a_query_without_an_index_is_refused(mongo_url: str, mongo_database: str) -> None:
    """Or else the suite would tell nothing."""
    records = MongoRecords(connect(f"{mongo_url}/{mongo_database}"))
    await records.prepare()
    await records.runs.add(a_run())
    await records.close()
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client, refusing_scans(mongo_url):
        runs = client[mongo_database]["runs"]

        assert runs.find_one({"mirror_id": "none"}) is None
        with pytest.raises(OperationFailure, match="notablescan"):
            runs.find_one({"trigger": "cron"})


def test_what_a_test_refuses_is_allowed_after(mongo_url: str) -> None:
    """The server is shared by all tests."""
    with refusing_scans(mongo_url):
        pass
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        assert client.admin.command("getParameter", 1, notablescan=1)["notablescan"] is False
