"""Partial files: large transfers that were broken off, and wait to be gone on with.

    partial/sha256-cdef…    named by the digest that the whole file must have

Rules of this file:
1. Who holds a file's lock (flock) owns its name, and alone writes, moves or removes it.
   The kernel lets go of the lock with the process, however that ends.
2. Who got the lock looks whether the name still stands for that file: its owner before
   may have moved or removed it.
3. What it holds is a guess until the whole is verified; a wrong one is thrown away.
4. What nobody came back for goes after a week, the oldest of it before that where all
   together is more than a limit. What is held counts, and stays.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from pathlib import Path

from libs.common.adapters.blobs.failures import store_failure
from libs.common.adapters.blobs.spool import MODE, FileSpool, SpoolFile
from libs.common.domain.digest import Digest
from libs.common.domain.errors import StoreUnavailable

PARTIAL_LIMIT_BYTES = 10 * 1024 * 1024 * 1024
"""How much may wait to be gone on with; enough for the large files of some stopped runs."""

_LEFT_OVER_AFTER_S = 7 * 24 * 3600
_SWEEP_EVERY_S = 60.0


class Partials:
    """The partial files of one folder, which several processes may share.

    Raises:
        StoreUnavailable: when the folder can't be made.
    """

    def __init__(self, folder: Path, *, spool_folder: Path, limit_bytes: int = PARTIAL_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._spool_folder = spool_folder
        self._sweep_due_at = 0.0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise store_failure(exc) from exc

    def resume(self, digest: Digest) -> FileSpool:
        """Return a spool with what is here of the file; a private, empty one while another has it.

        Reads and hashes all of it: call it in a thread.

        Raises:
            OSError: when the disk fails.
        """
        file = _own(self._folder / f"{digest.algorithm}-{digest.hex}", flags=os.O_CREAT)
        try:
            # What is asked for is held by now, and not among what may go.
            self._sweep()
            return FileSpool(self._spool_folder, partial=file)
        except (OSError, StoreUnavailable):
            if file is not None:
                file.leave()
            raise

    def _sweep(self) -> None:
        """Remove, now and then, what nobody came back for, and the oldest of what is too much."""
        if time.monotonic() < self._sweep_due_at:
            return
        self._sweep_due_at = time.monotonic() + _SWEEP_EVERY_S
        oldest = time.time() - _LEFT_OVER_AFTER_S
        waiting = sorted(self._waiting())
        size_bytes = sum(size for _, _, size in waiting)
        for modified_at, path, size in waiting:
            if modified_at >= oldest and size_bytes <= self._limit_bytes:
                return
            with suppress(FileNotFoundError, PermissionError):
                if (file := _own(path)) is not None:
                    file.discard()
                    size_bytes -= size

    def _waiting(self) -> Iterator[tuple[float, Path, int]]:
        """Yield the time, path and size of each file; another process may be sweeping too."""
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError, PermissionError):
                status = path.stat()
                yield status.st_mtime, path, status.st_size


async def taken(work: Awaitable[FileSpool]) -> FileSpool:
    """Wait for a spool; one that comes when nobody waits any more is left to the next."""
    coming = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(coming)
    except asyncio.CancelledError:
        coming.add_done_callback(_leave)
        raise


def _leave(coming: "asyncio.Future[FileSpool]") -> None:
    if not coming.cancelled() and coming.exception() is None:
        coming.result().keep()


def _own(path: Path, *, flags: int = 0) -> SpoolFile | None:
    """Open a partial file and take its lock; None while another has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return SpoolFile(path, descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:
            # It was moved or removed between the opening and the lock: once more.
            os.close(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        else:
            os.close(descriptor)
