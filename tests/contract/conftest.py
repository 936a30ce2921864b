"""Fixtures of the contract suites: each port, behind each of its adapters."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pymongo
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import MemoryStore, S3Store

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.blobs.objects import ObjectBlobStore
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.ports.blobs import AgingBlobStore

Records = MemoryRecords | MongoRecords

_SHARED = "test_records"


@pytest.fixture(params=["memory", "mongo"])
async def records(request: pytest.FixtureRequest) -> AsyncIterator[Records]:
    """Return empty records, in memory and in MongoDB."""
    if request.param == "memory":
        yield MemoryRecords()
        return
    url = request.getfixturevalue("mongo_url")
    mongo = MongoRecords(connect(f"{url}/{_SHARED}"))
    await mongo.prepare()
    _empty(url)
    with refusing_scans(url):
        yield mongo
    await mongo.close()


def _empty(url: str) -> None:
    """Empty the database that the tests of records share: to make a new one takes longer than most of them."""
    with pymongo.MongoClient[dict[str, object]](url) as client:
        for name in client[_SHARED].list_collection_names():
            client[_SHARED][name].delete_many({})


@contextmanager
def refusing_scans(url: str) -> Iterator[None]:
    """Let MongoDB refuse every query that has no index: so every test of the suite tells where one is missing."""
    with pymongo.MongoClient[dict[str, object]](url) as client:
        client.admin.command("setParameter", 1, notablescan=True)
        try:
            yield
        finally:
            client.admin.command("setParameter", 1, notablescan=False)


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Return the URL of an S3 server of this session's own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def _s3(url: str, bucket: str) -> S3Store:
    httpx.put(f"{url}/{bucket}").raise_for_status()
    return S3Store(
        bucket,
        prefix="tain/blobs",
        endpoint=url,
        region="us-east-1",
        access_key_id=_KEY,
        secret_access_key=_KEY,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


_buckets = itertools.count()
_KEY = "made-up"


@pytest.fixture(params=["memory", "files", "objects", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> AgingBlobStore:
    """Return an empty store of each kind."""
    makers: dict[str, Callable[[], AgingBlobStore]] = {
        "memory": MemoryBlobStore,
        "files": lambda: FileBlobStore(tmp_path / "blobs"),
        "objects": lambda: ObjectBlobStore(MemoryStore(), tmp_path / "spool"),
        "s3": lambda: ObjectBlobStore(
            _s3(request.getfixturevalue("s3_url"), f"bucket-{next(_buckets)}"), tmp_path / "spool"
        ),
    }
    return makers[request.param]()
