"""Every query of ours has an index, the one that we define now.

The whole suite of the records runs with scans refused.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import pymongo
import pytest
from pymongo.errors import OperationFailure

from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.domain.errors import StoreUnavailable
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


Indexes = Mapping[str, Mapping[str, Any]]


def indexes_of(url: str, database: str) -> Mapping[str, Indexes]:
    """Return the indexes of every collection, by their names."""
    with pymongo.MongoClient[dict[str, object]](url) as client:
        collections = client[database].list_collection_names()
        return {name: dict(client[database][name].index_information()) for name in sorted(collections)}


async def prepare(url: str) -> None:
    """Do what a service does at its start."""
    records = MongoRecords(connect(url))
    try:
        await records.prepare()
    finally:
        await records.close()


OldIndex = tuple[str, str, list[tuple[str, int]], Mapping[str, Any]]

OLD_DEFINITIONS: Mapping[str, OldIndex] = {
    "other keys": ("runs", "number", [("number", 1)], {"unique": True}),
    "no longer unique": ("mirrors", "name", [("name", 1)], {}),
    "another filter": (
        "runs",
        "one_active_run_of_a_mirror",
        [("is_active", 1), ("mirror_id", 1)],
        {"unique": True, "partialFilterExpression": {"is_active": True, "number": {"$gt": 1}}},
    ),
    "another age": ("reports", "for_a_week", [("at", 1)], {"expireAfterSeconds": 60}),
}


@pytest.mark.parametrize("old", list(OLD_DEFINITIONS.values()), ids=list(OLD_DEFINITIONS))
@pytest.mark.parametrize("services", [1, 6])
async def test_an_index_that_was_defined_otherwise_is_made_anew(
    mongo_url: str, mongo_database: str, old: OldIndex, services: int
) -> None:
    """Also where several services of the new version start at once, on records that are there."""
    collection, name, keys, options = old
    url = f"{mongo_url}/{mongo_database}"
    await prepare(url)
    wanted = indexes_of(mongo_url, mongo_database)
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        client[mongo_database][collection].insert_many([{"number": n, "name": str(n)} for n in range(1000)])
        client[mongo_database][collection].drop_index(name)
        client[mongo_database][collection].create_index(keys, name=name, **options)
    changed = indexes_of(mongo_url, mongo_database)
    await asyncio.gather(*(prepare(url) for _ in range(services)))

    assert changed != wanted
    assert indexes_of(mongo_url, mongo_database) == wanted


async def test_an_index_that_had_another_name_is_made_anew(mongo_url: str, mongo_database: str) -> None:
    """Its name is part of what we read from the server's errors."""
    url = f"{mongo_url}/{mongo_database}"
    await prepare(url)
    wanted = indexes_of(mongo_url, mongo_database)
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        client[mongo_database]["schedule"].drop_index("due")
        client[mongo_database]["schedule"].create_index([("at", 1)], name="was_called_so")
    await prepare(url)

    assert indexes_of(mongo_url, mongo_database) == wanted


async def test_what_is_as_it_should_be_is_left_alone(mongo_url: str, mongo_database: str) -> None:
    """To make an index again on many records takes long; `$indexStats` tells how old each is."""
    url = f"{mongo_url}/{mongo_database}"
    await prepare(url)
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        runs = client[mongo_database]["runs"]
        before = {stats["name"]: stats["accesses"] for stats in runs.aggregate([{"$indexStats": {}}])}
        await prepare(url)
        after = {stats["name"]: stats["accesses"] for stats in runs.aggregate([{"$indexStats": {}}])}

    assert after == before


async def test_records_that_break_a_new_rule_are_told(mongo_url: str, mongo_database: str) -> None:
    """What is not unique can't be made so; the service says so and does not start."""
    url = f"{mongo_url}/{mongo_database}"
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        client[mongo_database]["mirrors"].create_index([("name", 1)], name="name")
        client[mongo_database]["mirrors"].insert_many([{"name": "forge"}, {"name": "forge"}])

    with pytest.raises(StoreUnavailable, match="DuplicateKey"):
        await prepare(url)
