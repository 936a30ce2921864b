"""A few small files out of a tar stream, which is read to its end.

Essential reading (in order): POSIX pax (ustar and its extended headers); GNU tar's manual, "Basic Tar Format".

Rules of this file:
1. Readers of tar differ in what they make of odd archives. What they don't agree on is refused, so that
   nobody reads another file here than a client unpacks: two entries of one wanted path, a wanted path below
   a link, bytes after the end, sizes of what has no content, sparse files.
2. Nothing is unpacked: links and devices are passed over, they lead nowhere.
3. What is held is one header and the wanted files; names and extended headers have bounds.
"""

import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from libs.common.ecosystems.archives.refuse import refuse, shown

MOST_ENTRIES = 1_000_000
"""The largest packages of the field have 200,000 files."""

LARGEST_FILE_BYTES = 16 * 1024 * 1024
"""Of a metadata file: the longest known have 0.6 MB, a whole manual."""

LONGEST_PATH = 4096
"""PATH_MAX of Linux."""

_LARGEST_HEADER_BYTES = 1024 * 1024
"""Of extended headers; a path and a few attributes are 1 kB."""

_BLOCK = 512
_FILES = frozenset((tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE))
_LINKS = frozenset((tarfile.LNKTYPE, tarfile.SYMTYPE))
_WITHOUT_CONTENT = _LINKS | {tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE}
_LONG_NAMES = frozenset((tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK))
_EXTENDED = frozenset((tarfile.XHDTYPE, tarfile.XGLTYPE))
_PAX = re.compile(rb"([1-9][0-9]{0,6}) ([^=]+)=", re.DOTALL)
_SIZE = re.compile(r"[0-9]{1,18}")


class _Entry(NamedTuple):
    """An entry whose path is without `.` and empty parts; "" for the root."""

    path: str
    type: bytes
    size_bytes: int


def read_tar(unpacked: Iterator[bytes], *, is_wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
    """Return the wanted files by path; what is not there is not among them.

    Raises:
        InvalidInput: for what is no tar archive, or one that can be read in two ways.
    """
    stream = _Stream(unpacked)
    found: dict[str, bytes] = {}
    links: set[str] = set()
    for entry in _entries(stream):
        if entry.type in _LINKS:
            links.add(entry.path)
        if not is_wanted(entry.path):
            stream.skip(_padded(entry.size_bytes))
            continue
        if entry.path in found:
            refuse(f"the archive has {shown(entry.path)} twice")
        if entry.type not in _FILES:
            refuse(f"{shown(entry.path)} of the archive is no plain file")
        if entry.size_bytes > LARGEST_FILE_BYTES:
            refuse(f"{shown(entry.path)} of the archive is larger than {LARGEST_FILE_BYTES:,} bytes")
        found[entry.path] = stream.take(entry.size_bytes)
        stream.skip(_padded(entry.size_bytes) - entry.size_bytes)
    for path in found:
        if any(folder in links for folder in _folders(path)):
            refuse(f"{shown(path)} of the archive lies below a link")
    return found


def _entries(stream: "_Stream") -> Iterator[_Entry]:
    """Yield the entries, and read what is behind the last; the content of each is taken before the next."""
    said: dict[str, str] = {}
    for _ in range(MOST_ENTRIES):
        header = _header(stream)
        if header is None:
            return
        if header.type in _EXTENDED or header.type in _LONG_NAMES:
            if not 0 <= header.size <= _LARGEST_HEADER_BYTES:
                refuse("the archive has an extended header that is larger than any")
            content = stream.take(header.size)
            stream.skip(_padded(header.size) - header.size)
            said |= _said(header.type, content)
            continue
        yield _entry(header, said)
        said = {}
    refuse(f"the archive has more than {MOST_ENTRIES:,} entries")


def _header(stream: "_Stream") -> tarfile.TarInfo | None:
    """Read the next header; None at the end of the archive, behind which there may be zeros alone."""
    block = stream.block()
    if not block:
        return None
    if not any(block):
        if any(any(piece) for piece in stream.rest()):
            refuse("the archive has something behind its end, which some tools would read and others not")
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError, OverflowError) as exc:
        refuse("the archive is no tar archive, or damaged: it has a header that can't be read", cause=exc)


def _entry(header: tarfile.TarInfo, said: Mapping[str, str]) -> _Entry:
    size = said.get("size", str(header.size))
    if not _SIZE.fullmatch(size):
        refuse("the archive has an entry whose size is none")
    if header.type not in _FILES and header.type not in _WITHOUT_CONTENT:
        refuse("the archive has an entry of a kind that packages don't have (sparse, in parts, or unknown)")
    if header.type in _WITHOUT_CONTENT and int(size):
        refuse("the archive has a folder, link or device that says it has content")
    return _Entry(_plain_path(said.get("path", header.name)), header.type, int(size))


def _plain_path(path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if len(path) > LONGEST_PATH:
        refuse(f"the archive has a path of more than {LONGEST_PATH:,} characters")
    if path.startswith("/") or ".." in parts or "\0" in path:
        refuse(f"the archive has the path {shown(path)!r}, which leads out of it")
    return "/".join(parts)


def _said(type: bytes, content: bytes) -> Mapping[str, str]:
    """Return path and size of the next entry, where an extended header has them."""
    if type in _LONG_NAMES:
        return {"path": _text(content.rstrip(b"\0"))} if type == tarfile.GNUTYPE_LONGNAME else {}
    said = dict(_pax(content))
    if any(key.startswith("GNU.sparse.") for key in said):
        refuse("the archive has sparse files; pack it without --sparse")
    kept = {key: text for key, text in said.items() if key in ("path", "size")}
    if kept and type == tarfile.XGLTYPE:
        refuse("the archive has a path or size for all of its entries")
    return kept


def _pax(content: bytes) -> Iterator[tuple[str, str]]:
    """Read the records of an extended header: length, key, value and the end of a line each."""
    place = 0
    while place < len(content) and content[place]:
        found = _PAX.match(content, place)
        end = place + int(found[1]) if found is not None else 0
        if found is None or not found.end() < end <= len(content) or content[end - 1 : end] != b"\n":
            refuse("the archive has an extended header that can't be read")
        yield (
            found[2].decode("utf-8", "surrogateescape"),
            content[found.end() : end - 1].decode("utf-8", "surrogateescape"),
        )
        place = end


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // _BLOCK) * _BLOCK


def _folders(path: str) -> Iterator[str]:
    """Yield the folders that a path is in."""
    while path := path.rpartition("/")[0]:
        yield path


class _Stream:
    """Pieces of any size, taken by number of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""
        self._place = 0

    def block(self) -> bytes:
        """Return the next block; b"" at the end."""
        return self.take(_BLOCK) if self._fill() else b""

    def take(self, size_bytes: int) -> bytes:
        """Return the next bytes, all of them."""
        taken = bytearray()
        while len(taken) < size_bytes:
            end = min(self._more() + size_bytes - len(taken), len(self._piece))
            taken += self._piece[self._place : end]
            self._place = end
        return bytes(taken)

    def skip(self, size_bytes: int) -> None:
        """Pass over the next bytes."""
        while size_bytes > 0:
            end = min(self._more() + size_bytes, len(self._piece))
            size_bytes -= end - self._place
            self._place = end

    def rest(self) -> Iterator[bytes]:
        """Yield what is left."""
        while self._fill():
            yield self._piece[self._place :]
            self._place = len(self._piece)

    def _more(self) -> int:
        """Return where the next byte is, which there must be."""
        if not self._fill():
            refuse("the archive is cut off: an entry ends too early; upload the whole file")
        return self._place

    def _fill(self) -> bool:
        while self._place >= len(self._piece):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._piece, self._place = piece, 0
        return True
