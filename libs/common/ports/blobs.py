"""The blob store: verified bytes, named by their sha256."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from libs.common.domain.digest import Blob, Digest, Expected, Sha256


class Spool(Protocol):
    """A private, growing local file on its way into the store; it hashes what is written.

    `write` is synchronous: it goes to the page cache, and may be called from a thread.
    Nobody but the holder sees the bytes before `BlobStore.commit`.
    """

    @property
    def size_bytes(self) -> int:
        """How much was written."""

    def write(self, data: bytes, /) -> int:
        """Append, and return the length of `data`.

        Raises:
            StoreUnavailable: when the disk takes no more.
            ValueError: when the spool is closed; so do `read_at` and `commit`.
        """

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` of what was already written; b"" at the end."""

    def close(self) -> None:
        """Throw the bytes away unless they were committed; may be called twice."""

    def keep(self) -> None:
        """Close, and leave the bytes to the next `BlobStore.resume`; a spool of `BlobStore.spool` throws them away."""


class BlobStore(Protocol):
    """Content-addressed storage. A blob is visible whole and verified, or not at all."""

    async def ping(self) -> None:
        """Find out whether the store is there and can be written to; costs as much as one look.

        Raises:
            StoreUnavailable: when it does not answer, or its folder is away or not writable.
        """

    def spool(self) -> Spool:
        """Begin a new file.

        Raises:
            StoreUnavailable: when no local file can be made (disk full, not writable).
        """

    async def resume(self, digest: Digest) -> Spool:
        """Go on with a large file: a spool with the bytes that an earlier transfer left, also one that was killed.

        The bytes are not verified before the commit. A spool belongs to one holder at a
        time: while another has the file's, a private and empty one comes back. What
        nobody came back for within a week is thrown away.

        Raises:
            StoreUnavailable: when the local file can't be opened or read.
        """

    async def commit(self, spool: Spool, *, expected: Expected | None = None) -> Blob:
        """Verify, make durable, then visible under its sha256, and under `expected.digest` where that is another.

        Of bytes under a listed digest only the size is verified; what came in first under it pins it.

        Bytes that are already there are not written again, but made young, as by `AgingBlobStore.renew`.
        The spool is closed in every case; what came by `resume` is kept where it is the store that fails.

        Raises:
            ContentMismatch: when size or digest is not what is expected, or other bytes came in
                first under a listed digest; nothing is stored.
            StoreUnavailable: when the store does not take it.
        """

    async def find(self, digest: Digest) -> Blob | None:
        """Return the blob with this sha256, or the one that was committed under this md5 or listed digest.

        Raises:
            StoreUnavailable: when the store does not answer.
        """

    def read(self, sha256: Sha256, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to, not including, `stop`, in pieces of at most 1 MiB.

        Raises:
            NotFound: when there is no such blob.
            StoreUnavailable: when the store does not answer.
        """

    async def remove(self, sha256: Sha256) -> None:
        """Forget a blob; a no-op where there is none."""


class AgingBlobStore(BlobStore, Protocol):
    """A blob store that knows how long ago a blob was stored or renewed, for those who sweep and are swept."""

    async def renew(self, digest: Digest) -> Blob | None:
        """Find a blob that is about to be named, and make it young, so that no sweep takes it meanwhile.

        None, too, for a blob that is being swept at this moment: it is to be stored again.

        Raises:
            StoreUnavailable: when the store does not answer.
        """

    def older(self, than: datetime) -> AsyncIterator[Blob]:
        """Yield the blobs that were stored before `than`; some of them may have been renewed since.

        Raises:
            StoreUnavailable: when the store does not answer.
        """

    async def sweep(self, sha256: Sha256, *, older_than: datetime) -> bool:
        """Remove a blob unless it was stored or renewed since `older_than`; tell whether it was removed.

        However it meets a `commit` or `renew` of the same blob: a blob that these return stays.

        Raises:
            StoreUnavailable: when the store does not answer.
        """

    async def tidy(self, *, older_than: datetime) -> int:
        """Remove what stands for blobs that are gone: old aliases and notes; return how many that were.

        Raises:
            StoreUnavailable: when the store does not answer.
        """


async def read_all(store: BlobStore, sha256: Sha256) -> bytes:
    """Return a whole blob; for manifests, catalogues and contents.

    Raises:
        NotFound: when there is no such blob.
        StoreUnavailable: when the store does not answer.
    """
    return b"".join([piece async for piece in store.read(sha256)])


async def put_bytes(store: BlobStore, data: bytes) -> Blob:
    """Store bytes that were made here.

    Raises:
        StoreUnavailable: when the store does not take it.
    """
    spool = store.spool()
    try:
        spool.write(data)
        return await store.commit(spool)
    finally:
        spool.close()
