"""ZIP archives, read where they lie: a directory that can be believed, and single members.

Essential reading: PKWARE's APPNOTE 4.3.

Rules of this file:
1. Some tools read a ZIP from its end, by its directory, others from its beginning, header by header. An
   archive is taken only where both find the same: the members lie one after the other from the first byte
   to the directory, each header says what the directory says of it, and nothing is behind the end.
2. Nothing stands twice, nothing is encrypted, no path leads out.
3. Wide records (ZIP64) are read where they are needed, and must agree with what stands beside them.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from libs.common.ecosystems.archives.refuse import refuse, shown
from libs.common.ecosystems.archives.stored_file import BeforeTheStart, StoredFile

MOST_ENTRIES = 100_000
"""The largest wheels have 30,000."""

LARGEST_FILE_BYTES = 16 * 1024 * 1024
"""Of a metadata file: the longest known have 0.6 MB, a whole manual."""

LONGEST_PATH = 4096

_LARGEST_DIRECTORY_BYTES = 32 * 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_MAGIC = b"PK\x06\x07"
_WIDE_END = struct.Struct("<4sQ2H2L4Q")
_WIDE_END_MAGIC = b"PK\x06\x06"
_HEADER = struct.Struct("<4s5H3L2H")
_HEADER_MAGIC = b"PK\x03\x04"
_DESCRIPTOR_MAGIC = b"PK\x07\x08"
_NARROW, _NARROW_COUNT = 0xFFFFFFFF, 0xFFFF
_IS_ENCRYPTED, _HAS_DESCRIPTOR, _IS_UTF8 = 0x1, 0x8, 0x800
_IS_ENCRYPTED_STRONGLY = 0x2040
_WIDE_SIZES = 0x0001
_OTHER_NAME = 0x7075
"""An extra field with another name of the member, which some tools take instead (APPNOTE 4.6.9)."""

_UNREADABLE = (
    BeforeTheStart,
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


class ZipArchive:
    """An archive whose directory was found to be true.

    Raises:
        InvalidInput: for what is no ZIP, or one that can be read in two ways.
    """

    def __init__(self, file: StoredFile) -> None:
        self._file = file
        count, directory = _find_directory(file)
        try:
            self._zip = ZipFile(file)
            members = self._zip.infolist()
        except _UNREADABLE as exc:
            refuse("the archive is damaged: its directory can't be read", cause=exc)
        if len(members) != count:
            refuse("the archive is damaged: its directory has another number of members than it says")
        self._members = _by_path(members)
        self._starts = dict(_walk(file, members, directory=directory))

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all members, folders with a slash at their end."""
        return tuple(self._members)

    def read(self, path: str) -> bytes:
        """Return a small member.

        Raises:
            InvalidInput: where it is too large, or packed otherwise than all can unpack.
        """
        member = self._members[path]
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            refuse(f"{shown(path)} of the archive is packed in a way that not every client can unpack; use deflate")
        if _is_link(member):
            refuse(f"{shown(path)} of the archive is no plain file")
        if member.file_size > LARGEST_FILE_BYTES:
            refuse(f"{shown(path)} of the archive is larger than {LARGEST_FILE_BYTES:,} bytes")
        try:
            with self._zip.open(member) as opened:
                # It never gives more than it said, and checks the sum of all at the end.
                data = opened.read(LARGEST_FILE_BYTES + 1)
        except _UNREADABLE as exc:
            refuse(f"{shown(path)} of the archive is damaged", cause=exc)
        if len(data) != member.file_size:
            refuse(f"{shown(path)} of the archive is damaged: it is not as long as it says")
        return data

    def stored(self, path: str) -> tuple[int, Iterator[bytes]]:
        """Return the size and the bytes of a member that is not packed.

        Raises:
            InvalidInput: where it is.
        """
        member = self._members[path]
        if member.compress_type != ZIP_STORED or member.file_size != member.compress_size:
            refuse(f"{shown(path)} of the archive is packed once more; it must be stored as it is")
        start = self._starts[path]
        return member.file_size, self._file.pieces(start, start + member.file_size)


def _find_directory(file: StoredFile) -> tuple[int, range]:
    """Return how many members there are, and where their directory lies; it ends where the end record begins."""
    place = file.size_bytes - _END.size
    if place < 0 or file.part(0, 2) != b"PK":
        refuse("the file is no ZIP archive")
    magic, disk, first_disk, here, count, size, start, comment = _END.unpack(file.part(place, _END.size))
    if magic != _END_MAGIC or comment:
        refuse("the archive is cut off, or has a comment or something else behind its end")
    said = (here, count, size, start)
    if place >= _LOCATOR.size and file.part(place - _LOCATOR.size, 4) == _LOCATOR_MAGIC:
        place, wide = _wide_end(file, place - _LOCATOR.size)
        narrow = (_NARROW_COUNT, _NARROW_COUNT, _NARROW, _NARROW)
        if any(one not in (other, limit) for one, other, limit in zip(said, wide, narrow, strict=True)):
            refuse("the archive has two end records that do not agree")
        here, count, size, start = wide
    if disk or first_disk or here != count:
        refuse("the archive is a part of several; upload a whole one")
    if count > MOST_ENTRIES or size > _LARGEST_DIRECTORY_BYTES:
        refuse(f"the archive has more than {MOST_ENTRIES:,} members, or a directory that is larger than any")
    if start + size != place:
        refuse("the archive is damaged, or there is something before or behind its directory")
    return count, range(start, place)


def _wide_end(file: StoredFile, locator: int) -> tuple[int, tuple[int, int, int, int]]:
    """Return where the wide end record begins, and what it says."""
    place = locator - _WIDE_END.size
    _, disk, said_place, disks = _LOCATOR.unpack(file.part(locator, _LOCATOR.size))
    if place < 0 or disk or disks > 1 or said_place != place:
        refuse("the archive is damaged: its wide end record is not where it says")
    magic, size, _, _, own_disk, first_disk, *said = _WIDE_END.unpack(file.part(place, _WIDE_END.size))
    if magic != _WIDE_END_MAGIC or size != _WIDE_END.size - 12 or own_disk or first_disk:
        refuse("the archive is damaged: its wide end record can't be read")
    here, count, directory_size, start = said
    return place, (here, count, directory_size, start)


def _by_path(members: list[ZipInfo]) -> Mapping[str, ZipInfo]:
    found: dict[str, ZipInfo] = {}
    for member in members:
        path = member.filename
        if member.orig_filename != path or len(path) > LONGEST_PATH or _leads_out(path):
            refuse(f"the archive has the path {shown(member.orig_filename)!r}, which leads out of it or is none")
        if path in found:
            refuse(f"the archive has {shown(path)} twice")
        if member.flag_bits & (_IS_ENCRYPTED | _IS_ENCRYPTED_STRONGLY):
            refuse("the archive is encrypted; upload one that is not")
        found[path] = member
    return found


def _leads_out(path: str) -> bool:
    """Tell whether a path would be written to elsewhere on some system."""
    return not path or path.startswith("/") or "\\" in path or path[1:2] == ":" or ".." in path.split("/")


def _is_link(member: ZipInfo) -> bool:
    return (member.external_attr >> 16) & 0o170000 == 0o120000


def _walk(file: StoredFile, members: list[ZipInfo], *, directory: range) -> Iterator[tuple[str, int]]:
    """Yield where each member's bytes begin, if the members lie one after the other up to the directory."""
    place = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset != place:
            refuse("the archive has members that overlap, or something between them")
        start = place + _header_size(file, member, place)
        yield member.filename, start
        place = start + member.compress_size
        if member.flag_bits & _HAS_DESCRIPTOR:
            place += _descriptor_size(file, member, place)
    if place != directory.start:
        refuse("the archive has something between its members and its directory")


def _header_size(file: StoredFile, member: ZipInfo, place: int) -> int:
    """Return the size of a member's header, which must say what the directory does."""
    header = file.part(place, _HEADER.size)
    if len(header) < _HEADER.size or header[:4] != _HEADER_MAGIC:
        refuse("the archive is damaged: a member has no header")
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _HEADER.unpack(header)
    behind: int = _HEADER.size + name_length
    end: int = behind + extra_length
    name = file.part(place + _HEADER.size, name_length)
    extra = _extra(file.part(place + behind, extra_length))
    encoding = "utf-8" if member.flag_bits & _IS_UTF8 else "cp437"
    wide = extra.get(_WIDE_SIZES, b"")
    if packed == size == _NARROW and len(wide) >= 16:
        size, packed = struct.unpack("<2Q", wide[:16])
    said = (crc, packed, size)
    known = (member.CRC, member.compress_size, member.file_size)
    is_said_behind = bool(flags & _HAS_DESCRIPTOR) and not any(said)
    if (
        name != member.filename.encode(encoding)
        or (flags, method) != (member.flag_bits, member.compress_type)
        or not (said == known or is_said_behind)
    ):
        refuse(f"the archive says of {shown(member.filename)} at its place something else than in its directory")
    if _OTHER_NAME in extra or _OTHER_NAME in _extra(member.extra):
        refuse(f"the archive has two names for {shown(member.filename)}")
    return end


def _extra(data: bytes) -> Mapping[int, bytes]:
    """Read extra fields; what is left over is padding."""
    found: dict[int, bytes] = {}
    while len(data) >= 4:
        kind, size = struct.unpack("<2H", data[:4])
        found[kind] = data[4 : 4 + size]
        data = data[4 + size :]
    return found


def _descriptor_size(file: StoredFile, member: ZipInfo, place: int) -> int:
    """Return the size of what is behind a member's bytes: its sum and sizes, narrow or wide."""
    data = file.part(place, 24)
    marked = 4 if data[:4] == _DESCRIPTOR_MAGIC else 0
    known = (member.CRC, member.compress_size, member.file_size)
    for numbers in (struct.Struct("<3L"), struct.Struct("<L2Q")):
        if len(data) >= marked + numbers.size and numbers.unpack_from(data, marked) == known:
            return marked + numbers.size
    return refuse(f"the archive says of {shown(member.filename)} behind its place something else than in its directory")
