"""What every blob store must do: memory, plain files, and object storage alike."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from libs.common.domain.digest import Blob, Digest, Expected, Sha256, listed_digest, sha256_of
from libs.common.domain.errors import ContentMismatch, NotFound
from libs.common.ports.blobs import BlobStore, Spool, put_bytes, read_all

MIB = 1024 * 1024
HELLO = b"hello, mirror"


def _filled(store: BlobStore, data: bytes) -> Spool:
    spool = store.spool()
    for offset in range(0, len(data), MIB):
        spool.write(data[offset : offset + MIB])
    return spool


async def _read(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_what_was_committed_is_found_and_read(store: BlobStore) -> None:
    """A blob comes back by its sha256, with its size and its bytes."""
    blob = await put_bytes(store, HELLO)

    assert blob == Blob(sha256=sha256_of(HELLO), size_bytes=len(HELLO))
    assert await store.find(Digest("sha256", blob.sha256)) == blob
    assert await read_all(store, blob.sha256) == HELLO


async def test_a_store_that_is_there_answers(store: BlobStore) -> None:
    """Also one that holds nothing yet; looking stores nothing."""
    await store.ping()

    assert await store.find(Digest("sha256", sha256_of(b""))) is None


async def test_an_empty_file_is_a_blob_too(store: BlobStore) -> None:
    """Empty index files exist; they must not be mistaken for missing ones."""
    blob = await put_bytes(store, b"")

    assert blob.size_bytes == 0
    assert await store.find(Digest("sha256", blob.sha256)) == blob
    assert await read_all(store, blob.sha256) == b""


async def test_half_written_bytes_are_not_visible(store: BlobStore) -> None:
    """Nobody sees a file before it is committed, not even under its right name."""
    spool = _filled(store, HELLO)

    assert await store.find(Digest("sha256", sha256_of(HELLO))) is None
    with pytest.raises(NotFound):
        await read_all(store, sha256_of(HELLO))

    spool.close()

    assert await store.find(Digest("sha256", sha256_of(HELLO))) is None


@pytest.mark.parametrize(
    "expected",
    [
        Expected(digest=Digest("sha256", "0" * 64), size_bytes=len(HELLO)),
        Expected(digest=Digest("sha256", "0" * 64)),
        Expected(digest=Digest("md5", "0" * 32)),
        Expected(digest=Digest("sha256", sha256_of(HELLO)), size_bytes=len(HELLO) + 1),
        Expected(digest=Digest("sha256", sha256_of(HELLO)), size_bytes=len(HELLO) - 1),
    ],
    ids=["sha256", "sha256-without-size", "md5", "truncated", "too-long"],
)
async def test_what_is_not_as_expected_is_not_stored(store: BlobStore, expected: Expected) -> None:
    """A wrong size or digest stores nothing, under no name, and closes the spool."""
    spool = _filled(store, HELLO)

    with pytest.raises(ContentMismatch):
        await store.commit(spool, expected=expected)

    assert await store.find(Digest("sha256", sha256_of(HELLO))) is None
    assert await store.find(expected.digest) is None
    with pytest.raises(ValueError, match="closed"):
        spool.read_at(0, 1)


async def test_what_is_as_expected_is_stored(store: BlobStore) -> None:
    """The common case: sha256 and size are what the record says."""
    expected = Expected(digest=Digest("sha256", sha256_of(HELLO)), size_bytes=len(HELLO))

    blob = await store.commit(_filled(store, HELLO), expected=expected)

    assert await store.find(expected.digest) == blob


async def test_a_blob_is_found_by_the_md5_of_its_record(store: BlobStore) -> None:
    """Old records have only an md5; the file is stored by sha256 and found by either."""
    md5 = Digest("md5", hashlib.md5(HELLO, usedforsecurity=False).hexdigest())

    blob = await store.commit(_filled(store, HELLO), expected=Expected(digest=md5))

    assert blob.sha256 == sha256_of(HELLO)
    assert await store.find(md5) == blob
    assert await store.find(Digest("sha256", blob.sha256)) == blob


async def test_an_md5_does_not_outlive_its_blob(store: BlobStore) -> None:
    """A swept blob is found under none of its names, and can be stored again."""
    md5 = Digest("md5", hashlib.md5(HELLO, usedforsecurity=False).hexdigest())
    blob = await store.commit(_filled(store, HELLO), expected=Expected(digest=md5))

    await store.remove(blob.sha256)

    assert await store.find(md5) is None
    assert await store.commit(_filled(store, HELLO), expected=Expected(digest=md5)) == blob
    assert await store.find(md5) == blob


LISTED_DIGEST = listed_digest("a source", "Archive/a_1.0.tar.gz", 13)
LISTED = Expected(digest=LISTED_DIGEST, size_bytes=len(HELLO))


async def test_what_came_in_first_under_a_listed_digest_is_the_file(store: BlobStore) -> None:
    """Its source gives no digest; other bytes in its place are refused, and stored under no name."""
    blob = await store.commit(_filled(store, HELLO), expected=LISTED)
    other = HELLO[::-1]

    with pytest.raises(ContentMismatch, match="came in first"):
        await store.commit(_filled(store, other), expected=LISTED)

    assert await store.find(LISTED_DIGEST) == blob
    assert await store.find(_digest(other)) is None
    assert await store.commit(_filled(store, HELLO), expected=LISTED) == blob
    assert await store.find(listed_digest("another source", "Archive/a_1.0.tar.gz", 13)) is None


async def test_the_size_of_a_listed_file_is_verified(store: BlobStore) -> None:
    """It is all that there is to verify."""
    with pytest.raises(ContentMismatch):
        await store.commit(_filled(store, HELLO + b"!"), expected=LISTED)

    assert await store.find(LISTED_DIGEST) is None
    assert await store.commit(_filled(store, HELLO), expected=LISTED) == await store.find(LISTED_DIGEST)


async def test_a_listed_file_that_was_lost_comes_back_as_it_was(store: BlobStore) -> None:
    """While its alias is there; a repair brings the same bytes or none."""
    blob = await store.commit(_filled(store, HELLO), expected=LISTED)
    await store.remove(blob.sha256)

    assert await store.find(LISTED_DIGEST) is None
    with pytest.raises(ContentMismatch):
        await store.commit(_filled(store, HELLO[::-1]), expected=LISTED)
    assert await store.commit(_filled(store, HELLO), expected=LISTED) == blob
    assert await store.find(LISTED_DIGEST) == blob


async def test_of_unequal_files_that_come_in_at_once_one_is_the_file(store: BlobStore) -> None:
    """Whoever is told that its bytes were stored has what is served."""
    datas = [bytes([number]) * len(HELLO) for number in range(8)]

    ends = await asyncio.gather(
        *(store.commit(_filled(store, data), expected=LISTED) for data in datas), return_exceptions=True
    )

    stored = [end for end in ends if isinstance(end, Blob)]
    assert [type(end) for end in ends if not isinstance(end, Blob)] == [ContentMismatch] * 7
    assert await store.find(LISTED_DIGEST) == stored[0]


async def test_unknown_digests_are_not_found(store: BlobStore) -> None:
    """Looking for what was never stored is no error; reading it is."""
    assert await store.find(Digest("sha256", "1" * 64)) is None
    assert await store.find(Digest("md5", "1" * 32)) is None
    assert await store.find(LISTED_DIGEST) is None
    with pytest.raises(NotFound):
        await read_all(store, Sha256("1" * 64))
    with pytest.raises(NotFound):
        await _read(store.read(Sha256("1" * 64), start=3, stop=5))


async def test_the_same_blob_twice_changes_nothing(store: BlobStore) -> None:
    """Two runs, or two messages, may bring the same file."""
    first = await put_bytes(store, HELLO)
    second = await put_bytes(store, HELLO)

    assert second == first
    assert await read_all(store, first.sha256) == HELLO


async def test_the_same_blob_at_the_same_time_is_stored_once(store: BlobStore) -> None:
    """Several fetchers may commit one file in the same moment."""
    blobs = await asyncio.gather(*(put_bytes(store, HELLO) for _ in range(8)))

    assert set(blobs) == {Blob(sha256=sha256_of(HELLO), size_bytes=len(HELLO))}
    assert await read_all(store, blobs[0].sha256) == HELLO


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 5), (3, 9), (4, None), (0, None), (0, 1000), (5, 5), (9, 3), (len(HELLO), None), (1000, None), (1000, 2000)],
)
async def test_ranges_are_read(store: BlobStore, start: int, stop: int | None) -> None:
    """Ranges mean what they mean for bytes in Python, also beyond the end."""
    blob = await put_bytes(store, HELLO)

    assert await _read(store.read(blob.sha256, start=start, stop=stop)) == HELLO[start:stop]


async def test_large_blobs_come_in_pieces(store: BlobStore) -> None:
    """No piece is larger than 1 MiB, so that memory stays flat whatever the size."""
    data = bytes(range(256)) * (9 * MIB // 256) + b"end"
    blob = await store.commit(_filled(store, data))

    pieces = [piece async for piece in store.read(blob.sha256)]
    middle = await _read(store.read(blob.sha256, start=MIB - 1, stop=3 * MIB + 1))

    assert max(len(piece) for piece in pieces) <= MIB
    assert b"".join(pieces) == data
    assert middle == data[MIB - 1 : 3 * MIB + 1]


async def test_a_spool_is_read_while_it_grows(store: BlobStore) -> None:
    """Clients of a passive mirror read what has come in so far."""
    spool = store.spool()
    spool.write(b"hello")

    assert spool.size_bytes == 5
    assert spool.read_at(0, 100) == b"hello"
    assert spool.read_at(5, 100) == b""

    assert spool.write(b", mirror") == 8
    assert spool.read_at(3, 4) == b"lo, "
    assert await store.commit(spool) == Blob(sha256=sha256_of(HELLO), size_bytes=len(HELLO))


async def test_a_spool_may_be_closed_twice(store: BlobStore) -> None:
    """Closing is safe in every `finally`, also after a commit; a closed spool takes no more."""
    thrown_away, committed = _filled(store, HELLO), _filled(store, HELLO)
    await store.commit(committed)

    for spool in (thrown_away, committed):
        spool.close()
        spool.close()
        with pytest.raises(ValueError, match="closed"):
            spool.write(b"more")
    with pytest.raises(ValueError, match="closed"):
        await store.commit(thrown_away)


async def test_removing_is_final_and_may_be_repeated(store: BlobStore) -> None:
    """A removed blob is gone; removing what is not there is no error."""
    blob = await put_bytes(store, HELLO)

    await store.remove(blob.sha256)
    await store.remove(blob.sha256)

    assert await store.find(Digest("sha256", blob.sha256)) is None


async def test_another_stores_spool_is_refused(store: BlobStore) -> None:
    """A spool belongs to the store that made it."""

    class Foreign:
        size_bytes = 0

        def write(self, data: bytes, /) -> int:
            return len(data)

        def read_at(self, offset: int, size_bytes: int) -> bytes:
            return b"" * (offset + size_bytes)

        def close(self) -> None:
            return

        def keep(self) -> None:
            return

    with pytest.raises(TypeError):
        await store.commit(Foreign())


def _digest(data: bytes) -> Digest:
    return Digest("sha256", sha256_of(data))


async def test_a_broken_transfer_goes_on_where_it_was_left(store: BlobStore) -> None:
    """What a stopped run has of a large file is not fetched again; the digest is that of all bytes."""
    first = await store.resume(_digest(HELLO))
    first.write(HELLO[:5])
    first.keep()

    second = await store.resume(_digest(HELLO))
    assert (second.size_bytes, second.read_at(0, 100)) == (5, HELLO[:5])
    second.write(HELLO[5:])
    blob = await store.commit(second, expected=Expected(digest=_digest(HELLO), size_bytes=len(HELLO)))

    assert await read_all(store, blob.sha256) == HELLO
    assert (await store.resume(_digest(HELLO))).size_bytes == 0


async def test_what_was_left_is_verified_with_the_rest(store: BlobStore) -> None:
    """A damaged part is noticed, and gone after that."""
    first = await store.resume(_digest(HELLO))
    first.write(b"olleh")
    first.keep()
    second = await store.resume(_digest(HELLO))
    second.write(HELLO[5:])

    with pytest.raises(ContentMismatch):
        await store.commit(second, expected=Expected(digest=_digest(HELLO)))

    third = await store.resume(_digest(HELLO))
    assert third.size_bytes == 0
    third.close()


async def test_two_never_write_the_same_partial_file(store: BlobStore) -> None:
    """Another run, or another fetcher, may want the same file at the same moment."""
    first = await store.resume(_digest(HELLO))
    first.write(HELLO[:5])

    second = await store.resume(_digest(HELLO))
    second.write(HELLO)
    blob = await store.commit(second, expected=Expected(digest=_digest(HELLO)))
    first.keep()

    assert await read_all(store, blob.sha256) == HELLO


async def test_what_is_closed_is_not_kept(store: BlobStore) -> None:
    """Also not after it was kept before; and an ordinary spool leaves nothing at all."""
    ordinary = _filled(store, HELLO)
    ordinary.keep()
    resumable = await store.resume(_digest(HELLO))
    resumable.write(HELLO)
    resumable.close()
    resumable.keep()

    again = await store.resume(_digest(HELLO))
    assert again.size_bytes == 0
    with pytest.raises(ValueError, match="closed"):
        ordinary.write(b"more")
    again.close()
