"""Aliases that a crash or a person damaged: one more download, never a wrong file, and never for good."""

import hashlib
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.blobs.objects import ObjectBlobStore
from libs.common.domain.digest import Blob, Digest, Expected, listed_digest
from libs.common.ports.blobs import BlobStore

DATA = b"package bytes"
DIGESTS = {
    "md5": Digest("md5", hashlib.md5(DATA, usedforsecurity=False).hexdigest()),
    "listed": listed_digest("source", "file"),
}
DAMAGES = {"empty": b"", "torn": b"0123", "rubbish": b"\xff" * 80}


async def _store_it(store: BlobStore, digest: Digest) -> Blob:
    spool = store.spool()
    spool.write(DATA)
    return await store.commit(spool, expected=Expected(digest=digest))


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("algorithm", DIGESTS)
async def test_a_damaged_alias_in_a_folder_is_replaced(tmp_path: Path, algorithm: str, damage: str) -> None:
    """By the next commit."""
    store, digest = FileBlobStore(tmp_path), DIGESTS[algorithm]
    await _store_it(store, digest)
    (tmp_path / algorithm / digest.hex[:2] / digest.hex[2:]).write_bytes(DAMAGES[damage])

    assert await store.find(digest) is None
    assert await _store_it(store, digest) == await store.find(digest)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("algorithm", DIGESTS)
async def test_a_damaged_alias_in_an_object_store_is_replaced(tmp_path: Path, algorithm: str, damage: str) -> None:
    """By the next commit."""
    objects, digest = MemoryStore(), DIGESTS[algorithm]
    store = ObjectBlobStore(objects, tmp_path)
    await _store_it(store, digest)
    await objects.put_async(f"{algorithm}/{digest.hex[:2]}/{digest.hex[2:]}", DAMAGES[damage])

    assert await store.find(digest) is None
    assert await _store_it(store, digest) == await store.find(digest)
