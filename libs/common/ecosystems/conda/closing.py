"""Closures: what the packages that a rule names need, directly and indirectly.

Rules of this file:
1. A platform's candidates are its own files and those of `noarch`. A `noarch` file is reached
   where any platform reaches it; a source of `noarch` alone is a platform of its own.
2. Every file that a reached file's `depends` could choose is reached: whichever of them a
   solver takes later, it is there. `constrains` brings nothing in.
3. Only names that are reached are looked into, each once, and each distinct text of `depends` is
   held against a name's versions once: 600,000 records have a hundred thousand of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from rattler import PackageRecord

from libs.common.domain.evaluation import Closure
from libs.common.ecosystems.conda.depends import Dependency, read_dependency, record_of
from libs.common.ecosystems.conda.names import NOARCH, filename_of, is_later
from libs.common.ecosystems.conda.payload import decode_payload, raw_records, record_sections
from libs.common.ecosystems.conda.wire import UNREADABLE
from libs.common.ecosystems.protocol import Deciding, Glance

Platforms = int
"""A set of platforms, one bit each."""


class _Node(msgspec.Struct, frozen=True, gc=False):
    """A record as far as dependencies go; `depends` is only read where it is new."""

    version: str
    build: str
    build_number: int
    depends: msgspec.Raw = msgspec.Raw(b"[]")


class _File(msgspec.Struct, gc=False):
    """One file and the platforms that reach it."""

    filename: str
    version: str
    build: str
    build_number: int
    depends: bytes
    candidate_for: Platforms
    reached: Platforms = 0


_Grown = tuple[str, _File, Platforms]
"""A file of a name that is new, and the platforms whose needs are to be followed from it."""


class _Name:
    """All files of one name, as dependencies choose among them."""

    def __init__(self, by_partition: Mapping[str, list[_File]]) -> None:
        self.by_partition = by_partition
        self._by_version: dict[str, list[_File]] = defaultdict(list)
        for files in by_partition.values():
            for file in files:
                self._by_version[file.version].append(file)

    def chosen_by(self, dependency: Dependency, records: "_Records") -> Iterator[_File]:
        """Yield the files that a dependency could choose."""
        match = dependency.match
        for version, files in self._by_version.items():
            if match is None:
                yield from files
            elif not dependency.looks_at_build:
                record = records[version, "0", 0]
                if record is not None and match.matches(record):
                    yield from files
            else:
                for file in files:
                    record = records[version, file.build, file.build_number]
                    if record is not None and match.matches(record):
                        yield file


class _Records(dict[tuple[str, str, int], PackageRecord | None]):
    """What dependencies are held against, by version, build and build number; names share them."""

    def __missing__(self, key: tuple[str, str, int]) -> PackageRecord | None:
        version, build, build_number = key
        made = self[key] = record_of(version, build=build, build_number=build_number)
        return made


_decode_nodes = msgspec.json.Decoder(dict[str, _Node]).decode
_decode_texts = msgspec.json.Decoder(tuple[str, ...]).decode


class CondaClosing:
    """Grows the closure of one rule's packages; `roots` is that rule, compiled to decide alone."""

    def __init__(self, roots: Deciding, *, names: Mapping[str, Collection[str]]) -> None:
        self._roots = roots
        self._partitions_of: dict[str, list[str]] = defaultdict(list)
        for partition, in_partition in sorted(names.items()):
            for name in in_partition:
                self._partitions_of[name].append(partition)
        platforms = sorted(partition for partition in names if partition != NOARCH) or [NOARCH]
        self._bits: dict[str, Platforms] = {platform: 1 << place for place, platform in enumerate(platforms)}
        self._bits[NOARCH] = (1 << len(platforms)) - 1
        self._names: dict[str, _Name] = {}
        self._wanted = {name for name in self._partitions_of if self._is_root(name)}
        self._read: dict[str, Dependency | None] = {}
        self._asked: dict[str, Platforms] = {}
        self._followed: dict[bytes, Platforms] = {}
        self._waiting: dict[str, dict[str, Platforms]] = defaultdict(dict)
        self._missing: dict[str, set[str]] = defaultdict(set)
        self._chosen: dict[str, tuple[_File, ...]] = {}
        self._records = _Records()

    def wanted(self) -> frozenset[str]:
        """Return the names whose shards are wanted next; none when the closure is whole."""
        return frozenset(self._wanted)

    def add(self, name: str, payloads: Mapping[str, bytes]) -> None:
        """Take the shards of a wanted name, by partition; none where the source has no such name."""
        self._wanted.discard(name)
        if name in self._names:
            return
        files = {partition: self._files_of(payload, partition) for partition, payload in sorted(payloads.items())}
        self._names[name] = _Name(files)
        grown = [
            grow
            for partition, payload in payloads.items()
            for grow in self._reach(name, self._root_files(name, partition, payload), self._bits[partition])
        ]
        for text, platforms in self._waiting.pop(name, {}).items():
            grown += self._choose(text, platforms)
        self._follow(grown)

    def closure(self) -> Closure:
        """Return what was reached, the packages of the rule included."""
        reached: dict[str, dict[str, tuple[str, ...] | None]] = defaultdict(dict)
        for name in sorted(self._names):
            for partition, files in self._names[name].by_partition.items():
                taken = [file.filename for file in files if file.reached]
                if taken:
                    reached[partition][name] = None if len(taken) == len(files) else tuple(sorted(taken))
        return Closure(reached=dict(sorted(reached.items())))

    def missing(self) -> Mapping[str, tuple[str, ...]]:
        """Return names that are needed and that the source does not have, with who needs them (`name version`).

        Of those that ask for it in the same words only the first one is named.
        """
        return {name: tuple(sorted(askers)) for name, askers in sorted(self._missing.items())}

    def _is_root(self, name: str) -> bool:
        return any(
            self._roots.glance(name, partition=partition).verdict is not Glance.DROP
            for partition in self._partitions_of[name]
        )

    def _root_files(self, name: str, partition: str, payload: bytes) -> Iterable[_File]:
        """Return the files that the rule itself matches."""
        files = self._names[name].by_partition[partition]
        verdict = self._roots.glance(name, partition=partition).verdict
        if verdict is Glance.LOOK:
            decided = self._roots.decide(payload, partition=partition, name=name)
            kept = _filenames(decided.payload) if decided.payload is not None else frozenset()
            return [file for file in files if file.filename in kept]
        return files if verdict is Glance.KEEP else ()

    def _reach(self, name: str, files: Iterable[_File], platforms: Platforms) -> Iterator[_Grown]:
        """Reach files from some platforms; yield those whose needs were not followed from all of these yet."""
        followed = self._followed
        for file in files:
            new = platforms & file.candidate_for & ~file.reached
            if new:
                file.reached |= new
                done = followed.get(file.depends, 0)
                if new & ~done:
                    followed[file.depends] = done | new
                    yield name, file, new & ~done

    def _follow(self, grown: list[_Grown]) -> None:
        """Follow what files need until nothing new is reached among the names that are here."""
        while grown:
            name, file, platforms = grown.pop()
            for text in texts_of(file.depends):
                grown += self._ask(text, platforms, asker=(name, file.version))

    def _ask(self, text: str, platforms: Platforms, *, asker: tuple[str, str]) -> Iterable[_Grown]:
        done = self._asked.get(text, 0)
        new = platforms & ~done
        if not new:
            return ()
        self._asked[text] = done | new
        dependency = self._dependency(text)
        if dependency is None or dependency.is_virtual:
            return ()
        name = dependency.name
        if name in self._names:
            return self._choose(text, new)
        if name not in self._partitions_of:
            self._missing[name].add(" ".join(asker))
            return ()
        self._wanted.add(name)
        waiting = self._waiting[name]
        waiting[text] = waiting.get(text, 0) | new
        return []

    def _choose(self, text: str, platforms: Platforms) -> Iterable[_Grown]:
        """Reach every file that a dependency could choose; return those whose needs are new."""
        dependency = self._dependency(text)
        if dependency is None:
            return ()
        chosen = self._chosen.get(text)
        if chosen is None:
            chosen = self._chosen[text] = tuple(self._names[dependency.name].chosen_by(dependency, self._records))
        return self._reach(dependency.name, chosen, platforms)

    def _dependency(self, text: str) -> Dependency | None:
        try:
            return self._read[text]
        except KeyError:
            found = self._read[text] = read_dependency(text)
            return found

    def _files_of(self, payload: bytes, partition: str) -> list[_File]:
        bits = self._bits[partition]
        return [
            _File(filename, node.version, node.build, node.build_number, bytes(node.depends), bits)
            for filename, node in nodes_of(payload)
        ]


def nodes_of(payload: bytes) -> Iterable[tuple[str, _Node]]:
    """Yield the files of a shard as far as dependencies go, with their names."""
    sections = decode_payload(payload)
    for section in record_sections(sections):
        is_named = not is_later(section)
        for key, node in _decode_nodes(b"{%b}" % sections[section]).items():
            yield key if is_named else filename_of(section, key), node


def _filenames(payload: bytes) -> frozenset[str]:
    sections = decode_payload(payload)
    return frozenset(
        filename_of(section, key) for section in record_sections(sections) for key in raw_records(sections[section])
    )


def texts_of(depends: bytes) -> tuple[str, ...]:
    """Read a record's `depends`; what is no list of texts needs nothing."""
    try:
        return _decode_texts(depends)
    except UNREADABLE:
        pass
    loose: Any = msgspec.json.decode(depends)
    return tuple(text for text in loose if isinstance(text, str)) if isinstance(loose, list) else ()
