"""A blob store in object storage (S3, Google Cloud Storage, Azure) through obstore.

Bytes come in to a local file, are verified there, and are put under their sha256. A put
is atomic, and two puts under one name bring the same bytes, so nothing leans on
conditional puts, which not every server keeps. Of two unequal files that come in under
one listed digest at the same moment such a server lets the later win.
How blobs are swept: `object_sweep.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from obstore.exceptions import AlreadyExistsError, BaseError, NotSupportedError, PreconditionError
from obstore.store import ObjectStore

from libs.common.adapters.blobs.alias import ALIASED, alias_text, check_first, read_alias
from libs.common.adapters.blobs.failures import store_failure
from libs.common.adapters.blobs.object_sweep import ObjectSweep, key_of
from libs.common.adapters.blobs.partials import PARTIAL_LIMIT_BYTES, Partials, taken
from libs.common.adapters.blobs.spool import PIECE_BYTES, FileSpool, check_size, prepare_spool_folder
from libs.common.domain.digest import LISTED, Blob, Digest, Expected, Sha256, sha256_of
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.ports.blobs import Spool

_ONE_PUT_BYTES = 8 * 1024 * 1024
"""Up to here one request is sent from memory; above, pieces in a multipart upload."""


class ObjectBlobStore:
    """Implements `ports.blobs.BlobStore` on an obstore store; local files have `FileBlobStore`.

    Raises:
        StoreUnavailable: when the spool folder can't be made or written.
    """

    def __init__(
        self, store: ObjectStore, spool_folder: Path, *, partial_limit_bytes: int = PARTIAL_LIMIT_BYTES
    ) -> None:
        self._store = store
        self._sweep = ObjectSweep(store)
        self._spool_folder = spool_folder / "spool"
        prepare_spool_folder(spool_folder / "spool")
        self._partials = Partials(
            spool_folder / "partial", spool_folder=self._spool_folder, limit_bytes=partial_limit_bytes
        )

    def spool(self) -> FileSpool:
        """Begin a new file; see the port."""
        return FileSpool(self._spool_folder)

    async def resume(self, digest: Digest) -> FileSpool:
        """Go on with a file; see the port."""
        try:
            return await taken(asyncio.to_thread(self._partials.resume, digest))
        except OSError as exc:
            raise store_failure(exc) from exc

    async def commit(self, spool: Spool, *, expected: Expected | None = None) -> Blob:
        """Verify, then put; see the port."""
        if not isinstance(spool, FileSpool):
            raise TypeError("the spool is another store's")
        try:
            if expected is not None:
                check_size(spool.size_bytes, expected)
            blob = await asyncio.to_thread(spool.verified, expected)
            if expected is not None and expected.digest.algorithm == LISTED:
                check_first(await self._alias(expected.digest), blob, expected.digest)
            await self._store_whole(spool, blob)
        except (StoreUnavailable, asyncio.CancelledError):
            spool.keep()
            raise
        finally:
            spool.close()
        if expected is not None and expected.digest.algorithm in ALIASED:
            await self._write_alias(expected.digest, blob)
        return blob

    async def ping(self) -> None:
        """Ask for a blob that need not be there; see the port."""
        await self._size_of(key_of("sha256", sha256_of(b"")))

    async def find(self, digest: Digest) -> Blob | None:
        """Return the blob with this digest; see the port."""
        if digest.algorithm in ALIASED:
            blob = await self._alias(digest)
            is_there = blob is not None and await self._size_of(key_of("sha256", blob.sha256)) == blob.size_bytes
            return blob if is_there else None
        size_bytes = await self._size_of(key_of("sha256", digest.hex))
        return None if size_bytes is None else Blob(sha256=Sha256(digest.hex), size_bytes=size_bytes)

    async def read(self, sha256: Sha256, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Yield bytes of a blob; see the port."""
        key = key_of("sha256", sha256)
        try:
            with _translated():
                if start == 0 and stop is None:
                    answer = await self._store.get_async(key)
                else:
                    # Servers refuse ranges that hold nothing, each in its own way.
                    size_bytes = (await self._store.head_async(key))["size"]
                    stop = size_bytes if stop is None else min(stop, size_bytes)
                    if start >= stop:
                        return
                    answer = await self._store.get_async(key, options={"range": (start, stop)})
                async for chunk in answer.stream(min_chunk_size=PIECE_BYTES):
                    data = bytes(chunk)
                    for offset in range(0, len(data), PIECE_BYTES):
                        yield data[offset : offset + PIECE_BYTES]
        except FileNotFoundError as exc:
            raise NotFound(f"there is no blob {sha256}") from exc

    async def remove(self, sha256: Sha256) -> None:
        """Forget a blob; see the port."""
        try:
            with _translated():
                await self._store.delete_async(key_of("sha256", sha256))
        except FileNotFoundError:
            return

    async def renew(self, digest: Digest) -> Blob | None:
        """Find a blob and make it young; see the port."""
        blob = await self.find(digest)
        if blob is None:
            return None
        with _translated():
            return blob if await self._sweep.renew(blob.sha256) else None

    async def older(self, than: datetime) -> AsyncIterator[Blob]:
        """Yield old blobs; see the port."""
        with _translated():
            async for blob in self._sweep.older(than):
                yield blob

    async def sweep(self, sha256: Sha256, *, older_than: datetime) -> bool:
        """Remove a blob that is still old; see the port."""
        with _translated():
            return await self._sweep.sweep(sha256, older_than)

    async def tidy(self, *, older_than: datetime) -> int:
        """Remove aliases and notes of blobs that are gone; see the port."""
        with _translated():
            return await self._sweep.tidy(older_than)

    async def _store_whole(self, spool: FileSpool, blob: Blob) -> None:
        if await self._size_of(key_of("sha256", blob.sha256)) == blob.size_bytes:
            with _translated():
                is_safe = await self._sweep.renew(blob.sha256)
        else:
            await self._put(spool, blob)
            with _translated():
                is_safe = not await self._sweep.is_doomed(blob.sha256)
        if not is_safe:
            with _translated():
                await self._sweep.outlast(blob.sha256)
            await self._put(spool, blob)

    async def _put(self, spool: FileSpool, blob: Blob) -> None:
        key = key_of("sha256", blob.sha256)
        with _translated():
            if blob.size_bytes <= _ONE_PUT_BYTES:
                await self._store.put_async(key, await asyncio.to_thread(spool.read_at, 0, blob.size_bytes))
            else:
                await self._store.put_async(key, _pieces(spool), chunk_size=_ONE_PUT_BYTES)

    async def _size_of(self, key: str) -> int | None:
        try:
            with _translated():
                return (await self._store.head_async(key))["size"]
        except FileNotFoundError:
            return None

    async def _write_alias(self, digest: Digest, blob: Blob) -> None:
        key, text = key_of(digest.algorithm, digest.hex), alias_text(blob)
        first = await self._alias(digest) if digest.algorithm == LISTED else None
        check_first(first, blob, digest)
        is_first = digest.algorithm == LISTED and first is None
        with _translated():
            try:
                await self._store.put_async(key, text, mode="create" if is_first else "overwrite")
            except (AlreadyExistsError, PreconditionError, NotSupportedError):
                # Another came first, or the server keeps no conditions, or what is there is no alias.
                if await self._alias(digest) is None:
                    await self._store.put_async(key, text)
        if is_first:
            check_first(await self._alias(digest), blob, digest)

    async def _alias(self, digest: Digest) -> Blob | None:
        try:
            with _translated():
                answer = await self._store.get_async(key_of(digest.algorithm, digest.hex))
                return read_alias(bytes(await answer.bytes_async()))
        except FileNotFoundError:
            return None


async def _pieces(spool: FileSpool) -> AsyncIterator[bytes]:
    for offset in range(0, spool.size_bytes, PIECE_BYTES):
        yield await asyncio.to_thread(spool.read_at, offset, PIECE_BYTES)


@contextmanager
def _translated() -> Iterator[None]:
    """Let `FileNotFoundError` through, as obstore says it; anything else means that the store does not work."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as exc:
        # obstore's own words may hold addresses and keys.
        raise StoreUnavailable(f"the object store did not do what was asked ({type(exc).__name__})") from None
