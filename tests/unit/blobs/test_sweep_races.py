"""Sweeps that meet those who store and find the same blob, and sweeps that were killed."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.blobs.objects import ObjectBlobStore
from libs.common.domain.digest import Blob, Digest
from libs.common.ports.blobs import AgingBlobStore, put_bytes, read_all

DATA = b"wanted by two"
_ROUNDS = 60


def _digest(blob: Blob) -> Digest:
    return Digest("sha256", blob.sha256)


@pytest.fixture(params=["files", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> AgingBlobStore:
    """Return an empty store."""
    if request.param == "files":
        return FileBlobStore(tmp_path / "blobs")
    return ObjectBlobStore(MemoryStore(), tmp_path / "spool")


async def _grown_old(store: AgingBlobStore) -> tuple[Blob, datetime]:
    blob = await put_bytes(store, DATA)
    now = datetime.now(UTC)
    if not isinstance(store, FileBlobStore):
        return blob, now
    path = store.path_of(blob.sha256)
    assert path is not None
    # Files have their times from a clock that ticks a few times in a hundredth of a second.
    an_hour_ago = (now - timedelta(hours=1)).timestamp()
    os.utime(path, (an_hour_ago, an_hour_ago))
    return blob, now - timedelta(minutes=30)


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored again", "found"])
async def test_a_blob_that_was_promised_is_there(store: AgingBlobStore, *, is_stored: bool) -> None:
    """However a sweep and a fetcher meet, what the fetcher got back is in the store."""

    async def want(blob: Blob) -> Blob | None:
        return await put_bytes(store, DATA) if is_stored else await store.renew(_digest(blob))

    for round_ in range(_ROUNDS):
        blob, mark = await _grown_old(store)
        wanting, sweeping = want(blob), store.sweep(blob.sha256, older_than=mark)
        outcomes = await asyncio.gather(*((wanting, sweeping) if round_ % 2 else (sweeping, wanting)))
        if blob in outcomes:
            assert await read_all(store, blob.sha256) == DATA
    # Who meets whom is chance; who comes first is not, and is always promised it.
    blob, mark = await _grown_old(store)
    assert await want(blob) == blob
    assert not await store.sweep(blob.sha256, older_than=mark)
    assert await read_all(store, blob.sha256) == DATA


async def test_what_a_killed_sweep_moved_aside_is_put_back(tmp_path: Path) -> None:
    """It was killed between moving the file and looking at its time."""
    store = FileBlobStore(tmp_path)
    blob = await put_bytes(store, DATA)
    path = store.path_of(blob.sha256)
    assert path is not None
    (tmp_path / "swept").mkdir()
    path.rename(tmp_path / "swept" / f"sha256-{blob.sha256}-0123")

    await store.tidy(older_than=datetime.now(UTC) - timedelta(days=1))

    assert await read_all(store, blob.sha256) == DATA
    assert list((tmp_path / "swept").iterdir()) == []


async def test_a_doomed_object_is_taken_for_gone_and_stored_again_after(tmp_path: Path) -> None:
    """The sweep's note stands; it removes the blob while another process stores it."""
    objects = MemoryStore()
    store = ObjectBlobStore(objects, tmp_path)
    blob = await put_bytes(store, DATA)
    note = f"doomed/{blob.sha256[:2]}/{blob.sha256[2:]}"
    await objects.put_async(note, b"")

    assert await store.renew(_digest(blob)) is None
    storing = asyncio.create_task(put_bytes(store, DATA))
    await asyncio.sleep(0)
    await store.remove(blob.sha256)
    await objects.delete_async(note)
    await storing

    assert await read_all(store, blob.sha256) == DATA
