"""Fixtures for all tests; only those who ask for a server start one."""

import signal
import uuid
from collections.abc import Iterator

import pymongo
import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is: what must be fast has a test or a benchmark of its own.
settings.register_profile("tain", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tain")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name cases of bytes that are no text by their argument.

    Compressed bytes may hold the time, and every process must name a case alike.
    """
    return argname if isinstance(val, bytes) and not (val.isascii() and val.decode("ascii").isprintable()) else None


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells start background jobs so, and what the tests start would inherit it: Ctrl-C is what some of them try.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a real nats-server with JetStream, one per session."""
    from tests.support.servers import running_nats  # noqa: PLC0415 - unit tests need not load container tools

    with running_nats(tmp_path_factory.mktemp("nats")) as url:
        yield url


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a real MongoDB, one per session; it names no database."""
    from tests.support.servers import running_mongo  # noqa: PLC0415 - unit tests need not load container tools

    with running_mongo(tmp_path_factory.mktemp("mongo")) as url:
        yield url


@pytest.fixture
def mongo_database(mongo_url: str) -> Iterator[str]:
    """Return the name of a database that is this test's alone; dropped after."""
    name = f"test_{uuid.uuid4().hex}"
    yield name
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        client.drop_database(name)


@pytest.fixture
def mongo_database_url(mongo_url: str, mongo_database: str) -> str:
    """Return the URL of a database that is this test's alone, as `TAIN_MONGO_URL` takes it."""
    return f"{mongo_url}/{mongo_database}"
