"""Spools: private, growing files on their way into a store.

sha256 is counted while the bytes come in. md5 is only needed for old records; it is
counted at the commit by reading once more, from the page cache as a rule.
"""

import hashlib
import os
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from libs.common.adapters.blobs.failures import store_failure
from libs.common.domain.digest import Blob, Digest, Expected, Sha256
from libs.common.domain.errors import ContentMismatch

PIECE_BYTES = 1024 * 1024
_LEFT_OVER_AFTER_S = 24 * 3600


class HashingSpool(ABC):
    """Counts and hashes what is written; the kinds below say where it goes."""

    def __init__(self) -> None:
        self._size_bytes = 0
        self._sha256 = hashlib.sha256()

    @property
    def size_bytes(self) -> int:
        """How much was written."""
        return self._size_bytes

    def write(self, data: bytes, /) -> int:
        """Append, and return the length of `data`; see the port."""
        self._append(data)
        self._sha256.update(data)
        self._size_bytes += len(data)
        return len(data)

    @abstractmethod
    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` of what was already written; see the port."""

    @abstractmethod
    def close(self) -> None:
        """Throw the bytes away unless they were committed; see the port."""

    @abstractmethod
    def _append(self, data: bytes) -> None:
        """Keep the next bytes."""

    def pieces(self) -> Iterator[bytes]:
        """Yield everything written, in pieces."""
        for offset in range(0, self._size_bytes, PIECE_BYTES):
            yield self.read_at(offset, PIECE_BYTES)

    def verified(self, expected: Expected | None) -> Blob:
        """Return the digest and size of what was written.

        Raises:
            ContentMismatch: when they are not what is expected.
        """
        self.read_at(0, 0)  # raises where the bytes are gone already
        if expected is not None:
            check_size(self._size_bytes, expected)
            actual = self._digest(expected.digest.algorithm)
            if actual != expected.digest:
                raise ContentMismatch(f"the file's digest is {actual}; its record says {expected.digest}")
        return Blob(sha256=Sha256(self._sha256.hexdigest()), size_bytes=self._size_bytes)

    def _digest(self, algorithm: str) -> Digest:
        if algorithm == "sha256":
            return Digest("sha256", self._sha256.hexdigest())
        md5 = hashlib.md5(usedforsecurity=False)
        for piece in self.pieces():
            md5.update(piece)
        return Digest("md5", md5.hexdigest())


class MemorySpool(HashingSpool):
    """Keeps the bytes in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._data: bytearray | None = bytearray()

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` of what was already written; see the port."""
        return bytes(self._open()[offset : offset + size_bytes])

    def close(self) -> None:
        """Throw the bytes away; see the port."""
        self._data = None

    def _append(self, data: bytes) -> None:
        self._open().extend(data)

    def _open(self) -> bytearray:
        if self._data is None:
            raise _closed()
        return self._data


class FileSpool(HashingSpool):
    """Keeps the bytes in a file with a name of its own, so that it can be moved into place.

    A lock keeps a late reader from reading a file descriptor that was closed, and by then
    may be another file's. While the spool is `held` by a commit in a thread, `close`
    leaves the closing to the holder.

    Raises:
        StoreUnavailable: when the file can't be made.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / uuid.uuid4().hex
        self._lock = threading.Lock()
        self._is_held = False
        try:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        except OSError as exc:
            raise store_failure(exc) from exc
        self._is_open = True

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` of what was already written; see the port."""
        with self._lock:
            if not self._is_open:
                raise _closed()
            try:
                return os.pread(self._descriptor, size_bytes, offset)
            except OSError as exc:
                raise store_failure(exc) from exc

    def close(self) -> None:
        """Throw the bytes away unless they were committed; see the port."""
        with self._lock:
            if not self._is_held:
                self._discard()

    @contextmanager
    def held(self) -> Iterator[int]:
        """Keep the file open while a commit works on it, and close it after; yields its descriptor."""
        with self._lock:
            if not self._is_open or self._is_held:
                raise _closed()
            self._is_held = True
        try:
            yield self._descriptor
        finally:
            with self._lock:
                self._is_held = False
                self._discard()

    def _append(self, data: bytes) -> None:
        if not self._is_open or self._is_held:
            raise _closed()
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as exc:
            raise store_failure(exc) from exc

    def _discard(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        os.close(self._descriptor)
        # Moved into place by a commit, or on a file system that is gone: nothing to throw away.
        with suppress(OSError):
            self.path.unlink()


def check_size(size_bytes: int, expected: Expected) -> None:
    """Compare a size with the record's.

    Raises:
        ContentMismatch: where the record has one and it is another.
    """
    if expected.size_bytes is not None and size_bytes != expected.size_bytes:
        raise ContentMismatch(f"the file has {size_bytes} bytes; its record says {expected.size_bytes}")


def prepare_spool_folder(folder: Path) -> None:
    """Make the folder, and sweep what processes that were killed left in it a day ago or more.

    Raises:
        StoreUnavailable: when the folder can't be made or read.
    """
    oldest = time.time() - _LEFT_OVER_AFTER_S
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            # Another process may be sweeping too, or the file may be another user's.
            with suppress(FileNotFoundError, PermissionError):
                if path.stat().st_mtime < oldest:
                    path.unlink()
    except OSError as exc:
        raise store_failure(exc) from exc


def _closed() -> ValueError:
    return ValueError("the spool is closed")
