"""Deciding on conda's shards; what rules mean and how they are brought to a name is `domain/decide.py`."""

from collections import Counter

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook
from libs.common.domain.decide import NameRules, Rulebook
from libs.common.domain.evaluation import Evaluation, FileDecision, Seen
from libs.common.ecosystems.conda.dialect import CondaDialect
from libs.common.ecosystems.conda.file_view import CondaFile, ShardView, may_have_purls
from libs.common.ecosystems.conda.payload import Sections, Totals, decode_payload, select, totals_of
from libs.common.ecosystems.protocol import Decided, Deciding, Glance, Glanced, Sifted


class CondaDeciding:
    """An evaluation that is compiled for conda.

    Raises:
        InvalidInput: for a rule that can't be compiled, naming the path of the fault.
        ValueError: where the evaluation names other advisories than the book.
    """

    def __init__(self, evaluation: Evaluation, *, book: AdvisoryBook | None) -> None:
        if evaluation.advisories is not None and (book is None or book.digest != evaluation.advisories):
            raise ValueError("the book is not that of the evaluation")
        self._rules = Rulebook(evaluation, dialect=CondaDialect())
        self.book = book if book is not None else EMPTY_BOOK
        self._knows_something = self.book.digest != EMPTY_BOOK.digest

    def glance(self, name: str, *, partition: str) -> Glanced:
        """Say what the name alone decides: `KEEP` and `DROP` hold for all of its files."""
        rules = self._rules.at(name, partition=partition, may_have_findings=self._knows_something)
        if rules.keeps_all:
            return Glanced(verdict=Glance.KEEP)
        reason = rules.drops_all
        return Glanced(verdict=Glance.LOOK if reason is None else Glance.DROP, reason=reason)

    def decide(self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None) -> Decided:
        """Apply the rules to one shard; `payload` comes back unchanged where all is kept."""
        totals = totals_of(payload)
        rules = self.rules_of(payload, partition=partition, name=name)
        if rules.keeps_all:
            return _kept_whole(payload, totals)
        reason = rules.drops_all
        if reason is not None:
            return Decided(payload=None, files=0, size_bytes=0, excluded={reason: totals.files} if totals.files else {})
        sections = decode_payload(payload)
        files = self._files(sections, partition=partition, name=name)
        return _split(payload, sections, files, rules.judge(files, seen=seen), totals=totals)

    def sift(self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None) -> Sifted:
        """Return the kept files of a shard, and how many are left out, by reason; no shard is made of them."""
        rules = self.rules_of(payload, partition=partition, name=name)
        files = self._files(decode_payload(payload), partition=partition, name=name)
        return _sifted(files, rules.judge(files, seen=seen))

    def sift_beside(
        self, other: Deciding, payload: bytes, *, partition: str, name: str, seen: Seen | None = None
    ) -> tuple[Sifted, Sifted] | None:
        """Sift a shard by these rules and by others, looking into it once; None where that can't be done."""
        if not isinstance(other, CondaDeciding) or other.book.digest != self.book.digest:
            return None
        files = self._files(decode_payload(payload), partition=partition, name=name)
        rules = [each.rules_of(payload, partition=partition, name=name) for each in (self, other)]
        mine, others = (_sifted(files, each.judge(files, seen=seen)) for each in rules)
        return mine, others

    def explain(
        self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None
    ) -> tuple[FileDecision, ...]:
        """Say of every file of a shard whether it is kept, and which rule said so; sorted by file name."""
        rules = self.rules_of(payload, partition=partition, name=name)
        files = self._files(decode_payload(payload), partition=partition, name=name)
        return rules.explain(files, name=name, seen=seen)

    def rules_of(self, payload: bytes, *, partition: str, name: str) -> NameRules:
        """Bring the rules to a name whose shard is at hand."""
        may_have_findings = self._knows_something and (
            may_have_purls(payload) or bool(self.book.matches("conda", name))
        )
        return self._rules.at(name, partition=partition, may_have_findings=may_have_findings)

    def _files(self, sections: Sections, *, partition: str, name: str) -> list[CondaFile]:
        return ShardView(sections, subdir=partition, name=name, book=self.book).files()


def _kept_whole(payload: bytes, totals: Totals) -> Decided:
    return Decided(
        payload=payload if totals.files else None, files=totals.files, size_bytes=totals.size_bytes, excluded={}
    )


def _sifted(files: list[CondaFile], reasons: list[str | None]) -> Sifted:
    kept: dict[str, int] = {}
    excluded: Counter[str] = Counter()
    for file, reason in zip(files, reasons, strict=True):
        if reason is None:
            kept[file.filename] = file.size_bytes or 0
        else:
            excluded[reason] += 1
    return Sifted(kept=kept, excluded=excluded)


def _split(
    payload: bytes, sections: Sections, files: list[CondaFile], reasons: list[str | None], *, totals: Totals
) -> Decided:
    excluded = Counter(reason for reason in reasons if reason is not None)
    if not excluded:
        return _kept_whole(payload, totals)
    kept = {file.filename: file.size_bytes or 0 for file, reason in zip(files, reasons, strict=True) if reason is None}
    remaining = Totals(len(kept), sum(kept.values()))
    return Decided(
        payload=select(sections, kept, totals=remaining) if kept else None,
        files=remaining.files,
        size_bytes=remaining.size_bytes,
        excluded=dict(sorted(excluded.items())),
    )
