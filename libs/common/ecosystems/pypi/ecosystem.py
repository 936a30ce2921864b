"""Python behind what deciding asks for; reading, serving and rendering of its indexes are not there yet."""

from collections.abc import Collection, Mapping

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook
from libs.common.domain.check_rules import check_rules
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import EcosystemWord, Rule
from libs.common.ecosystems.decide_tables import Grammar, TablesDeciding
from libs.common.ecosystems.grow_closure import GrowingClosure
from libs.common.ecosystems.protocol import Closing, Deciding, PackageFacts
from libs.common.ecosystems.pypi.asking import PythonAsking
from libs.common.ecosystems.pypi.dialect import PythonDialect
from libs.common.ecosystems.pypi.environments import environments_of
from libs.common.ecosystems.pypi.facts import facts
from libs.common.ecosystems.pypi.file_view import read_files
from libs.common.ecosystems.pypi.needs import PythonNeeding
from libs.common.ecosystems.pypi.specs import specs_of

_GRAMMAR = Grammar(dialect=PythonDialect(), advisories="python", files=read_files)


class PythonDecisions(PythonAsking):
    """Decides on Python packages; a partition is an index, a shard all files of one project."""

    type = MirrorType.PYTHON_SIMPLE
    word: EcosystemWord = "python"

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
        """Begin the closure of a rule with `include_dependencies`, for the environments that it chooses.

        A rule of other ecosystems has none.
        """
        alone = msgspec.structs.replace(rule, include_dependencies=False)
        own = names if rule.ecosystems is None or self.word in rule.ecosystems else {}
        needing = PythonNeeding(environments_of(rule.where))
        return GrowingClosure(self.compile(Evaluation(rules=(alone,))), names=own, needing=needing)

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
