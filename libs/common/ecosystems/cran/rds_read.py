"""Reading the RDS files of a repository: vectors, lists and their attributes; nothing that R would run.

Essential reading: R-ints "Serialization Formats"; src/main/serialize.c and altclasses.c of R.

Rules of this file:
1. XDR, versions 2 and 3, packed by gzip, bzip2, xz, zstd or not at all. All else is refused with words.
2. A file is hostile: it is bounded in bytes, in depth, and in what its compact forms stand for.
3. NA is None, of numbers NaN, too.
"""

import math
import struct
import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import (
    ZSTD_MAGIC,
    decompress_bz2,
    decompress_gzip,
    decompress_xz,
    decompress_zstd,
)

Attributes: TypeAlias = Mapping[str, "RValue"]

NO_ATTRIBUTES: Attributes = {}


class RStrings(NamedTuple):
    """A character vector."""

    values: Sequence[str | None]
    attributes: Attributes = NO_ATTRIBUTES


class RNumbers(NamedTuple):
    """A vector of integers, doubles, or logicals as 0 and 1."""

    values: Sequence[float | None]
    attributes: Attributes = NO_ATTRIBUTES


class RList(NamedTuple):
    """A list."""

    values: Sequence["RValue"]
    attributes: Attributes = NO_ATTRIBUTES


RValue: TypeAlias = RStrings | RNumbers | RList | None
"""None is NULL."""

LIMIT_BYTES = 256 * 1024 * 1024
"""CRAN's archive.rds has about 20 MB when unpacked; ten times that is room for many years."""

_UNPACK: Mapping[bytes, Callable[..., bytearray]] = {
    b"\x1f\x8b": decompress_gzip,
    b"BZh": decompress_bz2,
    b"\xfd7zXZ\0": decompress_xz,
    ZSTD_MAGIC: decompress_zstd,
}
_MAX_DEPTH = 32
MAX_ELEMENTS = 20_000_000
"""Of all vectors together, compact ones at their full length; CRAN's archive.rds has 4 million."""
_VECTOR_ELEMENTS = 4
"""What a vector costs besides its elements: a file may be nothing but empty ones."""

_SYMBOL, _PAIRS, _CHARACTERS, _LOGICALS, _INTEGERS, _REALS, _STRINGS, _LIST = 1, 2, 9, 10, 13, 14, 16, 19
_ALTERNATIVE, _ATTRIBUTED_PAIRS, _NULL, _REFERENCE = 238, 239, 254, 255
_HAS_ATTRIBUTES, _HAS_TAG = 0x200, 0x400
_NA_INTEGER = -0x80000000
_LATIN1 = 0x04 << 12
_HEADER_BYTES = 14
_ONE, _TWO = struct.Struct(">i"), struct.Struct(">ii")


def read_rds(data: bytes, *, max_elements: int = MAX_ELEMENTS) -> RValue:
    """Read the value that a file holds.

    Raises:
        UnreadableIndex: for anything that is not such a file, or more than this one reads.
    """
    unpack = next((unpack for magic, unpack in _UNPACK.items() if data.startswith(magic)), None)
    plain = bytes(unpack(data, limit_bytes=LIMIT_BYTES)) if unpack is not None else data
    try:
        return _Reader(plain, max_elements=max_elements).read_file()
    except (struct.error, IndexError) as exc:
        raise UnreadableIndex("the RDS file ends too early") from exc


class _Reader:
    """A cursor in the plain bytes of a file."""

    def __init__(self, data: bytes, *, max_elements: int) -> None:
        self._data = data
        self._max_elements = max_elements
        self._at = 0
        self._symbols: list[str] = []
        self._elements = 0

    def read_file(self) -> RValue:
        if self._data[:2] != b"X\n":
            raise UnreadableIndex("the file is no RDS file in XDR form")
        version = struct.unpack_from(">i", self._data, 2)[0]
        self._at = _HEADER_BYTES
        if version == 3:
            self._skip(self._length())
        elif version != 2:
            raise UnreadableIndex(f"the RDS file has version {version}; 2 and 3 can be read")
        return self._value(0)

    def _integer(self) -> int:
        number: int = _ONE.unpack_from(self._data, self._at)[0]
        self._at += 4
        return number

    def _length(self) -> int:
        """Read how many elements come; each takes a byte at least."""
        length = self._integer()
        if not 0 <= length <= len(self._data) - self._at:
            raise UnreadableIndex("the RDS file ends too early, or has a vector longer than itself")
        self._count(length + _VECTOR_ELEMENTS)
        return length

    def _skip(self, size_bytes: int) -> None:
        self._at += size_bytes

    def _value(self, depth: int) -> RValue:
        return self._value_of(self._integer(), depth)

    def _value_of(self, flags: int, depth: int) -> RValue:
        if depth > _MAX_DEPTH:
            raise UnreadableIndex(f"the RDS file is nested deeper than {_MAX_DEPTH} levels")
        kind = flags & 0xFF
        if kind == _NULL:
            return None
        if kind == _ALTERNATIVE:
            return self._alternative(depth)
        if kind in (_PAIRS, _ATTRIBUTED_PAIRS):
            return self._pairs(flags, depth)
        value: RValue
        if kind == _STRINGS:
            value = RStrings(self._strings(self._length()))
        elif kind in (_LOGICALS, _INTEGERS):
            value = RNumbers(self._integers(self._length()))
        elif kind == _REALS:
            value = RNumbers(self._reals(self._length()))
        elif kind == _LIST:
            value = RList([self._value(depth + 1) for _ in range(self._length())])
        else:
            raise UnreadableIndex(f"the RDS file has a value of type {kind}, which no index has")
        return value._replace(attributes=self._attributes(depth)) if flags & _HAS_ATTRIBUTES else value

    def _strings(self, count: int) -> list[str | None]:
        data, at = self._data, self._at
        read = _TWO.unpack_from
        found: list[str | None] = []
        for _ in range(count):
            flags, size = read(data, at)
            at += 8
            if flags & 0xFFF != _CHARACTERS or size < -1:
                raise UnreadableIndex("the RDS file has no text where one should be")
            if size == -1:
                found.append(None)
                continue
            found.append(_decode(data[at : at + size], flags))
            at += size
        if at > len(data):
            raise UnreadableIndex("the RDS file ends too early")
        self._at = at
        return found

    def _integers(self, count: int) -> list[float | None]:
        return [None if number == _NA_INTEGER else number for number in self._array("i", count)]

    def _reals(self, count: int) -> list[float | None]:
        return [None if math.isnan(number) else number for number in self._array("d", count)]

    def _array(self, code: str, count: int) -> "array[float]":
        numbers: array[float] = array(code)
        end = self._at + count * numbers.itemsize
        if end > len(self._data):
            raise UnreadableIndex("the RDS file ends too early")
        numbers.frombytes(self._data[self._at : end])
        self._at = end
        if sys.byteorder == "little":  # pragma: no branch - as most machines are
            numbers.byteswap()
        return numbers

    def _attributes(self, depth: int) -> Attributes:
        flags = self._integer()
        found: dict[str, RValue] = {}
        # Nearly all attributes are of this kind, and a file has many.
        while flags == _PAIRS | _HAS_TAG:
            self._count(_VECTOR_ELEMENTS)
            name = self._symbol()
            found[name] = self._symbol_or_value(depth + 1)
            flags = self._integer()
        return {**found, **dict(_named(self._value_of(flags, depth + 1)))} if flags != _NULL else found

    def _pairs(self, flags: int, depth: int) -> RList:
        """Read a pairlist as a list with names, empty without a tag; its end may be a value of its own."""
        names: list[str | None] = []
        values: list[RValue] = []
        while flags & 0xFF in (_PAIRS, _ATTRIBUTED_PAIRS):
            self._count(_VECTOR_ELEMENTS)
            if flags & _HAS_ATTRIBUTES:
                self._attributes(depth)
            names.append(self._symbol() if flags & _HAS_TAG else "")
            values.append(self._symbol_or_value(depth + 1))
            flags = self._integer()
        if flags & 0xFF != _NULL:
            names.append("")
            values.append(self._value_of(flags, depth + 1))
        return RList(values, {"names": RStrings(names)})

    def _symbol_or_value(self, depth: int) -> RValue:
        flags = self._integer()
        if flags & 0xFF in (_SYMBOL, _REFERENCE):
            return RStrings([self._symbol_of(flags)])
        return self._value_of(flags, depth)

    def _symbol(self) -> str:
        return self._symbol_of(self._integer())

    def _symbol_of(self, flags: int) -> str:
        if flags & 0xFF == _SYMBOL:
            (name,) = self._strings(1)
            self._symbols.append(name or "")
            return name or ""
        if flags & 0xFF == _REFERENCE:
            place = flags >> 8 or self._integer()
            if 0 < place <= len(self._symbols):
                return self._symbols[place - 1]
        raise UnreadableIndex("the RDS file has no name where one should be")

    def _alternative(self, depth: int) -> RValue:
        """Read what R keeps in a form of its own (ALTREP): class, state, attributes."""
        info = self._value(depth + 1)
        state = self._value(depth + 1)
        attributes = dict(_named(self._value(depth + 1)))
        class_ = _first_text(info)
        value = self._expand(class_, state)
        own = {**value.attributes, **attributes} if value is not None else {}
        return value._replace(attributes=own) if value is not None else None

    def _expand(self, class_: str, state: RValue) -> RStrings | RNumbers | RList:
        if class_ in ("compact_intseq", "compact_realseq") and isinstance(state, RNumbers) and len(state.values) == 3:
            count, first, step = (number or 0 for number in state.values)
            if not all(math.isfinite(number) for number in (count, first, step)):
                raise UnreadableIndex("the RDS file has a sequence without an end")
            self._count(count)
            return RNumbers([first + place * step for place in range(int(count))])
        parts = state.values if isinstance(state, RList) else ()
        held = parts[0] if parts else None
        if class_ == "deferred_string" and isinstance(held, RNumbers):
            self._count(len(held.values))
            return RStrings([None if number is None else f"{number:.15g}" for number in held.values])
        if class_.startswith("wrap_") and held is not None:
            return held
        raise UnreadableIndex(f"the RDS file has a value of R's own class {class_[:40]!r}, which no index has")

    def _count(self, elements: float) -> None:
        self._elements += int(abs(elements))
        if self._elements > self._max_elements:
            raise UnreadableIndex(f"the RDS file stands for more than {self._max_elements} elements")


def _named(value: RValue) -> Sequence[tuple[str, RValue]]:
    if not isinstance(value, RList):
        return ()
    names = value.attributes.get("names")
    texts = names.values if isinstance(names, RStrings) else ()
    return [(name or "", held) for name, held in zip(texts, value.values, strict=False)]


def _first_text(value: RValue) -> str:
    first = value.values[0] if isinstance(value, RList) and value.values else None
    return (first.values[0] or "") if isinstance(first, RStrings) and first.values else ""


def _decode(data: bytes, flags: int) -> str:
    if flags & _LATIN1:
        return data.decode("latin-1")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
