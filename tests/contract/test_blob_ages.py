"""Old and young blobs: what every store that is swept keeps to."""

import asyncio
import hashlib
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from libs.common.domain.digest import Blob, Digest, Expected, Sha256, listed_digest
from libs.common.ports.blobs import AgingBlobStore, put_bytes, read_all

OLD = b"stored long ago"
MD5 = Digest("md5", hashlib.md5(OLD, usedforsecurity=False).hexdigest())
LISTED = listed_digest("a source", "a file")


def _in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def _digest(blob: Blob) -> Digest:
    return Digest("sha256", blob.sha256)


async def _stored_long_ago(store: AgingBlobStore) -> tuple[Blob, datetime]:
    """Store a blob, and wait until the store's clock, which may tick in seconds, has gone on."""
    blob = await put_bytes(store, OLD)
    mark = datetime.now(UTC)
    async with asyncio.timeout(10):
        for number in itertools.count():
            later = await put_bytes(store, b"later %d" % number)
            if later not in [old async for old in store.older(mark)]:
                break
            await asyncio.sleep(0.02)
    return blob, mark


async def test_a_sweep_removes_what_is_old(store: AgingBlobStore) -> None:
    """Once, and nothing else."""
    blob, other = await put_bytes(store, OLD), await put_bytes(store, b"other")

    assert await store.sweep(blob.sha256, older_than=_in_an_hour())
    assert await store.find(_digest(blob)) is None
    assert not await store.sweep(blob.sha256, older_than=_in_an_hour())
    assert await read_all(store, other.sha256) == b"other"


async def test_old_blobs_are_listed(store: AgingBlobStore) -> None:
    """With their sizes, and without what is young."""
    blobs = {await put_bytes(store, data) for data in (OLD, b"", b"other")}

    assert {blob async for blob in store.older(_in_an_hour())} == blobs
    assert [blob async for blob in store.older(datetime.now(UTC) - timedelta(hours=1))] == []


async def test_a_sweep_leaves_what_is_young(store: AgingBlobStore) -> None:
    """It may be about to be named; what is not there is left alone, too."""
    blob = await put_bytes(store, OLD)

    assert not await store.sweep(blob.sha256, older_than=datetime.now(UTC) - timedelta(hours=1))
    assert not await store.sweep(Sha256("0" * 64), older_than=_in_an_hour())
    assert await read_all(store, blob.sha256) == OLD


async def test_who_finds_a_blob_to_name_it_makes_it_young(store: AgingBlobStore) -> None:
    """A fetcher that finds a file need not fetch it, and it stays until the catalogue names it."""
    blob, mark = await _stored_long_ago(store)

    assert await store.renew(_digest(blob)) == blob
    assert not await store.sweep(blob.sha256, older_than=mark)
    assert await read_all(store, blob.sha256) == OLD
    assert await store.renew(Digest("sha256", "0" * 64)) is None


async def test_storing_what_is_there_makes_it_young(store: AgingBlobStore) -> None:
    """Index files of an older revision may come back with the same bytes."""
    blob, mark = await _stored_long_ago(store)

    assert await put_bytes(store, OLD) == blob
    assert not await store.sweep(blob.sha256, older_than=mark)
    assert await read_all(store, blob.sha256) == OLD


@pytest.mark.parametrize("digest", [MD5, LISTED], ids=["md5", "listed"])
async def test_a_blob_is_found_and_renewed_by_its_alias_until_it_is_swept(
    store: AgingBlobStore, digest: Digest
) -> None:
    """Records name files by md5 alone, or by no digest at all; the alias goes after the blob."""
    spool = store.spool()
    spool.write(OLD)
    blob = await store.commit(spool, expected=Expected(digest=digest))

    assert await store.tidy(older_than=_in_an_hour()) == 0
    assert await store.renew(digest) == blob
    assert await store.sweep(blob.sha256, older_than=_in_an_hour())
    assert await store.renew(digest) is None
    assert await store.tidy(older_than=datetime.now(UTC) - timedelta(hours=1)) == 0
    assert await store.tidy(older_than=_in_an_hour()) >= 1
    assert await store.tidy(older_than=_in_an_hour()) == 0


async def test_after_a_sweep_other_bytes_may_come_in_under_a_listed_digest(store: AgingBlobStore) -> None:
    """Nothing names what was there before."""
    for data in (OLD, OLD[::-1]):
        spool = store.spool()
        spool.write(data)
        blob = await store.commit(spool, expected=Expected(digest=LISTED))

        assert await store.find(LISTED) == blob
        assert await store.sweep(blob.sha256, older_than=_in_an_hour())
        assert await store.tidy(older_than=_in_an_hour()) >= 1


async def test_a_swept_blob_can_be_stored_again(store: AgingBlobStore) -> None:
    """Packages come back."""
    blob = await put_bytes(store, OLD)
    await store.sweep(blob.sha256, older_than=_in_an_hour())

    assert await put_bytes(store, OLD) == blob
    assert await read_all(store, blob.sha256) == OLD
