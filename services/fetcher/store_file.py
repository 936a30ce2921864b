"""one file of a batch -> a verified blob, fetched at most once per digest."""

import asyncio
from weakref import WeakValueDictionary

import msgspec
import stamina

from libs.common.contracts.messages import FileToFetch, Origin, StoredFile
from libs.common.domain.digest import Blob, Digest, Expected
from libs.common.domain.errors import ContentMismatch, UpstreamUnavailable
from libs.common.domain.source_url import join_url
from libs.common.ports.blobs import BlobStore, Spool
from libs.common.ports.upstream import Upstream


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how fast to try a file again; waits double from the first to the longest."""

    attempts: int = 6
    wait_first_s: float = 0.5
    wait_longest_s: float = 15.0
    jitter_s: float = 1.0
    retry_after_longest_s: float = 60.0


class FileStore:
    """Stores files, `slots` of them at once over everything that the process does."""

    def __init__(self, *, upstream: Upstream, blobs: BlobStore, slots: asyncio.Semaphore, retries: Retries) -> None:
        self._upstream = upstream
        self._blobs = blobs
        self._slots = slots
        self._retries = retries
        self._locks: WeakValueDictionary[Digest, asyncio.Lock] = WeakValueDictionary()

    async def store(self, file: FileToFetch, *, origin: Origin) -> StoredFile:
        """Fetch a file unless the store has it.

        A download that breaks off goes on where it broke, where the source allows that.

        Raises:
            Permanent: when the file can't be had, or is not what its record says.
            UpstreamUnavailable: when it can't be had after all attempts.
            StoreUnavailable: when the blob store does not take it.
        """
        expected = Expected(digest=Digest.parse(file.digest), size_bytes=file.size_bytes)
        # The same file may be wanted by two batches at the same moment.
        lock = self._locks.setdefault(expected.digest, asyncio.Lock())
        async with lock:
            blob = await self._blobs.find(expected.digest)
            if blob is not None:
                _check_size(blob.size_bytes, expected)
                return _stored(file, blob, fetched_bytes=0)
            transfer = _Transfer(self._blobs)
            try:
                blob = await self._fetch(join_url(origin.base_url, file.url), origin.proxy, expected, transfer)
            finally:
                transfer.close()
        return _stored(file, blob, fetched_bytes=transfer.fetched_bytes)

    async def _fetch(self, url: str, proxy: str | None, expected: Expected, transfer: "_Transfer") -> Blob:
        async for attempt in stamina.retry_context(
            on=self._pause,
            attempts=self._retries.attempts,
            timeout=None,
            wait_initial=self._retries.wait_first_s,
            wait_max=self._retries.wait_longest_s,
            wait_jitter=self._retries.jitter_s,
        ):
            with attempt:
                # No slot is held while waiting for a source that is in trouble.
                async with self._slots:
                    await self._receive(url, proxy, expected, transfer)
                    return await transfer.commit(expected)
        raise AssertionError("stamina raises the last attempt's error")

    async def _receive(self, url: str, proxy: str | None, expected: Expected, transfer: "_Transfer") -> None:
        if transfer.size_bytes == expected.size_bytes:
            return
        async with self._upstream.open(url, proxy=proxy, offset=transfer.size_bytes) as download:
            if download.size_bytes is not None:
                _check_size(download.size_bytes, expected)
            spool = transfer.begin(download.offset)
            async for piece in download.pieces():
                spool.write(piece)
                transfer.fetched_bytes += len(piece)
                if expected.size_bytes is not None and spool.size_bytes > expected.size_bytes:
                    raise ContentMismatch(f"the file has more than the {expected.size_bytes} bytes of its record")

    def _pause(self, exc: Exception) -> bool | float:
        if not isinstance(exc, UpstreamUnavailable):
            return False
        if exc.retry_after_s is None:
            return True
        return min(exc.retry_after_s, self._retries.retry_after_longest_s)


class _Transfer:
    """What came in of one file so far, over all attempts."""

    def __init__(self, blobs: BlobStore) -> None:
        self.fetched_bytes = 0
        self._blobs = blobs
        self._spool: Spool | None = None
        self._is_resumed = False

    @property
    def size_bytes(self) -> int:
        return 0 if self._spool is None else self._spool.size_bytes

    def begin(self, offset: int) -> Spool:
        """Return the spool to go on writing to, a fresh one unless the bytes begin where it ends."""
        if self._spool is not None and offset == self._spool.size_bytes:
            self._is_resumed = offset > 0
            return self._spool
        self.close()
        self._spool = self._blobs.spool()
        return self._spool

    async def commit(self, expected: Expected) -> Blob:
        spool = self._spool or self._blobs.spool()
        try:
            return await self._blobs.commit(spool, expected=expected)
        except ContentMismatch as exc:
            if not self._is_resumed:
                raise
            # The source may have changed the file between two parts: the next attempt takes it whole.
            raise UpstreamUnavailable(f"{exc.message}, put together from several parts") from exc
        finally:
            self.close()

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()
        self._spool = None
        self._is_resumed = False


def _check_size(size_bytes: int, expected: Expected) -> None:
    if expected.size_bytes is not None and size_bytes != expected.size_bytes:
        raise ContentMismatch(f"the file has {size_bytes} bytes; its record says {expected.size_bytes}")


def _stored(file: FileToFetch, blob: Blob, *, fetched_bytes: int) -> StoredFile:
    return StoredFile(ckey=file.ckey, sha256=blob.sha256, size_bytes=blob.size_bytes, fetched_bytes=fetched_bytes)
