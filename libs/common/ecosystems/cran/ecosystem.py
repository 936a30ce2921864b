"""R behind what deciding asks for; reading, serving and rendering of its channels are not there yet."""

from collections.abc import Collection, Mapping

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook
from libs.common.domain.check_rules import check_rules
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import EcosystemWord, Rule
from libs.common.ecosystems.cran.dialect import CranDialect
from libs.common.ecosystems.cran.facts import facts
from libs.common.ecosystems.cran.file_view import read_files
from libs.common.ecosystems.cran.needs import CranNeeding
from libs.common.ecosystems.cran.specs import specs_of
from libs.common.ecosystems.decide_tables import Grammar, TablesDeciding
from libs.common.ecosystems.grow_closure import GrowingClosure
from libs.common.ecosystems.protocol import Closing, Deciding, PackageFacts

_GRAMMAR = Grammar(dialect=CranDialect(), advisories="cran", files=read_files, folded=str.lower)


class CranDecisions:
    """Decides on R packages; a partition is a contrib folder, a shard all files of one package in it."""

    type = MirrorType.CRAN
    word: EcosystemWord = "r"

    def check_rules(self, rules: tuple[Rule, ...]) -> None:
        """Refuse rules that can't be decided by.

        Raises:
            InvalidInput: naming the path of the fault.
        """
        check_rules(rules, dialect=_GRAMMAR.dialect)

    def compile(self, evaluation: Evaluation, *, book: AdvisoryBook | None = None) -> Deciding:
        """Prepare an evaluation for deciding.

        Raises:
            InvalidInput: for what `check_rules` would refuse.
        """
        return TablesDeciding(evaluation, book=book, grammar=_GRAMMAR)

    def closing(self, rule: Rule, *, names: Mapping[str, Collection[str]]) -> Closing:
        """Begin the closure of a rule with `include_dependencies`; a rule of other ecosystems has none."""
        alone = msgspec.structs.replace(rule, include_dependencies=False)
        own = names if rule.ecosystems is None or self.word in rule.ecosystems else {}
        return GrowingClosure(self.compile(Evaluation(rules=(alone,))), names=own, needing=CranNeeding(own))

    def select(self, spec_texts: Collection[str], payload: bytes, *, partition: str, name: str) -> frozenset[str]:
        """Return the names of a shard's files that one of the specs matches.

        Raises:
            InvalidInput: for a spec that can't be parsed, naming it.
        """
        tests = specs_of(spec_texts, name=name)
        files = read_files(payload, partition=partition, book=EMPTY_BOOK) if tests else ()
        return frozenset(file.filename for file in files if any(test is None or test(file.version) for test in tests))

    def facts(self, payload: bytes, *, partition: str, book: AdvisoryBook = EMPTY_BOOK) -> tuple[PackageFacts, ...]:
        """Describe the files of a shard for reports, sorted by file name."""
        return facts(payload, partition=partition, book=book)
