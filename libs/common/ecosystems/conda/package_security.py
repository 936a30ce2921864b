"""info/security.json of a package: what its makers say of CVEs in this very file.

Essential reading (in order): conda's schemas (info-security-1.schema.json), CEP 35 (`.conda`).

The package is other people's: sizes are bounded, and whatever can't be read says nothing.
`.tar.bz2` packages are passed over: they would have to be unpacked to their end.
"""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

import msgspec

from libs.common.domain.advisory import CveStatus
from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import decompress_zstd

ZIP_MAGIC = b"PK\x03\x04"

_SECURITY = "info/security.json"
_LARGEST_DIRECTORY = 64 * 1024
_WIDE_LOCATOR_BYTES = 20
_END = struct.Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_LARGEST_INFO = 4 * 1024 * 1024
_LARGEST_INFO_UNPACKED = 16 * 1024 * 1024
_LARGEST_SECURITY = 1024 * 1024
_MOST_STATEMENTS = 200
_LONGEST_COMMENT = 200
_NAME_IN_TAR = _SECURITY.encode()
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    tarfile.TarError,
    UnreadableIndex,
    msgspec.MsgspecError,
    UnicodeDecodeError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    EOFError,
    OSError,
)


class Statement(msgspec.Struct, frozen=True):
    """One CVE, and how far it applies to the file."""

    cve: str
    status: CveStatus
    comment: str | None = None


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str
    comment: str | None = None


class _Security(msgspec.Struct, frozen=True):
    vulns_active: tuple[_Vulnerability, ...] | None = None
    vulns_cleared: tuple[_Vulnerability, ...] | None = None
    vulns_mitigated: tuple[_Vulnerability, ...] | None = None
    vulns_disputed: tuple[_Vulnerability, ...] | None = None


def read_security(file: IO[bytes]) -> tuple[Statement, ...]:
    """Return what a `.conda` package says; nothing where it says nothing, or can't be read."""
    try:
        data = _find(file)
        return () if data is None else tuple(_statements(msgspec.json.decode(data, type=_Security)))[:_MOST_STATEMENTS]
    except _UNREADABLE:
        return ()


def _find(file: IO[bytes]) -> bytes | None:
    if file.read(len(ZIP_MAGIC)) != ZIP_MAGIC or not _has_small_directory(file):
        return None
    package = zipfile.ZipFile(file)
    for entry in package.infolist():
        is_info = entry.filename.startswith("info-") and entry.filename.endswith(".tar.zst")
        if is_info and entry.file_size <= _LARGEST_INFO and entry.compress_type == zipfile.ZIP_STORED:
            unpacked = decompress_zstd(package.read(entry), limit_bytes=_LARGEST_INFO_UNPACKED)
            # Nearly no package has one: the names of a tar's members stand in it as they are.
            return _member(unpacked) if _NAME_IN_TAR in unpacked else None
    return None


def _has_small_directory(file: IO[bytes]) -> bool:
    """Look at the size of the directory before the library reads it; packages are written without comments."""
    file.seek(-_END.size, io.SEEK_END)
    end = _END.unpack(file.read(_END.size))
    return end[0] == _END_MAGIC and end[5] <= _LARGEST_DIRECTORY and not _is_wide(file)


def _is_wide(file: IO[bytes]) -> bool:
    """Tell whether there is a wide end record, which the library would believe before the other (APPNOTE 4.3.15)."""
    if file.seek(0, io.SEEK_END) < _END.size + _WIDE_LOCATOR_BYTES:
        return False
    file.seek(-_END.size - _WIDE_LOCATOR_BYTES, io.SEEK_END)
    return file.read(4) == b"PK\x06\x07"


def _member(unpacked: bytearray) -> bytes | None:
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
        for member in archive:
            if member.name == _SECURITY and member.isreg() and member.size <= _LARGEST_SECURITY:
                found = archive.extractfile(member)
                return found.read() if found is not None else None
    return None


def _statements(security: _Security) -> Iterator[Statement]:
    said = (
        (CveStatus.ACTIVE, security.vulns_active),
        (CveStatus.DISPUTED, security.vulns_disputed),
        (CveStatus.MITIGATED, security.vulns_mitigated),
        (CveStatus.CLEARED, security.vulns_cleared),
    )
    seen: set[str] = set()
    for status, vulnerabilities in said:
        for one in vulnerabilities or ():
            # A CVE that stands in two lists counts by the more severe one.
            if one.id not in seen:
                seen.add(one.id)
                yield Statement(one.id, status, one.comment[:_LONGEST_COMMENT] if one.comment else None)
