"""Deciding on shards that are tables of files; what rules mean is `domain/decide.py`."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook, AdvisoryEcosystem
from libs.common.domain.decide import NameRules, Rulebook
from libs.common.domain.evaluation import Closure, Evaluation, FileDecision, Seen
from libs.common.domain.file_view import Dialect, FileView
from libs.common.ecosystems.file_tables import Totals, decode_tables, select_files, speaks_of_package, totals_of
from libs.common.ecosystems.protocol import Decided, Glance, Glanced


class ReadFiles(Protocol):
    """How an ecosystem shows the files of a shard to rules."""

    def __call__(self, payload: bytes, *, partition: str, book: AdvisoryBook) -> Sequence[FileView]:
        """List the files of a shard."""


class Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """What deciding needs of one ecosystem.

    `advisories` is its word in the book. `folded` makes names equal that rules take for the
    same, where shards are filed under another spelling.
    """

    dialect: Dialect[Any]
    advisories: AdvisoryEcosystem
    files: ReadFiles
    folded: Callable[[str], str] = str


class TablesDeciding:
    """An evaluation that is compiled for one ecosystem.

    Raises:
        InvalidInput: for a rule that can't be compiled, naming the path of the fault.
        ValueError: where the evaluation names other advisories than the book.
    """

    def __init__(self, evaluation: Evaluation, *, book: AdvisoryBook | None, grammar: Grammar) -> None:
        if evaluation.advisories is not None and (book is None or book.digest != evaluation.advisories):
            raise ValueError("the book is not that of the evaluation")
        self._grammar = grammar
        self._book = book if book is not None else EMPTY_BOOK
        closures = {place: _folded(closure, grammar.folded) for place, closure in evaluation.closures.items()}
        self._rules = Rulebook(msgspec.structs.replace(evaluation, closures=closures), dialect=grammar.dialect)

    def glance(self, name: str, *, partition: str) -> Glanced:
        """Say what the name alone decides: `KEEP` and `DROP` hold for all of its files."""
        rules = self._rules_of(name, partition)
        if rules.keeps_all:
            return Glanced(verdict=Glance.KEEP)
        reason = rules.drops_all
        return Glanced(verdict=Glance.LOOK if reason is None else Glance.DROP, reason=reason)

    def decide(self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None) -> Decided:
        """Apply the rules to one shard; `payload` comes back unchanged where all is kept."""
        rules, totals = self._rules_of(name, partition), totals_of(payload)
        if rules.keeps_all:
            return _kept_whole(payload, totals)
        reason = rules.drops_all
        if reason is not None:
            return Decided(payload=None, files=0, size_bytes=0, excluded={reason: totals.files} if totals.files else {})
        files = self._files(payload, partition=partition)
        return _split(payload, files, rules.judge(files, seen=seen))

    def explain(
        self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None
    ) -> tuple[FileDecision, ...]:
        """Say of every file of a shard whether it is kept, and which rule said so; sorted by file name."""
        files = self._files(payload, partition=partition)
        return self._rules_of(name, partition).explain(files, name=name, seen=seen)

    def _rules_of(self, name: str, partition: str) -> NameRules:
        is_empty = self._book is EMPTY_BOOK
        may_have_findings = not is_empty and bool(self._book.matches(self._grammar.advisories, name))
        return self._rules.at(self._grammar.folded(name), partition=partition, may_have_findings=may_have_findings)

    def _files(self, payload: bytes, *, partition: str) -> Sequence[FileView]:
        return self._grammar.files(payload, partition=partition, book=self._book)


def _folded(closure: Closure, folded: Callable[[str], str]) -> Closure:
    """File a closure under the names that rules compare; two names that become one have their files together."""
    reached: dict[str, Mapping[str, tuple[str, ...] | None]] = {}
    for partition, names in closure.reached.items():
        merged: dict[str, tuple[str, ...] | None] = {}
        for name, filenames in names.items():
            other = merged.get(folded(name), ())
            merged[folded(name)] = None if filenames is None or other is None else (*other, *filenames)
        reached[partition] = merged
    return Closure(reached=reached)


def _kept_whole(payload: bytes, totals: Totals) -> Decided:
    """Keep a shard as it is; one without files where its package as a whole is spoken of."""
    return Decided(
        payload=payload if totals.files or speaks_of_package(payload) else None,
        files=totals.files,
        size_bytes=totals.size_bytes,
        excluded={},
    )


def _split(payload: bytes, files: Sequence[FileView], reasons: Sequence[str | None]) -> Decided:
    excluded = Counter(reason for reason in reasons if reason is not None)
    if not excluded:
        return _kept_whole(payload, totals_of(payload))
    kept = {file.filename: file.size_bytes or 0 for file, reason in zip(files, reasons, strict=True) if reason is None}
    remaining = Totals(len(kept), sum(kept.values()))
    return Decided(
        payload=select_files(decode_tables(payload), kept, totals=remaining) if kept else None,
        files=remaining.files,
        size_bytes=remaining.size_bytes,
        excluded=dict(sorted(excluded.items())),
    )
