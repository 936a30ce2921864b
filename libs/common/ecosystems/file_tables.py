"""Payloads of ecosystems whose index describes each file by one JSON object.

A payload is a msgpack map with sorted keys: table -> JSON object, its keys sorted, its values
the bytes that the source had. `files` has the records by file name; further tables, by file
name too, have what else is known of the same files. `about` speaks of the package as a whole.
`totals` is no table: `[files, bytes]`, so that counting looks into no record.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec

FILES = "files"
ABOUT = "about"
_TOTALS = "totals"

Table = Mapping[str, msgspec.Raw]
"""File name -> JSON value, not looked into."""

Tables = Mapping[str, bytes]
"""Table -> JSON object."""


class Totals(NamedTuple):
    """How many files a payload has, and their bytes together; a size that is not known counts as 0."""

    files: int
    size_bytes: int


class _Counted(msgspec.Struct, frozen=True):
    totals: bytes


_decode_tables = msgspec.msgpack.Decoder(dict[str, bytes]).decode
_decode_counted = msgspec.msgpack.Decoder(_Counted).decode
_decode_totals = msgspec.json.Decoder(Totals).decode
_decode_table = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.msgpack.Encoder(order="sorted").encode
_encode_table = msgspec.json.Encoder(order="sorted").encode


def encode_tables(tables: Mapping[str, Table], totals: Totals) -> bytes:
    """Write a payload; the same bytes for the same content. Empty tables are left out."""
    written = {name: _encode_table(table) for name, table in tables.items() if table}
    return _encode({**written, _TOTALS: msgspec.json.encode(totals)})


def decode_tables(payload: bytes) -> Tables:
    """Read the tables of a payload, not looking into them."""
    tables = _decode_tables(payload)
    tables.pop(_TOTALS, None)
    return tables


def read_table(tables: Tables, name: str) -> Table:
    """Take a table apart, without looking into its values; one that is not there is empty."""
    return _decode_table(tables.get(name, b"{}"))


def totals_of(payload: bytes) -> Totals:
    """Read only how many files and bytes a payload stands for."""
    return _decode_totals(_decode_counted(payload).totals)


def speaks_of_package(payload: bytes) -> bool:
    """Tell whether something is said of the package as a whole: it is there without any file."""
    return ABOUT in _decode_tables(payload)


def select_files(tables: Tables, filenames: Collection[str], *, totals: Totals) -> bytes:
    """Write a payload of these files only, with what belongs to them."""
    kept: dict[str, Table] = {}
    for name in tables:
        table = read_table(tables, name)
        kept[name] = table if name == ABOUT else {key: raw for key, raw in table.items() if key in filenames}
    return encode_tables(kept, totals)
