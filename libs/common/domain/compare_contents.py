"""two revisions' contents -> the packages of which they list other files.

Rules of this file:
1. A package is a name of one ecosystem, in whatever partitions; a partition is of one ecosystem.
2. No record is read. Names whose shards are equal are passed by, whichever mirrors they came from.
3. Other shards need not mean other files: the source may tell something else of the same ones.
4. Of a name that nobody read (`UNREAD`) there are no files to tell of.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from libs.common.domain.manifest import UNREAD, ShardDigest
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import ContentsEntry, PackagesChanged, RevisionMirror


class PackageChange(StrEnum):
    """What became of a package."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class ListedEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first fields of `revision.ContentsEntry`: all that is compared."""

    origins: tuple[tuple[int, ShardDigest], ...]
    rendered: bytes | None
    files: int
    size_bytes: int


Entries = Mapping[str, ListedEntry | ContentsEntry]
"""The names of one partition."""


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What a revision lists, by partition and name; `mirrors` are those that `origins` name by their places."""

    mirrors: tuple[RevisionMirror, ...] = ()
    parts: Mapping[str, Entries] = {}


class ListedName(msgspec.Struct, frozen=True, gc=False):
    """What is listed of a name in one partition: its shards, first wins, and how many files these have together.

    `is_unread` says that a mirror has files of it that nobody knows yet.
    """

    shards: tuple[ShardDigest, ...]
    is_unread: bool
    files: int
    size_bytes: int


class NameChange(msgspec.Struct, frozen=True, gc=False):
    """A name in one partition, of which both list other shards; None where one of them does not list it."""

    partition: str
    old: ListedName | None
    new: ListedName | None


class ChangedPackage(msgspec.Struct, frozen=True, gc=False):
    """A package, and what changed of it by partition, in order."""

    type: MirrorType
    name: str
    change: PackageChange
    parts: tuple[NameChange, ...]


def compare_names(old: Names, new: Names) -> tuple[ChangedPackage, ...]:
    """Return the packages of which other files are listed, by name, then type."""
    types = types_of(old) | types_of(new)
    changed: dict[tuple[str, MirrorType], list[NameChange]] = {}
    for partition in sorted(types):
        for name, was, now in _changed_entries(old, new, partition):
            change = NameChange(partition, _listed(was), _listed(now))
            changed.setdefault((name, types[partition]), []).append(change)
    return tuple(
        ChangedPackage(type_, name, _change(name, type_, types, old, new), tuple(parts))
        for (name, type_), parts in sorted(changed.items())
    )


def count_changes(old: Names, new: Names) -> PackagesChanged:
    """Count the packages of which other files are listed."""
    types = types_of(old) | types_of(new)
    changed = {
        (name, type_) for partition, type_ in types.items() for name, _, _ in _changed_entries(old, new, partition)
    }
    counts = Counter(_change(name, type_, types, old, new) for name, type_ in changed)
    return PackagesChanged(
        added=counts[PackageChange.ADDED], removed=counts[PackageChange.REMOVED], changed=counts[PackageChange.CHANGED]
    )


def count_packages(names: Names) -> int:
    """Count the packages that are listed."""
    by_type: dict[MirrorType, list[Entries]] = {}
    for partition, type_ in types_of(names).items():
        by_type.setdefault(type_, []).append(names.parts[partition])
    return sum(len(parts[0]) if len(parts) == 1 else len(set().union(*parts)) for parts in by_type.values())


def types_of(names: Names) -> dict[str, MirrorType]:
    """Return whose names each partition has; one without names is of no type."""
    return {
        partition: names.mirrors[next(iter(entries.values())).origins[0][0]].type
        for partition, entries in names.parts.items()
        if entries
    }


def _changed_entries(
    old: Names, new: Names, partition: str
) -> Iterator[tuple[str, ListedEntry | ContentsEntry | None, ListedEntry | ContentsEntry | None]]:
    was, now = old.parts.get(partition, {}), new.parts.get(partition, {})
    for name, entry in now.items():
        before = was.get(name)
        if before is None or (before.origins != entry.origins and _shards(before) != _shards(entry)):
            yield name, before, entry
    for name, entry in was.items():
        if name not in now:
            yield name, entry, None


def _shards(entry: ListedEntry | ContentsEntry) -> tuple[ShardDigest, ...]:
    return tuple(shard for _, shard in entry.origins)


def _listed(entry: ListedEntry | ContentsEntry | None) -> ListedName | None:
    if entry is None:
        return None
    shards = tuple(shard for _, shard in entry.origins if shard != UNREAD)
    return ListedName(shards, len(shards) < len(entry.origins), entry.files, entry.size_bytes)


def _change(name: str, type_: MirrorType, types: Mapping[str, MirrorType], old: Names, new: Names) -> PackageChange:
    partitions = [partition for partition, of in types.items() if of is type_]
    was = any(name in old.parts.get(partition, {}) for partition in partitions)
    now = any(name in new.parts.get(partition, {}) for partition in partitions)
    if was and now:
        return PackageChange.CHANGED
    return PackageChange.ADDED if now else PackageChange.REMOVED
