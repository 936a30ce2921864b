"""records of a name, before and now -> the day on which each of its files was first seen.

Rules of this file:
1. A file's day is that of the first reading that had it, in UTC. What a source takes away
   and brings back is new when it is back.
2. Only of names whose records changed are the old records needed; all others keep their days.
3. Where no day was noted, it is that of today. Names that nobody read have none.
"""

from collections.abc import Collection
from datetime import date

import msgspec

from libs.common.domain.evaluation import Seen
from libs.common.domain.manifest import UNREAD, Manifest, ManifestEntry, ManifestPart


def seen_after_change(
    before: Seen | None, *, old_files: Collection[str], new_files: Collection[str], today: date
) -> Seen:
    """Return the days of a name's files after its records changed."""
    day = today.toordinal()
    before = before or Seen(all=day)
    days = {name: before.day_of(name) if name in old_files else day for name in sorted(new_files)}
    return Seen(all=before.all, later={name: on for name, on in days.items() if on != before.all})


def with_days(manifest: Manifest, *, today: date) -> Manifest:
    """Note today for all files of which no day was noted; the same manifest where there are none."""
    parts = {partition: _with_days(part, Seen(all=today.toordinal())) for partition, part in manifest.parts.items()}
    if all(parts[partition] is part for partition, part in manifest.parts.items()):
        return manifest
    return msgspec.structs.replace(manifest, parts=parts)


def _with_days(part: ManifestPart, seen: Seen) -> ManifestPart:
    if not any(map(_has_no_day, part.entries.values())):
        return part
    entries = {
        name: msgspec.structs.replace(entry, seen=seen) if _has_no_day(entry) else entry
        for name, entry in part.entries.items()
    }
    return msgspec.structs.replace(part, entries=entries)


def _has_no_day(entry: ManifestEntry) -> bool:
    return entry.seen is None and entry.shard != UNREAD
