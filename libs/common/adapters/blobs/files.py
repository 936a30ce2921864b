"""A blob store of plain files.

    sha256/ab/cdef…   the blobs
    md5/ab/cdef…      small files with "sha256 size": blobs that a record names by md5
    listed/ab/cdef…   the same for blobs whose records have no digest at all (`alias.py`)
    spool/…           what is coming in
    swept/…           what is being swept
    partial/…         what came in of large files whose transfer broke off (`partials.py`)

A file is verified and made durable first and renamed into place last, so its name
never stands for anything else, whatever is killed or loses power, and when.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from libs.common.adapters.blobs.alias import ALIASED, alias_text, check_first, read_alias
from libs.common.adapters.blobs.failures import store_failure
from libs.common.adapters.blobs.file_sweep import FileSweep, made_young
from libs.common.adapters.blobs.partials import PARTIAL_LIMIT_BYTES, Partials, taken
from libs.common.adapters.blobs.spool import PIECE_BYTES, FileSpool, check_size, prepare_spool_folder
from libs.common.domain.digest import LISTED, Blob, Digest, Expected, Sha256
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.ports.blobs import Spool

_P = ParamSpec("_P")
_T = TypeVar("_T")
_THREADS = 16
"""More than cores, for these threads wait for the disk."""


class FileBlobStore:
    """Implements `ports.blobs.BlobStore` below one folder, which several processes may share.

    Raises:
        StoreUnavailable: when the folder can't be made or written.
    """

    def __init__(self, root: Path, *, partial_limit_bytes: int = PARTIAL_LIMIT_BYTES) -> None:
        self._root = root
        self._spool_folder = root / "spool"
        self._folders: set[Path] = set()
        self._sweep = FileSweep(root)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="blobs")
        prepare_spool_folder(self._spool_folder)
        self._partials = Partials(root / "partial", spool_folder=self._spool_folder, limit_bytes=partial_limit_bytes)

    def spool(self) -> FileSpool:
        """Begin a new file; see the port."""
        return FileSpool(self._spool_folder)

    async def resume(self, digest: Digest) -> FileSpool:
        """Go on with a file; see the port."""
        return await taken(self._in_thread(self._partials.resume, digest))

    async def commit(self, spool: Spool, *, expected: Expected | None = None) -> Blob:
        """Verify, make durable, then visible; see the port."""
        if not isinstance(spool, FileSpool):
            raise TypeError("the spool is another store's")
        try:
            if expected is not None:
                check_size(spool.size_bytes, expected)
            return await self._in_thread(self._commit, spool, expected)
        except (StoreUnavailable, asyncio.CancelledError):
            spool.keep()
            raise
        finally:
            spool.close()

    async def ping(self) -> None:
        """Look at the folder; see the port."""
        await self._in_thread(self._ping)

    async def find(self, digest: Digest) -> Blob | None:
        """Return the blob with this digest; see the port."""
        return await self._in_thread(self._find, digest)

    async def read(self, sha256: Sha256, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Yield bytes of a blob; see the port."""
        file, piece = await self._in_thread(self._open, sha256, start, stop)
        if file is None:
            if piece:
                yield piece
            return
        try:
            while piece:
                yield piece
                start += len(piece)
                piece = await self._in_thread(_read_piece, file, start, stop)
        finally:
            file.close()

    async def remove(self, sha256: Sha256) -> None:
        """Forget a blob; see the port."""
        await self._in_thread(self._remove, sha256)

    async def renew(self, digest: Digest) -> Blob | None:
        """Find a blob and make it young; see the port."""
        return await self._in_thread(self._renew, digest)

    async def older(self, than: datetime) -> AsyncIterator[Blob]:
        """Yield old blobs, a folder at a time; see the port."""
        for folder in await self._in_thread(self._sweep.folders, "sha256"):
            for blob in await self._in_thread(self._sweep.older_in, folder, than.timestamp()):
                yield blob

    async def sweep(self, sha256: Sha256, *, older_than: datetime) -> bool:
        """Remove a blob that is still old; see the port."""
        return await self._in_thread(self._sweep.sweep, self._place("sha256", sha256), older_than.timestamp())

    async def tidy(self, *, older_than: datetime) -> int:
        """Put back what a sweep that was killed left, and remove aliases of blobs that are gone; see the port."""
        await self._in_thread(self._sweep.recover)
        tidied = 0
        for algorithm in ALIASED:
            for folder in await self._in_thread(self._sweep.folders, algorithm):
                tidied += await self._in_thread(self._sweep.tidy, folder, older_than.timestamp())
        return tidied

    def path_of(self, sha256: Sha256) -> Path | None:
        """Return the file that holds a blob, for servers that send files by themselves; None where there is none."""
        path = self._place("sha256", sha256)
        return path if path.is_file() else None

    async def _in_thread(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))
        except OSError as exc:
            raise store_failure(exc) from exc

    def _ping(self) -> None:
        # Where a disk is not mounted its folder may be there, but not what was made in it.
        self._spool_folder.stat()
        if not os.access(self._spool_folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def _place(self, algorithm: str, hex_digest: str) -> Path:
        return self._root / algorithm / hex_digest[:2] / hex_digest[2:]

    def _commit(self, spool: FileSpool, expected: Expected | None) -> Blob:
        with spool.held():
            blob = spool.verified(expected)
            if expected is not None and expected.digest.algorithm == LISTED:
                check_first(self._alias(expected.digest), blob, expected.digest)
            place = self._place("sha256", blob.sha256)
            if _size_of(place) != blob.size_bytes or not made_young(place):
                self._prepare_folder(place.parent)
                spool.move_to(place)
        # Also where the file was there already: who put it there may not have come this far.
        _sync_folder(place.parent)
        if expected is not None and expected.digest.algorithm in ALIASED:
            self._write_alias(expected.digest, blob)
        return blob

    def _write_alias(self, digest: Digest, blob: Blob) -> None:
        place = self._place(digest.algorithm, digest.hex)
        self._prepare_folder(place.parent)
        while not self._has_alias(place, digest, blob):
            continue
        _sync_folder(place.parent)

    def _has_alias(self, place: Path, digest: Digest, blob: Blob) -> bool:
        """Try to write an alias; False where another process wrote or swept one at the same moment."""
        is_listed = digest.algorithm == LISTED
        is_first = is_listed and not place.exists()
        first = self._alias(digest) if is_listed else None
        if first is not None:
            check_first(first, blob, digest)
            return made_young(place)
        spool = FileSpool(self._spool_folder)
        spool.write(alias_text(blob))
        try:
            with spool.held():
                spool.move_to(place, is_new=is_first)
        except FileExistsError:
            return False
        return True

    def _alias(self, digest: Digest) -> Blob | None:
        try:
            return read_alias(self._place(digest.algorithm, digest.hex).read_bytes())
        except FileNotFoundError:
            return None

    def _find(self, digest: Digest) -> Blob | None:
        if digest.algorithm in ALIASED:
            blob = self._alias(digest)
            return blob if blob and _size_of(self._place("sha256", blob.sha256)) == blob.size_bytes else None
        size_bytes = _size_of(self._place("sha256", digest.hex))
        return None if size_bytes is None else Blob(sha256=Sha256(digest.hex), size_bytes=size_bytes)

    def _renew(self, digest: Digest) -> Blob | None:
        blob = self._find(digest)
        if blob is None or not made_young(self._place("sha256", blob.sha256)):
            return None
        return blob

    def _open(self, sha256: Sha256, start: int, stop: int | None) -> tuple[BinaryIO | None, bytes]:
        """Open a blob and read its first piece; the file comes back only where there is more to read."""
        try:
            file = self._place("sha256", sha256).open("rb", buffering=0)
        except FileNotFoundError as exc:
            raise NotFound(f"there is no blob {sha256}") from exc
        try:
            piece = _read_piece(file, start, stop)
            size_bytes = os.fstat(file.fileno()).st_size
        except OSError:
            file.close()
            raise
        if start + len(piece) < min(size_bytes, size_bytes if stop is None else stop):
            return file, piece
        file.close()
        return None, piece

    def _remove(self, sha256: Sha256) -> None:
        self._place("sha256", sha256).unlink(missing_ok=True)

    def _prepare_folder(self, folder: Path) -> None:
        if folder in self._folders:
            return
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)
        _sync_folder(self._root)
        self._folders.add(folder)


def _read_piece(file: BinaryIO, start: int, stop: int | None) -> bytes:
    wanted = PIECE_BYTES if stop is None else min(PIECE_BYTES, stop - start)
    return os.pread(file.fileno(), wanted, start) if wanted > 0 else b""


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
