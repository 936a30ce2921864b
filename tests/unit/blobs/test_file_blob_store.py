"""What is special about plain files: names on disk, left-overs, and failing disks."""

import asyncio
import hashlib
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.blobs.open import open_blob_store
from libs.common.domain.digest import Digest, Expected, sha256_of
from libs.common.domain.errors import InvalidInput, StoreUnavailable
from libs.common.ports.blobs import put_bytes, read_all
from tests.support.eventually import eventually

DATA = b"package bytes"


async def test_blobs_lie_under_their_digest(tmp_path: Path) -> None:
    """A person, or a web server that sends files, finds a blob by its digest."""
    store = FileBlobStore(tmp_path)

    blob = await put_bytes(store, DATA)

    place = tmp_path / "sha256" / blob.sha256[:2] / blob.sha256[2:]
    assert place.read_bytes() == DATA
    assert store.path_of(blob.sha256) == place
    assert store.path_of(sha256_of(b"another")) is None
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_folder_that_is_away_is_told(tmp_path: Path) -> None:
    """Also where only its disk is: the place that it is mounted on is still there."""
    store = FileBlobStore(tmp_path / "blobs")
    await store.ping()
    (tmp_path / "blobs").rename(tmp_path / "elsewhere")
    (tmp_path / "blobs").mkdir()

    with pytest.raises(StoreUnavailable, match="blob store"):
        await store.ping()


async def test_a_truncated_blob_is_replaced(tmp_path: Path) -> None:
    """A file system that lost bytes in a crash is healed by the next commit."""
    store = FileBlobStore(tmp_path)
    blob = await put_bytes(store, DATA)
    (tmp_path / "sha256" / blob.sha256[:2] / blob.sha256[2:]).write_bytes(DATA[:3])

    await put_bytes(store, DATA)

    assert await read_all(store, blob.sha256) == DATA


async def test_a_damaged_alias_means_not_found(tmp_path: Path) -> None:
    """An md5 alias that can't be read costs one more download, never a wrong file."""
    store = FileBlobStore(tmp_path)
    md5 = Digest("md5", hashlib.md5(DATA, usedforsecurity=False).hexdigest())
    spool = store.spool()
    spool.write(DATA)
    await store.commit(spool, expected=Expected(digest=md5))
    (tmp_path / "md5" / md5.hex[:2] / md5.hex[2:]).write_bytes(b"")

    assert await store.find(md5) is None


def test_old_left_overs_are_swept_at_the_start(tmp_path: Path) -> None:
    """What a killed process left goes after a day; what may still be coming in stays."""
    spool_folder = tmp_path / "spool"
    spool_folder.mkdir()
    old, fresh = spool_folder / "old", spool_folder / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"half a pack")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))

    FileBlobStore(tmp_path)

    assert list(spool_folder.iterdir()) == [fresh]


def test_a_root_that_is_no_folder_is_said_plainly(tmp_path: Path) -> None:
    """The person who starts Tain reads a sentence, not a traceback."""
    root = tmp_path / "file"
    root.write_bytes(b"")

    with pytest.raises(StoreUnavailable, match="the blob store's disk fails"):
        FileBlobStore(root)


@pytest.mark.parametrize("size_bytes", [2_000, 2_000_000], ids=["small", "large"])
async def test_a_disk_that_takes_no_more_is_a_store_failure(tmp_path: Path, size_bytes: int) -> None:
    """A write that the system refuses is transient: the work waits for the operator."""
    store = FileBlobStore(tmp_path)
    data = b"x" * size_bytes

    with _largest_file(1000), pytest.raises(StoreUnavailable, match="limit of file sizes"):
        await put_bytes(store, data)

    assert await store.find(Digest("sha256", sha256_of(data))) is None
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_commit_that_is_given_up_leaves_nothing_behind(tmp_path: Path) -> None:
    """A stopped run may cancel a commit at work; its thread finishes alone, or never begins."""
    store = FileBlobStore(tmp_path)
    spools = [store.spool() for _ in range(40)]
    for number, spool in enumerate(spools):
        spool.write(bytes([number]) * 300_000)

    commits = [asyncio.create_task(store.commit(spool)) for spool in spools]
    await asyncio.sleep(0)
    for commit in commits:
        commit.cancel()
    await asyncio.gather(*commits, return_exceptions=True)
    blob = await put_bytes(store, DATA)

    eventually(lambda: list((tmp_path / "spool").iterdir()) == [], within_s=10, what="an empty spool")
    assert await read_all(store, blob.sha256) == DATA


@contextmanager
def _largest_file(size_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_file_url_opens_plain_files(tmp_path: Path) -> None:
    """`TAIN_BLOBS_URL=file:///…` is what `./tain up` sets; blanks may be percent-encoded."""
    store = open_blob_store(f"file://{tmp_path}/with%20blank")

    blob = await put_bytes(store, DATA)

    assert (tmp_path / "with blank" / "sha256" / blob.sha256[:2] / blob.sha256[2:]).exists()


@pytest.mark.parametrize(
    "url", ["", "/tmp/x", "ftp://host/x", "file://", "file://host/x", "file:///", "s3://", "memory://"]
)
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    """The message names the variable and the forms that it may have."""
    with pytest.raises(InvalidInput, match="TAIN_BLOBS_URL must be"):
        open_blob_store(url)
