"""MongoDB alone: what connecting, preparing and failing look like."""

import asyncio
import signal
from pathlib import Path

import pytest

from deploy.embedded.servers import free_port, start_mongod
from libs.common.adapters.mongo.connect import Database, asking, connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import InvalidInput, StoreUnavailable
from tests.support.records import a_channel, a_run


def test_a_url_without_a_database_means_tain() -> None:
    """One that names a database means that."""
    names = [connect(f"mongodb://localhost:1{path}").name for path in ("", "/", "/other", "/?appname=x")]

    assert names == ["tain", "tain", "other", "tain"]


def test_a_bad_url_is_not_repeated_in_the_error() -> None:
    """It may hold a password."""
    with pytest.raises(InvalidInput) as caught:
        connect("mongo://user:secret@host")

    assert "secret" not in caught.value.message


async def test_a_server_that_is_not_there_is_said_so() -> None:
    """Transient, so that the message comes again."""
    url = f"mongodb://user:secret@localhost:{free_port()}"
    records = MongoRecords(connect(url, find_timeout_s=0.05))

    with pytest.raises(StoreUnavailable) as caught:
        await records.ping()
    with pytest.raises(StoreUnavailable):
        await records.channels.get(ChannelKey("main"))
    await records.close()

    assert "secret" not in caught.value.message


async def test_a_server_that_hangs_is_said_so_in_time(tmp_path: Path) -> None:
    """Its connections stay, and nothing comes over them."""
    server = start_mongod(tmp_path / "mongo")
    records = MongoRecords(connect(server.url, answer_within_s=0.3))
    await records.ping()
    server.process.send_signal(signal.SIGSTOP)
    try:
        async with asyncio.timeout(10):
            with pytest.raises(StoreUnavailable):
                await records.channels.get(ChannelKey("main"))
            with pytest.raises(StoreUnavailable):
                await records.channels.add(a_channel())
    finally:
        server.process.send_signal(signal.SIGCONT)
    await records.close()
    server.stop()


async def test_a_refused_command_names_its_code(mongo_database_url: str) -> None:
    """So that an operator knows what to look up."""
    database = connect(mongo_database_url)

    with pytest.raises(StoreUnavailable, match="CommandNotFound"):
        await _unknown_command(database)
    database.client.close()


async def test_preparing_twice_and_at_once_is_fine(mongo_database_url: str) -> None:
    """All services do it at their start."""
    records = MongoRecords(connect(mongo_database_url))

    await asyncio.gather(*(records.prepare() for _ in range(4)))
    await records.prepare()
    await records.ping()

    await records.close()


async def test_a_newer_field_is_passed_over(mongo_database_url: str) -> None:
    """Services are updated one after the other."""
    database = connect(mongo_database_url)
    records = MongoRecords(database)
    await records.channels.add(a_channel())

    await database["channels"].update_many({}, {"$set": {"of_tomorrow": {"a": 1}}})

    assert await records.channels.get(ChannelKey("main")) == a_channel()
    await records.close()


async def test_a_change_of_what_is_no_field_is_refused(mongo_database_url: str) -> None:
    """A misspelt field must not be stored beside the real one; the key never changes."""
    records = MongoRecords(connect(mongo_database_url))
    await records.runs.add(a_run())

    for field in ("pirvacy", "id"):
        with pytest.raises(ValueError, match=field):
            await records.channels.update(ChannelKey("main"), {field: "public"})
    await records.close()


@asking()
async def _unknown_command(database: Database) -> None:
    await database.command("no_such_command")
