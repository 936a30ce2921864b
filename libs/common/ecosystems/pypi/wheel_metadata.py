"""Core metadata out of a wheel, which is read in parts.

Essential reading: the binary distribution format specification; PKWARE's APPNOTE 4.3 (ZIP).

Rules of this file:
1. A wheel is hostile until shown otherwise: what is read of it, how many entries it has and
   how far they unpack is bounded, by what it says and by what it is.
2. There is one `<name>-<version>.dist-info/METADATA`, at the root; a wheel with two says nothing.
3. It must be of the project that the file's name says, as installers check too.
"""

import struct
import zlib
from io import SEEK_CUR, SEEK_END, SEEK_SET, RawIOBase
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from packaging.metadata import parse_email

from libs.common.ecosystems.protocol import ReadAt
from libs.common.ecosystems.pypi.filenames import project_name

_LIMIT_BYTES = 4 * 1024 * 1024
"""Of the metadata; the longest known have 0.6 MB, a whole manual."""
_LIMIT_READ = 16 * 1024 * 1024
"""Of the wheel: its directory, and what holds the metadata."""
_LIMIT_ENTRIES = 100_000
_LIMIT_RATIO = 1100
"""Deflate packs at most 1,032 to 1."""
_ENDING = ".dist-info/METADATA"


class _BeforeTheStart(OSError):
    """A place that no file has; zipfile looks for it in files that are too short."""


_UNREADABLE = (
    _BeforeTheStart,
    BadZipFile,
    EOFError,
    KeyError,
    IndexError,
    NotImplementedError,
    OverflowError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What zipfile raises on bytes that are not what they should be; what reading them raises is not among these."""


def extract_metadata(filename: str, size_bytes: int, read_at: ReadAt) -> bytes | None:
    """Return a wheel's core metadata; None where it has none that can be trusted."""
    if not filename.endswith(".whl"):
        return None
    window = _Window(size_bytes, read_at)
    try:
        with ZipFile(window) as wheel:
            entry = _metadata_entry(wheel)
            data = _read(wheel, entry) if entry is not None else None
    except _UNREADABLE:
        return None
    return data if data is not None and _is_of(filename, data) else None


def _metadata_entry(wheel: ZipFile) -> ZipInfo | None:
    entries = wheel.infolist()
    found = [entry for entry in entries if entry.filename.count("/") == 1 and entry.filename.endswith(_ENDING)]
    return found[0] if len(entries) <= _LIMIT_ENTRIES and len(found) == 1 else None


def _read(wheel: ZipFile, entry: ZipInfo) -> bytes | None:
    is_encrypted = bool(entry.flag_bits & 1)
    if is_encrypted or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return None
    if entry.file_size > min(_LIMIT_BYTES, entry.compress_size * _LIMIT_RATIO):
        return None
    with wheel.open(entry) as file:
        # It never gives more than it said, and checks the sum of all at the end.
        data = file.read(_LIMIT_BYTES + 1)
    return data if len(data) == entry.file_size else None


def _is_of(filename: str, data: bytes) -> bool:
    raw, _ = parse_email(data)
    said, of = raw.get("name"), filename.partition("-")[0]
    return said is not None and "version" in raw and project_name(said.strip()) == project_name(of)


class _Window(RawIOBase):
    """A stored file that can be read anywhere, but not much of it."""

    def __init__(self, size_bytes: int, read_at: ReadAt) -> None:
        super().__init__()
        self._size = size_bytes
        self._read_at = read_at
        self._place = 0
        self._left = _LIMIT_READ

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        start = {SEEK_SET: 0, SEEK_CUR: self._place, SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise _BeforeTheStart("before the beginning of the file")
        self._place = start + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes.

        Raises:
            BadZipFile: when it would be more than a wheel's metadata can take.
        """
        wanted = max(self._size - self._place, 0)
        if size >= 0:
            wanted = min(wanted, size)
        if wanted > self._left:
            raise BadZipFile("the wheel has more to read than one can have")
        data = self._read_at(self._place, wanted) if wanted else b""
        self._left -= len(data)
        self._place += len(data)
        return data
