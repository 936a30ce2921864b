"""Deciding: rules, compiled to look into as few records as they can.

Rules of this file (libs/common/domain/rules.py has what each rule means):
1. The first rule, in their order, that excludes a file gives the reason.
2. A file that an exception matches is excluded by no other rule of that scope but `OnlySpecs`.
3. `.conda` files are decided first: a `.tar.bz2` is a duplicate only of a `.conda` that stays,
   so that no build is lost.
"""

from collections import Counter
from collections.abc import Container, Mapping
from functools import cached_property
from typing import NamedTuple, Protocol

from libs.common.domain.rules import (
    Created,
    Exceptions,
    ExcludeSpecs,
    Licenses,
    NoLegacyDuplicates,
    OnlySpecs,
    Rule,
    Signed,
)
from libs.common.ecosystems.conda.license import license_families
from libs.common.ecosystems.conda.payload import (
    SIGNATURES,
    FileRecord,
    Totals,
    decode_payload,
    file_records,
    raw_records,
    record_sections,
    select,
    totals_of,
)
from libs.common.ecosystems.conda.specs import Candidate, Spec, Specs, matches, matches_all
from libs.common.ecosystems.conda.wire import RawRecords
from libs.common.ecosystems.protocol import Decided

_LAST_SECOND = 253_402_300_799
"""The end of the year 9999: old records have seconds, and whatever is later is milliseconds (as conda has it)."""


_REASONS: Mapping[type[Rule], str] = {
    Licenses: "license",
    Created: "date",
    OnlySpecs: "only_specs",
    ExcludeSpecs: "exclude_specs",
    Signed: "signed",
    NoLegacyDuplicates: "duplicated_legacy_conda",
}
"""The wire's words (`sync_state`)."""


class _Shard:
    """The shard that is decided on; what few rules need is only made when asked for.

    `builds` are the kept `.conda` files without their extension.
    """

    def __init__(self, payload: bytes, *, subdir: str) -> None:
        self.sections = decode_payload(payload)
        self.builds: set[str] = set()
        self._subdir = subdir

    @cached_property
    def signed(self) -> Container[str]:
        """The files that the source signed."""
        return raw_records(self.sections.get(SIGNATURES, b""))

    @cached_property
    def _raws(self) -> Mapping[str, RawRecords]:
        return {section: raw_records(self.sections[section]) for section in record_sections(self.sections)}

    def candidate(self, file: FileRecord) -> Candidate:
        """Return the file as specs see it."""
        return Candidate(subdir=self._subdir, filename=file.filename, raw=self._raws[file.section][file.key])


class _Excluding(Protocol):
    """A rule, brought to one name."""

    def excludes(self, file: FileRecord, shard: _Shard) -> bool:
        """Tell whether the rule alone would drop the file."""


class _ByLicense(NamedTuple):
    families: frozenset[str]
    keep: bool

    def excludes(self, file: FileRecord, shard: _Shard) -> bool:  # noqa: ARG002 - the record is enough
        is_among = bool(self.families & license_families(file.record.license, file.record.license_family))
        return is_among is not self.keep


class _ByDate(NamedTuple):
    from_ms: int | None
    to_ms: int | None

    def excludes(self, file: FileRecord, shard: _Shard) -> bool:  # noqa: ARG002 - the record is enough
        at_ms = timestamp_ms(file.record.timestamp)
        if at_ms is None:
            return True
        return (self.from_ms is not None and at_ms < self.from_ms) or (self.to_ms is not None and at_ms > self.to_ms)


class _BySpecs(NamedTuple):
    specs: tuple[Spec, ...]
    keep: bool

    def excludes(self, file: FileRecord, shard: _Shard) -> bool:
        return matches(self.specs, shard.candidate(file)) is not self.keep


class _Unsigned(NamedTuple):
    def excludes(self, file: FileRecord, shard: _Shard) -> bool:
        return file.filename not in shard.signed


class _Duplicate(NamedTuple):
    def excludes(self, file: FileRecord, shard: _Shard) -> bool:
        return file.filename.removesuffix(".tar.bz2") in shard.builds


class _Everything(NamedTuple):
    def excludes(self, file: FileRecord, shard: _Shard) -> bool:  # noqa: ARG002 - whatever it is
        return True


class _Step(NamedTuple):
    reason: str
    rule: _Excluding
    exceptions: tuple[Spec, ...]


class CompiledRules:
    """Rules that decide on conda's shards.

    Raises:
        InvalidInput: for a spec that can't be parsed, naming it.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = tuple(rule for rule in rules if not isinstance(rule, Exceptions))
        self._specs: Mapping[int, Specs] = {
            place: Specs(rule.specs, field=f"filters.{rule.id}")
            for place, rule in enumerate(self._rules)
            if isinstance(rule, OnlySpecs | ExcludeSpecs)
        }
        self._exceptions = tuple(
            (rule.scope, Specs(rule.specs, field=f"filters.{rule.id}"))
            for rule in rules
            if isinstance(rule, Exceptions)
        )

    def decide(self, payload: bytes, *, partition: str, name: str) -> Decided:
        """Apply the rules to one shard; `payload` comes back unchanged where all is kept."""
        totals = totals_of(payload)
        steps = self._steps(name) if self._rules else []
        if not steps:
            return _kept_whole(payload, totals)
        if isinstance(steps[0].rule, _Everything) and not steps[0].exceptions:
            return Decided(payload=None, files=0, size_bytes=0, excluded={steps[0].reason: totals.files})
        return _decide_each(payload, steps, totals=totals, subdir=partition)

    def _steps(self, name: str) -> list[_Step]:
        """Return what can exclude something of this name, in the order of the rules."""
        steps: list[_Step] = []
        for place, rule in enumerate(self._rules):
            excluding = self._brought_to(place, rule, name=name)
            if excluding is None:
                continue
            exceptions: tuple[Spec, ...] = ()
            if not isinstance(rule, OnlySpecs):
                for scope, specs in self._exceptions:
                    exceptions += specs.of_name(name) if scope == rule.scope else ()
            if not matches_all(exceptions):
                steps.append(_Step(f"{rule.scope}.{_REASONS[type(rule)]}", excluding, exceptions))
        return steps

    def _brought_to(self, place: int, rule: Rule, *, name: str) -> _Excluding | None:
        """Return the rule for this name; None where it can't exclude anything of it."""
        if place not in self._specs:
            return _on_records(rule)
        specs = self._specs[place].of_name(name)
        if isinstance(rule, OnlySpecs):
            if not specs:
                return _Everything()
            return None if matches_all(specs) else _BySpecs(specs, keep=True)
        if matches_all(specs):
            return _Everything()
        return _BySpecs(specs, keep=False) if specs else None


def _on_records(rule: Rule) -> _Excluding:
    if isinstance(rule, Licenses):
        return _ByLicense(frozenset(word.lower() for word in rule.families), rule.keep)
    if isinstance(rule, Created):
        return _ByDate(rule.from_ms, rule.to_ms)
    return _Unsigned() if isinstance(rule, Signed) else _Duplicate()


def timestamp_ms(timestamp: float | None) -> int | None:
    """Return a record's time in milliseconds, whichever unit it was written in."""
    if timestamp is None:
        return None
    return min(int(timestamp * 1000 if timestamp <= _LAST_SECOND else timestamp), _LAST_SECOND * 1000)


def _kept_whole(payload: bytes, totals: Totals) -> Decided:
    return Decided(
        payload=payload if totals.files else None, files=totals.files, size_bytes=totals.size_bytes, excluded={}
    )


def _decide_each(payload: bytes, steps: list[_Step], *, totals: Totals, subdir: str) -> Decided:
    shard = _Shard(payload, subdir=subdir)
    kept: dict[str, int] = {}
    excluded: Counter[str] = Counter()
    for file in file_records(shard.sections):
        reason = _reason(file, shard, steps)
        if reason is not None:
            excluded[reason] += 1
            continue
        kept[file.filename] = file.record.size or 0
        shard.builds.add(file.filename.removesuffix(".conda"))
    if not excluded:
        return _kept_whole(payload, totals)
    remaining = Totals(len(kept), sum(kept.values()))
    return Decided(
        payload=select(shard.sections, kept, totals=remaining) if kept else None,
        files=remaining.files,
        size_bytes=remaining.size_bytes,
        excluded=dict(sorted(excluded.items())),
    )


def _reason(file: FileRecord, shard: _Shard, steps: list[_Step]) -> str | None:
    for step in steps:
        if step.rule.excludes(file, shard) and not (
            step.exceptions and matches(step.exceptions, shard.candidate(file))
        ):
            return step.reason
    return None
