"""What is needed, what clients read -> the lines of a dependency report."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.close_dependencies import NamedPayloads
from libs.common.domain.advisory import AdvisoryBook
from libs.common.ecosystems.asking import Target
from libs.common.ecosystems.protocol import Ecosystem, PackageFacts
from libs.common.ports.records import Shards
from libs.common.reporting.dependency_report import Line, Presence
from services.reporter.explain_absence import Absence, Source, read_absence
from services.reporter.packages import Packages

_NAMES_AT_ONCE = 500

Reached = Mapping[str, Mapping[str, tuple[str, ...] | None]]
"""Partition -> package name -> file names, None for all: a closure."""


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """What a target's packages need, among what there is.

    `direct` are the names that were asked for, `chosen` the ckeys that the solver took.
    """

    reached: Reached
    target: Target
    direct: frozenset[str]
    chosen: frozenset[str]


async def describe_lines(
    needed: Needed,
    *,
    there: Packages,
    read: Packages,
    sources: Sequence[Source],
    is_frozen: bool,
    book: AdvisoryBook,
    ecosystem: Ecosystem,
    shards: Shards,
) -> tuple[Line, ...]:
    """Describe every version that is needed; `there` is what sources have, `read` what clients read.

    Raises:
        StoreUnavailable: when the database does not answer, or lost a shard.
    """
    lines: list[Line] = []
    names = sorted({name for of_partition in needed.reached.values() for name in of_partition})
    for start in range(0, len(names), _NAMES_AT_ONCE):
        some = names[start : start + _NAMES_AT_ONCE]
        describing = _Describing(
            needed,
            there=await there.read(some),
            read=await read.read(some),
            absence=await read_absence(some, sources, ecosystem=ecosystem, shards=shards, is_frozen=is_frozen),
            book=book,
            ecosystem=ecosystem,
        )
        lines += await asyncio.to_thread(describing.describe, some)
    return tuple(lines)


class _File(msgspec.Struct, frozen=True):
    """One file, where it is filed, and which names it needs."""

    facts: PackageFacts
    partition: str
    needs: frozenset[str]


class _Describing:
    """A chunk of names that is described."""

    def __init__(
        self,
        needed: Needed,
        *,
        there: NamedPayloads,
        read: NamedPayloads,
        absence: Absence,
        book: AdvisoryBook,
        ecosystem: Ecosystem,
    ) -> None:
        self._needed = needed
        self._there = there
        self._read = read
        self._absence = absence
        self._book = book
        self._ecosystem = ecosystem

    def describe(self, names: Sequence[str]) -> list[Line]:
        """Return the lines of some names, the newest version of each first."""
        return [line for name in names for line in self._of_name(name)]

    def _of_name(self, name: str) -> list[Line]:
        by_version: dict[str, list[_File]] = {}
        for partition, payload in self._there[name].items():
            wanted = self._needed.reached.get(partition, {}).get(name, ())
            needs = self._ecosystem.needs(payload, partition=partition, target=self._needed.target)
            for fact in self._ecosystem.facts(payload, partition=partition, book=self._book):
                if wanted is None or fact.filename in wanted:
                    names = frozenset(needed.name for needed in needs.get(fact.filename, ()))
                    by_version.setdefault(fact.version, []).append(_File(fact, partition, names))
        in_channel = frozenset(
            file.ckey
            for partition, payload in self._read[name].items()
            for file in self._ecosystem.artifacts(payload, partition=partition)
        )
        newest_first = self._ecosystem.newest_first(by_version)
        return [self._line(name, by_version[version], in_channel) for version in newest_first]

    def _line(self, name: str, files: Sequence[_File], in_channel: frozenset[str]) -> Line:
        absent = [file for file in files if file.facts.ckey not in in_channel]
        best = max(files, key=lambda it: self._rank(it.facts, in_channel))
        why = None
        if absent:
            example = best if best in absent else absent[0]
            why = self._absence.why(example.facts.ckey, name=name, partition=example.partition)
        shown = best.facts
        return Line(
            name=name,
            version=shown.version,
            direct=name in self._needed.direct,
            chosen=shown.ckey in self._needed.chosen,
            in_channel=_presence(len(files), len(absent)),
            files=len(files),
            files_in_channel=len(files) - len(absent),
            ckey=shown.ckey,
            size_bytes=shown.size_bytes,
            digest=shown.digest,
            license=shown.license,
            license_families=shown.families,
            cves=shown.findings,
            purl=shown.purl,
            needs=tuple(sorted(frozenset[str]().union(*(file.needs for file in files)))),
            why_not=why,
        )

    def _rank(self, file: PackageFacts, in_channel: frozenset[str]) -> tuple[bool, bool, int]:
        return file.ckey in self._needed.chosen, file.ckey in in_channel, file.created_ms or 0


def _presence(files: int, absent: int) -> Presence:
    if not absent:
        return "all"
    return "none" if absent == files else "some"
