"""one file of a batch -> a verified blob, fetched at most once per digest."""

import asyncio
from collections.abc import Callable
from weakref import WeakValueDictionary

import msgspec
import stamina

from libs.common.contracts.messages import CveWord, FileToFetch, Origin, StoredFile
from libs.common.domain.digest import LISTED, Blob, Digest, Expected
from libs.common.domain.errors import ContentMismatch, Permanent, UpstreamUnavailable
from libs.common.domain.source_url import join_url
from libs.common.ports.blobs import AgingBlobStore, BlobStore, Spool
from libs.common.ports.upstream import Upstream
from libs.common.vulnerabilities.package_words import read_words

RESUMED_FROM_BYTES = 8 * 1024 * 1024
"""What came in of files of this size is kept when their transfer is broken off for good."""
_UNKNOWN_MAX_BYTES = 16 * 1024**3
"""Of a file whose record has no size no more is taken: it would fill the disk."""


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how fast to try a file again; waits double from the first to the longest."""

    attempts: int = 6
    wait_first_s: float = 0.5
    wait_longest_s: float = 15.0
    jitter_s: float = 1.0
    retry_after_longest_s: float = 60.0


class FileStore:
    """Stores files, `slots` of them at once over everything that the process does."""

    def __init__(
        self,
        *,
        upstream: Upstream,
        blobs: AgingBlobStore,
        slots: asyncio.Semaphore,
        retries: Retries,
        unknown_max_bytes: int = _UNKNOWN_MAX_BYTES,
    ) -> None:
        self._upstream = upstream
        self._blobs = blobs
        self._slots = slots
        self._retries = retries
        self._unknown_max_bytes = unknown_max_bytes
        self._locks: WeakValueDictionary[Digest, asyncio.Lock] = WeakValueDictionary()

    async def store(
        self,
        file: FileToFetch,
        *,
        origin: Origin,
        words: dict[str, tuple[CveWord, ...]],
        count: Callable[[int], None],
    ) -> StoredFile:
        """Fetch a file unless the store has it. What it says of CVEs in itself goes to `words`, by ckey.

        `count` is called with the size of each piece as it comes in.

        A download that breaks off goes on where it broke, where the source allows that; that
        of a large file also in another run, or in another fetcher on the same spool folder.
        One without a digest starts over: nothing would tell parts of two files from one.

        Raises:
            Permanent: when the file can't be had, or is not what its record says.
            UpstreamUnavailable: when it can't be had after all attempts.
            StoreUnavailable: when the blob store does not take it.
        """
        expected = Expected(digest=Digest.parse(file.digest), size_bytes=file.size_bytes)
        # The same file may be wanted by two batches at the same moment.
        lock = self._locks.setdefault(expected.digest, asyncio.Lock())
        async with lock:
            # Renewed, since the catalogue that will name it is yet to come, and a sweep may come first.
            blob = await self._blobs.renew(expected.digest)
            if blob is not None:
                _check_size(blob.size_bytes, expected)
                return _stored(file, blob, fetched_bytes=0)
            transfer = _Transfer(self._blobs, expected, ckey=file.ckey, count=count)
            try:
                blob = await self._fetch(join_url(origin.base_url, file.url), origin, transfer)
            except Permanent:
                transfer.drop()
                raise
            finally:
                transfer.keep()
        if transfer.words:
            words[file.ckey] = transfer.words
        return _stored(file, blob, fetched_bytes=transfer.fetched_bytes)

    async def _fetch(self, url: str, origin: Origin, transfer: "_Transfer") -> Blob:
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
                    return await self._attempt(url, origin, transfer)
        raise AssertionError("stamina raises the last attempt's error")

    async def _attempt(self, url: str, origin: Origin, transfer: "_Transfer") -> Blob:
        await self._receive(url, origin, transfer)
        try:
            return await transfer.commit()
        except ContentMismatch:
            if not transfer.is_pieced:
                raise
        # What was left of it was damaged, or the source changed the file between two parts.
        transfer.drop()
        await self._receive(url, origin, transfer)
        return await transfer.commit()

    async def _receive(self, url: str, origin: Origin, transfer: "_Transfer") -> None:
        if transfer.is_listed:
            transfer.drop()
        spool = await transfer.spool()
        expected = transfer.expected
        if spool.size_bytes == expected.size_bytes:
            return
        home = origin.home or origin.base_url
        async with self._upstream.open(url, proxy=origin.proxy, home=home, offset=spool.size_bytes) as download:
            if download.size_bytes is not None:
                _check_size(download.size_bytes, expected)
            spool = await transfer.spool_from(download.offset)
            async for piece in download.pieces():
                spool.write(piece)
                transfer.came_in(len(piece))
                _check_longest(spool.size_bytes, expected, self._unknown_max_bytes)

    def _pause(self, exc: Exception) -> bool | float:
        if not isinstance(exc, UpstreamUnavailable):
            return False
        if exc.retry_after_s is None:
            return True
        return min(exc.retry_after_s, self._retries.retry_after_longest_s)


class _Transfer:
    """What came in of one file so far, over all attempts; of a large one, over all runs and fetchers, too."""

    def __init__(self, blobs: BlobStore, expected: Expected, *, ckey: str, count: Callable[[int], None]) -> None:
        self.expected = expected
        self.is_listed = expected.digest.algorithm == LISTED
        self.words: tuple[CveWord, ...] = ()
        self._ckey = ckey
        self.fetched_bytes = 0
        self.is_pieced = False
        self._blobs = blobs
        self._count = count
        self._spool: Spool | None = None

    def came_in(self, size_bytes: int) -> None:
        """Count a piece."""
        self.fetched_bytes += size_bytes
        self._count(size_bytes)

    async def spool(self) -> Spool:
        """Return the spool to go on with."""
        if self._spool is None:
            self._spool = await self._open()
            if self.expected.size_bytes is not None and self._spool.size_bytes > self.expected.size_bytes:
                return await self.spool_from(0)
            self.is_pieced = self._spool.size_bytes > 0
        return self._spool

    async def spool_from(self, offset: int) -> Spool:
        """Return the spool to write to from `offset` on, an empty one unless that is where it ends."""
        spool = await self.spool()
        if offset == spool.size_bytes:
            self.is_pieced = offset > 0
            return spool
        self.drop()
        self._spool = await self._open()
        return self._spool

    async def commit(self) -> Blob:
        """Store the file."""
        spool = await self.spool()
        # Read while it is here; what is read of a file that is not what it should be is thrown away with it.
        self.words = await read_words(spool, ckey=self._ckey)
        return await self._blobs.commit(spool, expected=self.expected)

    def drop(self) -> None:
        """Throw away what came in."""
        if self._spool is not None:
            self._spool.close()
        self._spool = None
        self.is_pieced = False

    def keep(self) -> None:
        """Leave what came in to whoever fetches this file next, where that is worth it."""
        if self._spool is not None:
            self._spool.keep()

    async def _open(self) -> Spool:
        if (self.expected.size_bytes or 0) >= RESUMED_FROM_BYTES and not self.is_listed:
            return await self._blobs.resume(self.expected.digest)
        return self._blobs.spool()


def _check_size(size_bytes: int, expected: Expected) -> None:
    if expected.size_bytes is not None and size_bytes != expected.size_bytes:
        raise ContentMismatch(f"the file has {size_bytes} bytes; its record says {expected.size_bytes}")


def _check_longest(size_bytes: int, expected: Expected, unknown_max_bytes: int) -> None:
    if expected.size_bytes is not None and size_bytes > expected.size_bytes:
        raise ContentMismatch(f"the file has more than the {expected.size_bytes} bytes of its record")
    if size_bytes > unknown_max_bytes:
        raise ContentMismatch(f"the file's record says no size, and it has more than {unknown_max_bytes} bytes")


def _stored(file: FileToFetch, blob: Blob, *, fetched_bytes: int) -> StoredFile:
    return StoredFile(ckey=file.ckey, sha256=blob.sha256, size_bytes=blob.size_bytes, fetched_bytes=fetched_bytes)
