"""Writing RDS files: vectors, lists and their attributes.

Essential reading: R-ints "Serialization Formats"; src/main/serialize.c of R.

Rules of this file:
1. XDR, version 2, which every R since 1.4 reads; gzip, with the same bytes for the same content.
2. None is NA.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import NewType

RBytes = NewType("RBytes", bytes)
"""One value as it stands in a file."""

_HEADER = b"X\n" + struct.pack(">iii", 2, 0x00040000, 0x00020300)
_LEVEL = 6

_NULL = struct.pack(">i", 254)
_NA_STRING = struct.pack(">ii", 9, -1)
_NA_REAL = struct.pack(">II", 0x7FF00000, 1954)
_NA_INTEGER = -0x80000000

_LOGICALS, _INTEGERS, _REALS, _STRINGS, _LIST = 10, 13, 14, 16, 19
_IS_OBJECT, _HAS_ATTRIBUTES = 0x100, 0x200
_TAGGED_PAIR = 0x402
_SYMBOL = 1
_ASCII, _UTF8 = 9 | 0x40 << 12, 9 | 0x08 << 12

NO_ATTRIBUTES: Mapping[str, RBytes] = {}


def write_rds(value: RBytes) -> bytes:
    """Write a file of one value."""
    return gzipped(_HEADER + value)


def gzipped(data: bytes) -> bytes:
    """Compress, without a date and a name: the same bytes for the same content."""
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return stream.compress(data) + stream.flush()


def strings(texts: Sequence[str | None], attributes: Mapping[str, RBytes] = NO_ATTRIBUTES) -> RBytes:
    """Write a character vector; a text must have no NUL."""
    known: dict[str | None, bytes] = {None: _NA_STRING}
    pieces = []
    for text in texts:
        piece = known.get(text)
        if piece is None:
            piece = known[text] = _string(text or "")
        pieces.append(piece)
    return _vector(_STRINGS, len(texts), b"".join(pieces), attributes)


def integers(numbers: Sequence[int | None], attributes: Mapping[str, RBytes] = NO_ATTRIBUTES) -> RBytes:
    """Write an integer vector."""
    return _vector(_INTEGERS, len(numbers), _integers(numbers), attributes)


def logicals(values: Sequence[bool | None]) -> RBytes:
    """Write a logical vector."""
    return _vector(_LOGICALS, len(values), _integers(values), NO_ATTRIBUTES)


def reals(numbers: Sequence[float | None], attributes: Mapping[str, RBytes] = NO_ATTRIBUTES) -> RBytes:
    """Write a double vector."""
    data = b"".join(_NA_REAL if number is None else struct.pack(">d", number) for number in numbers)
    return _vector(_REALS, len(numbers), data, attributes)


def list_of(values: Sequence[RBytes], attributes: Mapping[str, RBytes] = NO_ATTRIBUTES) -> RBytes:
    """Write a list."""
    return _vector(_LIST, len(values), b"".join(values), attributes)


def of_class(*names: str) -> Mapping[str, RBytes]:
    """Return the attribute that gives a value its class."""
    return {"class": strings(names)}


def _integers(numbers: Sequence[int | None]) -> bytes:
    plain = (_NA_INTEGER if number is None else number for number in numbers)
    return struct.pack(f">{len(numbers)}i", *plain)


def _vector(kind: int, count: int, data: bytes, attributes: Mapping[str, RBytes]) -> RBytes:
    if not attributes:
        return RBytes(struct.pack(">ii", kind, count) + data)
    flags = kind | _HAS_ATTRIBUTES | (_IS_OBJECT if "class" in attributes else 0)
    pairs = b"".join(
        struct.pack(">ii", _TAGGED_PAIR, _SYMBOL) + _string(name) + value for name, value in attributes.items()
    )
    return RBytes(struct.pack(">ii", flags, count) + data + pairs + _NULL)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">ii", _ASCII if text.isascii() else _UTF8, len(data)) + data
