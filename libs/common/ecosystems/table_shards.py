"""Dropping files from shards that are tables of files, and laying shards over each other.

The first mirror that has a file gives its record and all that belongs to it. Of two that
bring it with different bytes this is told; bytes are compared by the strongest digest that
both records have, without one by size.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from libs.common.ecosystems.file_tables import (
    ABOUT,
    Table,
    Tables,
    Totals,
    decode_tables,
    encode_tables,
    read_table,
    select_files,
    speaks_of_package,
    totals_of,
)
from libs.common.ecosystems.protocol import Decided

_STRONGEST_FIRST = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")


class Known(NamedTuple):
    """What records say of a file's bytes; `digests` are lower-case hex by algorithm."""

    size_bytes: int | None
    digests: Mapping[str, str] = {}


Look = Callable[[Tables], Mapping[str, Known]]
"""How an ecosystem finds that out: file name -> known, of all files of a shard."""


def without(payload: bytes, filenames: Collection[str], *, look: Look) -> Decided:
    """Drop files from a shard, with what belongs to them; nothing is counted as excluded."""
    tables = decode_tables(payload)
    sizes = {filename: known.size_bytes or 0 for filename, known in look(tables).items()}
    kept = {filename: size for filename, size in sizes.items() if filename not in filenames}
    if len(kept) == len(sizes):
        totals = totals_of(payload)
        is_kept = bool(sizes) or speaks_of_package(payload)
        return Decided(
            payload=payload if is_kept else None, files=totals.files, size_bytes=totals.size_bytes, excluded={}
        )
    totals = Totals(len(kept), sum(kept.values()))
    return Decided(
        payload=select_files(tables, kept, totals=totals) if kept else None,
        files=totals.files,
        size_bytes=totals.size_bytes,
        excluded={},
    )


def only(payload: bytes, filenames: Collection[str], *, look: Look) -> bytes | None:
    """Keep just these files of a shard, with what belongs to them; None where none of them is there."""
    tables = decode_tables(payload)
    kept = {filename: known.size_bytes or 0 for filename, known in look(tables).items() if filename in filenames}
    return select_files(tables, kept, totals=Totals(len(kept), sum(kept.values()))) if kept else None


def merge(payloads: Sequence[bytes], *, look: Look) -> tuple[bytes, tuple[str, ...]]:
    """Lay shards of one name over each other, first wins; also return file names with unequal digests.

    What is said of the package as a whole is what the first says that says anything.
    """
    if len(payloads) == 1:
        return payloads[0], ()
    merged: dict[str, dict[str, msgspec.Raw]] = {}
    files: dict[str, Known] = {}
    conflicts: set[str] = set()
    for payload in payloads:
        tables = decode_tables(payload)
        new: dict[str, Known] = {}
        for filename, known in look(tables).items():
            earlier = files.get(filename)
            if earlier is None:
                new[filename] = known
            elif are_unequal(earlier, known):
                conflicts.add(filename)
        for name in tables:
            merged.setdefault(name, {}).update(_added(name, read_table(tables, name), new, merged))
        files |= new
    totals = Totals(len(files), sum(known.size_bytes or 0 for known in files.values()))
    return encode_tables(merged, totals), tuple(sorted(conflicts))


def _added(name: str, table: Table, new: Collection[str], merged: Mapping[str, Table]) -> Table:
    if name == ABOUT:
        return {} if merged[ABOUT] else table
    return {key: raw for key, raw in table.items() if key in new}


def are_unequal(one: Known, other: Known) -> bool:
    """Tell whether two records can't be of the same bytes."""
    for algorithm in _STRONGEST_FIRST:
        first, second = one.digests.get(algorithm), other.digests.get(algorithm)
        if first and second:
            return first != second
    return None not in (one.size_bytes, other.size_bytes) and one.size_bytes != other.size_bytes
