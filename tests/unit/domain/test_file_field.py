"""Rules about files by their names, and what is removed by hand."""

import pytest

from libs.common.deciding.removal_rules import removal_rules
from libs.common.domain.decide import Rulebook
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import MirrorType
from libs.common.domain.name_index import NameIndex
from libs.common.domain.policy import REMOVED_BY_HAND, Action, Rule, Where
from libs.common.ecosystems.conda.dialect import CondaDialect
from libs.common.ecosystems.cran.dialect import CranDialect
from libs.common.ecosystems.pypi.dialect import PythonDialect
from libs.common.ecosystems.read_rules import check_rules
from tests.support.records import minutes_on
from tests.support.tiny_rules import TinyDialect, TinyFile
from tests.support.upload_records import a_removal

ONE = TinyFile(filename="alpha-1-a.conda", version="1", build="a")
TWO = TinyFile(filename="alpha-2-a.conda", version="2", build="a")


def reasons(*rules: Rule, files: tuple[TinyFile, ...] = (ONE, TWO)) -> list[str | None]:
    """Return why files are dropped."""
    at = Rulebook(Evaluation(rules=rules), dialect=TinyDialect()).at(
        "alpha", partition="linux-64", may_have_findings=False
    )
    return at.judge(files, seen=None)


@pytest.mark.parametrize(
    ("text", "drops"),
    [
        ("alpha-1-a.conda", (True, False)),
        ("linux-64/alpha-1-a.conda", (True, False)),
        ("noarch/alpha-1-a.conda", (False, False)),
        ("alpha-*", (True, True)),
        ("*/alpha-2*", (False, True)),
        ("beta-*", (False, False)),
    ],
)
def test_a_file_is_found_by_its_name_or_path(text: str, drops: tuple[bool, bool]) -> None:
    """With a slash it is a path."""
    found = reasons(Rule(id="files", action=Action.EXCLUDE, where=Where(file=(text,))))

    assert [reason is not None for reason in found] == list(drops)
    assert {reason for reason in found if reason is not None} <= {"mirror_filtered.exclude_specs"}


@pytest.mark.parametrize(
    ("dialect", "text", "name", "is_fitting"),
    [
        (CondaDialect(), "noarch/a-b-1.0-py_0.conda", "a-b", True),
        (CondaDialect(), "a-b-1.0-py_0.tar.bz2", "a", False),
        (CondaDialect(), "a-*", "anything", True),
        (CranDialect(), "src/contrib/Rcpp_1.0.tar.gz", "rcpp", True),
        (CranDialect(), "Rcpp_1.*", "rcpp", True),
        (CranDialect(), "Rcpp_1.0.tar.gz", "rcpparmadillo", False),
        (CranDialect(), "Rc*", "rcpp", True),
        (PythonDialect(), "simple/ruamel-yaml/ruamel.yaml-1.0-py3-none-any.whl", "ruamel-yaml", True),
        (PythonDialect(), "ruamel_yaml-1.0.tar.gz", "ruamel-yaml", True),
        (PythonDialect(), "ruamel_yaml-1.0.tar.gz", "requests", False),
        (PythonDialect(), "numpy-1.*", "numpy", True),
        (PythonDialect(), "num*", "numpy", True),
        (PythonDialect(), "numpy-1.*", "numba", False),
    ],
)
def test_only_names_that_a_file_can_be_of_are_looked_into(
    dialect: CondaDialect | CranDialect | PythonDialect, text: str, name: str, *, is_fitting: bool
) -> None:
    """A channel has hundreds of thousands of names, and a removal is of one file."""
    index: NameIndex[str] = NameIndex()
    index.add(dialect.named_in(text), text)

    assert bool(index.of(name)) is is_fitting


def test_what_is_no_file_name_is_refused() -> None:
    """By its path in the rules."""
    with pytest.raises(InvalidInput, match=r"rules\[0\]\.where\.file\[1\]"):
        check_rules((Rule(id="files", action=Action.EXCLUDE, where=Where(file=("a.conda", "a b"))),))


def test_what_was_removed_by_hand_tells_who_and_when() -> None:
    """And no exception of the channel's filters brings it back."""
    removals = [a_removal("alpha", ckey=ONE.ckey, by="ann"), a_removal("beta", at=minutes_on(1), by="bob")]
    rules = removal_rules(removals, MirrorType.CONDA)
    exception = Rule(id="include_specs", action=Action.ALLOW, where=Where(name=("*",)), scope="channel_filtered")
    at = Rulebook(Evaluation(rules=(exception, *rules)), dialect=TinyDialect()).at(
        "alpha", partition="linux-64", may_have_findings=False
    )

    decided = at.explain([ONE, TWO], name="alpha", seen=None)

    assert [(it.decision, it.rule, it.reason, it.detail) for it in decided] == [
        ("excluded", REMOVED_BY_HAND, "channel_filtered.removed", "removed by hand (by ann on 2026-05-17)"),
        ("kept", None, None, None),
    ]
    assert reasons(*rules, files=(ONE,)) == ["channel_filtered.removed"]


def test_very_many_removals_are_several_rules_and_of_their_type_alone() -> None:
    """Lists of rules have an end; the same removals give the same rules, whatever their order."""
    removals = [a_removal("alpha", ckey=f"noarch/alpha-{it}-0.conda") for it in range(5_001)]
    other = a_removal("gamma", type=MirrorType.CRAN)

    rules = removal_rules([*removals, other], MirrorType.CONDA)

    assert [len(rule.where.file or ()) for rule in rules] == [5_000, 1]
    assert {rule.id for rule in rules} == {REMOVED_BY_HAND}
    assert rules == removal_rules([other, *reversed(removals)], MirrorType.CONDA)
    assert [rule.where for rule in removal_rules([other], MirrorType.CRAN)] == [Where(name=("gamma",))]
