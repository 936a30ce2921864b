"""Merging: shards of one name from several mirrors, laid over each other.

The first mirror that has a file gives its record and all that belongs to it. One file is
one file, whether its record stands in a classic section or in one of a later revision.
"""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.ecosystems.conda.names import filename_of
from libs.common.ecosystems.conda.payload import (
    CHANNELDATA,
    Totals,
    decode_payload,
    encode_payload,
    file_records,
    raw_records,
    record_sections,
    splice,
)
from libs.common.ecosystems.conda.wire import Record


def merge(payloads: Sequence[bytes]) -> tuple[bytes, tuple[str, ...]]:
    """Lay shards over each other, first wins; also return file names with unequal digests."""
    if len(payloads) == 1:
        return payloads[0], ()
    merged: dict[str, dict[str, msgspec.Raw]] = {}
    records: dict[str, Record] = {}
    conflicts: set[str] = set()
    for payload in payloads:
        sections = decode_payload(payload)
        new: dict[str, Record] = {}
        for file in file_records(sections):
            earlier = records.get(file.filename)
            if earlier is None:
                new[file.filename] = file.record
            elif _are_unequal(earlier, file.record):
                conflicts.add(file.filename)
        with_records = set(record_sections(sections))
        for section, fragment in sections.items():
            entries = raw_records(fragment)
            if section != CHANNELDATA:
                is_keyed = section in with_records
                entries = {
                    key: raw for key, raw in entries.items() if (filename_of(section, key) if is_keyed else key) in new
                }
            merged[section] = {**entries, **merged.get(section, {})}
        records |= new
    totals = Totals(len(records), sum(record.size or 0 for record in records.values()))
    return encode_payload(_spliced(merged), totals), tuple(sorted(conflicts))


def _spliced(merged: Mapping[str, Mapping[str, msgspec.Raw]]) -> dict[str, bytes]:
    return {
        section: splice(sorted(entries.items(), key=lambda entry: entry[0]))
        for section, entries in merged.items()
        if entries
    }


def _are_unequal(one: Record, other: Record) -> bool:
    """Compare by the strongest digest that both have; without one, by size."""
    for first, second in ((one.sha256, other.sha256), (one.md5, other.md5)):
        if first and second:
            return first.lower() != second.lower()
    return None not in (one.size, other.size) and one.size != other.size
