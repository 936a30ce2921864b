"""Spools: private, growing files on their way into a store.

A spool that takes up a partial file (`partials.py`) grows in that file, and leaves it
where it is when it is kept instead of closed.

sha256 is counted while the bytes come in, for small files at the commit. md5 is only
needed for old records; it is counted at the commit by reading once more, from the page
cache as a rule.
"""

import hashlib
import os
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from libs.common.adapters.blobs.failures import store_failure
from libs.common.domain.digest import LISTED, Blob, Digest, Expected, Sha256
from libs.common.domain.errors import ContentMismatch

PIECE_BYTES = 1024 * 1024
MODE = 0o640
"""Of files that come in, and so of blobs."""
_IN_MEMORY_BYTES = 256 * 1024
_LEFT_OVER_AFTER_S = 24 * 3600


class HashingSpool(ABC):
    """Counts and hashes what is written; the kinds below say where it goes."""

    def __init__(self) -> None:
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """How much was written."""
        return self._size_bytes

    def write(self, data: bytes, /) -> int:
        """Append, and return the length of `data`; see the port."""
        self._append(data)
        self._size_bytes += len(data)
        return len(data)

    @abstractmethod
    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` of what was already written; see the port."""

    @abstractmethod
    def close(self) -> None:
        """Throw the bytes away unless they were committed; see the port."""

    @abstractmethod
    def keep(self) -> None:
        """Leave the bytes to the next `resume`; see the port."""

    @abstractmethod
    def _append(self, data: bytes) -> None:
        """Keep the next bytes."""

    @abstractmethod
    def _sha256_hex(self) -> str:
        """Return the sha256 of what was written."""

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
        sha256 = Sha256(self._sha256_hex())
        if expected is not None:
            check_size(self._size_bytes, expected)
            actual = self._digest_like(expected.digest, sha256)
            if actual != expected.digest:
                raise ContentMismatch(f"the file's digest is {actual}; its record says {expected.digest}")
        return Blob(sha256=sha256, size_bytes=self._size_bytes)

    def _digest_like(self, expected: Digest, sha256: Sha256) -> Digest:
        """Return the digest of what was written, a listed one as it is: it is not of the bytes."""
        if expected.algorithm == LISTED:
            return expected
        if expected.algorithm == "sha256":
            return Digest("sha256", sha256)
        md5 = hashlib.md5(usedforsecurity=False)
        for piece in self.pieces():
            md5.update(piece)
        return Digest("md5", md5.hexdigest())


class MemorySpool(HashingSpool):
    """Keeps the bytes in memory; `leave` takes those of a spool that is kept."""

    def __init__(self, data: bytes = b"", *, leave: Callable[[bytes], None] | None = None) -> None:
        super().__init__()
        self._data: bytearray | None = bytearray(data)
        self._size_bytes = len(data)
        self._leave = leave

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` of what was already written; see the port."""
        return bytes(self._open()[offset : offset + size_bytes])

    def close(self) -> None:
        """Throw the bytes away; see the port."""
        self._data = None

    def keep(self) -> None:
        """Leave the bytes to the next `resume`; see the port."""
        if self._data is not None and self._leave is not None:
            self._leave(bytes(self._data))
        self.close()

    def _append(self, data: bytes) -> None:
        self._open().extend(data)

    def _sha256_hex(self) -> str:
        return hashlib.sha256(self._open()).hexdigest()

    def _open(self) -> bytearray:
        if self._data is None:
            raise _closed()
        return self._data


class FileSpool(HashingSpool):
    """Keeps the bytes in a file with a name of its own, so that it can be moved into place.

    Small ones stay in memory until `held`, so that the thread of a commit does all their
    hashing and waiting for the disk: making a file while others are synced takes a millisecond.

    A lock keeps a late reader from reading a file descriptor that was closed, and by then
    may be another file's. While the spool is `held`, `close` leaves the closing to the holder.

    `partial` is a file to go on with; what it holds is hashed first.
    """

    def __init__(self, folder: Path, *, partial: "SpoolFile | None" = None) -> None:
        super().__init__()
        self._folder = folder
        self._lock = threading.Lock()
        self._memory = bytearray()
        self._file = partial
        self._is_partial = partial is not None
        self._sha256 = hashlib.sha256()
        self._is_open = True
        self._is_held = False
        if partial is not None:
            self._size_bytes = partial.size_bytes
            for piece in self.pieces():
                self._sha256.update(piece)

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` of what was already written; see the port."""
        with self._lock:
            if not self._is_open:
                raise _closed()
            if self._file is None:
                return bytes(self._memory[offset : offset + size_bytes])
            try:
                return os.pread(self._file.descriptor, size_bytes, offset)
            except OSError as exc:
                raise store_failure(exc) from exc

    def close(self) -> None:
        """Throw the bytes away unless they were committed; see the port."""
        with self._lock:
            if not self._is_held:
                self._discard()

    def keep(self) -> None:
        """Leave the bytes to the next `resume`; see the port."""
        with self._lock:
            if not self._is_held:
                self._end()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the spool open while a commit works on it, and close it after.

        Raises:
            ValueError: when it is closed, or held by another.
        """
        with self._lock:
            if not self._is_open or self._is_held:
                raise _closed()
            self._is_held = True
        end = self._discard
        try:
            yield
        except OSError:
            # Nothing is wrong with the bytes: the disk may take them another time.
            end = self._end
            raise
        finally:
            with self._lock:
                self._is_held = False
                end()

    def move_to(self, place: Path, *, is_new: bool = False) -> None:
        """Make the bytes durable, then give them their name; only while held.

        Raises:
            FileExistsError: where they are to be the first of that name, and are not.
        """
        self._in_file().move_to(place, is_new=is_new)

    def _append(self, data: bytes) -> None:
        if not self._is_open or self._is_held:
            raise _closed()
        try:
            if self._file is None and len(self._memory) + len(data) <= _IN_MEMORY_BYTES:
                self._memory += data
            else:
                self._in_file().append(data)
                self._sha256.update(data)
        except OSError as exc:
            raise store_failure(exc) from exc

    def _sha256_hex(self) -> str:
        if self._file is None:
            return hashlib.sha256(self._memory).hexdigest()
        return self._sha256.hexdigest()

    def _in_file(self) -> "SpoolFile":
        if self._file is None:
            file = SpoolFile.fresh(self._folder)
            try:
                file.append(self._memory)
            except OSError:
                file.discard()
                raise
            self._sha256.update(self._memory)
            with self._lock:
                self._file, self._memory = file, bytearray()
        return self._file

    def _end(self) -> None:
        if self._file is not None and self._is_partial:
            self._file.leave()
            self._file = None
        self._discard()

    def _discard(self) -> None:
        self._is_open = False
        self._memory = bytearray()
        if self._file is not None:
            self._file.discard()
            self._file = None


class SpoolFile:
    """An open file whose name is nobody else's until it is moved, left or discarded."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._is_moved = False
        self.descriptor = descriptor
        self.size_bytes = os.fstat(descriptor).st_size

    @classmethod
    def fresh(cls, folder: Path) -> Self:
        """Make an empty file with a name of its own."""
        path = folder / uuid.uuid4().hex
        return cls(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE))

    def append(self, data: bytes | bytearray) -> None:
        """Write all of `data` at the end."""
        rest = memoryview(data)
        while rest:
            written = os.pwrite(self.descriptor, rest, self.size_bytes)
            self.size_bytes += written
            rest = rest[written:]

    def move_to(self, place: Path, *, is_new: bool = False) -> None:
        """Make the bytes durable, then give them another name; see `FileSpool.move_to`."""
        # Whoever sweeps goes by the time; the last byte may have come in days ago.
        os.utime(self.descriptor)
        os.fsync(self.descriptor)
        if is_new:
            os.link(self._path, place)
            self._path.unlink()
        else:
            self._path.rename(place)
        self._is_moved = True

    def leave(self) -> None:
        """Close it, and let it lie."""
        os.close(self.descriptor)

    def discard(self) -> None:
        """Remove it unless it was moved, and close it: as long as it is open the name is ours."""
        if not self._is_moved:
            # On a file system that is gone there is nothing to remove.
            with suppress(OSError):
                self._path.unlink()
        os.close(self.descriptor)


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        oldest = time.time() - _LEFT_OVER_AFTER_S
        for path in folder.iterdir():
            # Another process may be sweeping too, or the file may be another user's.
            with suppress(FileNotFoundError, PermissionError):
                if path.stat().st_mtime < oldest:
                    path.unlink()
    except OSError as exc:
        raise store_failure(exc) from exc


def _closed() -> ValueError:
    return ValueError("the spool is closed")
