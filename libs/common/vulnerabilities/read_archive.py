"""An archive of OSV records (`all.zip`) -> its records, one at a time.

The archive is other people's: sizes, ratios and the number of entries are bounded, names
mean nothing, and an entry that can't be read is counted with its reason, not more.
"""

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import IO

import msgspec

from libs.common.domain.errors import InvalidInput
from libs.common.vulnerabilities.osv_record import OsvRecord
from libs.common.vulnerabilities.read_osv import UnusableRecord, read_osv


class ArchiveLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive may be; PyPI's has some 30,000 entries, of 3 kB each, packed to a quarter."""

    entries: int = 400_000
    directory_bytes: int = 40 * 1024 * 1024
    entry_bytes: int = 16 * 1024 * 1024
    total_bytes: int = 8 * 1024**3
    ratio: int = 200
    ratio_counts_from_bytes: int = 1024 * 1024


LIMITS = ArchiveLimits()

_CAN_BE_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # an encrypted entry
    NotImplementedError,  # a method of packing that we do not have
    ValueError,
    struct.error,
)


class Archive:
    """Reads an archive once. What became of its entries can be asked for afterwards.

    `passed_over` counts records of other ecosystems, `broken` the entries that could not
    be used, by reason.
    """

    def __init__(self, file: IO[bytes], *, limits: ArchiveLimits = LIMITS) -> None:
        """Open a file that can be sought in.

        Raises:
            InvalidInput: when it is no archive, or a larger one than an archive of advisories can be.
        """
        self.passed_over = 0
        self.broken: Counter[str] = Counter()
        self._limits = limits
        self._left_bytes = limits.total_bytes
        _check_directory(file, limits)
        try:
            self._zip = zipfile.ZipFile(file)
        except _CAN_BE_BROKEN as exc:
            raise InvalidInput(f"this is no whole zip file: {type(exc).__name__}", field="file") from exc
        self._entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        if len(self._entries) > limits.entries:
            raise InvalidInput(f"the archive has more than {limits.entries:,} entries", field="file")

    def records(self) -> Iterator[OsvRecord]:
        """Yield what can be used.

        Raises:
            InvalidInput: when the archive unpacks to more than an archive of advisories can.
        """
        for entry in self._entries:
            try:
                record = read_osv(self._read(entry))
            except UnusableRecord as exc:
                self.broken[exc.message] += 1
            except _CAN_BE_BROKEN:
                self.broken["it can't be unpacked"] += 1
            else:
                if record is None:
                    self.passed_over += 1
                else:
                    yield record

    def _read(self, entry: zipfile.ZipInfo) -> bytes:
        limits = self._limits
        with self._zip.open(entry) as file:
            # Whatever the entry's own words: only what comes out counts.
            data = file.read(limits.entry_bytes + 1)
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise InvalidInput(f"the archive unpacks to more than {limits.total_bytes:,} bytes", field="file")
        if len(data) > limits.entry_bytes:
            raise UnusableRecord("it is larger than a record can be")
        if len(data) > max(limits.ratio_counts_from_bytes, entry.compress_size * limits.ratio):
            raise UnusableRecord("it is packed more tightly than a record can be")
        return data


def _check_directory(file: IO[bytes], limits: ArchiveLimits) -> None:
    """Look at the size of the directory before the library reads it into memory (APPNOTE 4.3.14 to 4.3.16)."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_TAIL))
    tail = file.read(_LONGEST_TAIL)
    place = tail.rfind(_END)
    if place < 0 or place + _END_FIELDS.size > len(tail):
        raise InvalidInput("this is no zip file", field="file")
    sizes = [_END_FIELDS.unpack_from(tail, place)[5]]
    wide = tail.rfind(_WIDE_END, 0, place)
    if 0 <= wide <= len(tail) - _WIDE_END_FIELDS.size:
        # The library believes this one wherever it is there.
        sizes.append(_WIDE_END_FIELDS.unpack_from(tail, wide)[8])
    if any(one != _IS_WIDE and one > min(size, limits.directory_bytes) for one in sizes):
        raise InvalidInput("the archive's directory is larger than that of an archive of advisories", field="file")
    file.seek(0)


_END = b"PK\x05\x06"
_END_FIELDS = struct.Struct("<4s4H2LH")
_WIDE_END = b"PK\x06\x06"
_WIDE_END_FIELDS = struct.Struct("<4sQ2H2L4Q")
_IS_WIDE = 0xFFFFFFFF
_LONGEST_TAIL = 65_535 + 22 + 20 + 56
