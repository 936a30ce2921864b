"""The payload of a shard: all records of one name, as bytes that splice into repodata.json.

A payload is a msgpack map with sorted keys: section -> fragment. A fragment is
`"key":{…},"key2":{…}`: keys sorted, each value the bytes that the source had. Sections
of records are `packages`, `packages.conda` and `v<N>/<kind>` of later revisions (CEP 48).
Beside them stand tables keyed by file name: `locations` (where a file lies, if not at
the usual place), `run_exports` and `signatures`; and `channeldata`, keyed by the name.
`totals` is no fragment: `[files, bytes]`, so that counting looks into no record.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from libs.common.ecosystems.conda.names import CLASSIC_SECTIONS, filename_of, is_later
from libs.common.ecosystems.conda.wire import RawRecords, Record, decode_raw_records, decode_records

CHANNELDATA = "channeldata"
LOCATIONS = "locations"
RUN_EXPORTS = "run_exports"
SIGNATURES = "signatures"
_TOTALS = "totals"

Sections = Mapping[str, bytes]
"""Section or table -> fragment."""


class Totals(NamedTuple):
    """How many files a payload has, and their bytes together."""

    files: int
    size_bytes: int


class FileRecord(NamedTuple):
    """One record of a payload, as far as we look into it."""

    section: str
    key: str
    filename: str
    record: Record


class _Counted(msgspec.Struct, frozen=True):
    totals: bytes


_decode_sections = msgspec.msgpack.Decoder(dict[str, bytes]).decode
_decode_counted = msgspec.msgpack.Decoder(_Counted).decode
_decode_totals = msgspec.json.Decoder(Totals).decode
_encode = msgspec.msgpack.Encoder(order="sorted").encode


def encode_payload(sections: Sections, totals: Totals) -> bytes:
    """Write a payload; the same bytes for the same content."""
    return _encode({**sections, _TOTALS: msgspec.json.encode(totals)})


def decode_payload(payload: bytes) -> Sections:
    """Read the fragments of a payload, in the order of their names."""
    sections = _decode_sections(payload)
    sections.pop(_TOTALS, None)
    return sections


def totals_of(payload: bytes) -> Totals:
    """Read only how many files and bytes a payload stands for."""
    return _decode_totals(_decode_counted(payload).totals)


def record_sections(sections: Sections) -> list[str]:
    """Name the sections that hold records, sorted."""
    return sorted(section for section in sections if section in CLASSIC_SECTIONS or is_later(section))


def raw_records(fragment: bytes) -> RawRecords:
    """Take a fragment apart, without looking into the values."""
    return decode_raw_records(b"{%b}" % fragment)


def splice(records: Iterable[tuple[str, msgspec.Raw | bytes]]) -> bytes:
    """Make a fragment of (key, value) in sorted order; keys need no escapes, for they are checked names."""
    return b",".join([b'"%b":%b' % (key.encode(), raw) for key, raw in records])


def file_records(sections: Sections) -> Iterator[FileRecord]:
    """Yield all records of a payload, those of `.conda` files first."""
    for section in sorted(record_sections(sections), key=is_legacy):
        is_named = not is_later(section)
        for key, record in decode_records(b"{%b}" % sections[section]).items():
            yield FileRecord(section, key, key if is_named else filename_of(section, key), record)


def is_legacy(section: str) -> bool:
    """Tell whether a section is of `.tar.bz2` files."""
    return section == "packages" or section.endswith("/tar.bz2")


def select(sections: Sections, filenames: Collection[str], *, totals: Totals) -> bytes:
    """Write a payload of these files only, with what belongs to them."""
    with_records = set(record_sections(sections))
    kept: dict[str, bytes] = {}
    for section, fragment in sections.items():
        if section == CHANNELDATA:
            kept[section] = fragment
            continue
        is_named_by_key = section not in with_records
        chosen = [
            (key, raw)
            for key, raw in raw_records(fragment).items()
            if (key if is_named_by_key else filename_of(section, key)) in filenames
        ]
        if chosen:
            kept[section] = splice(chosen)
    return encode_payload(kept, totals)
