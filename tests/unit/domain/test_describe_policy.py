"""Policies in plain words: a sentence for every field and operator."""

import pytest
from hypothesis import given, settings

from libs.common.domain.describe_policy import describe_rule, describe_rules, describe_where
from libs.common.domain.policy import Action, AgeIs, Among, CreatedIn, NumberIs, Operator, SizeIs, Where
from libs.common.domain.policy_document import PolicyDocument, rules_of_document
from libs.common.domain.policy_text import TextForm, read_policy_text
from tests.support.policies import YAML_POLICY, documents
from tests.support.records import a_rule

WORDS = [
    (Where(name=("numpy",)), "named numpy"),
    (Where(name=("a", "b")), "named a or b"),
    (Where(name=("a", "b", "c")), "named a, b or c"),
    (Where(name=tuple("abcdef")), "named a, b, c, d, e or f"),
    (Where(name=("x",) * 2005), "named x, x, x, x, x and 2,000 more"),
    (Where(spec=("numpy >=1.2",)), "matching numpy >=1.2"),
    (Where(version=">=1,<2"), "of version >=1,<2"),
    (Where(file=("a-1-0.conda", "b*")), "with the file name a-1-0.conda or b*"),
    (Where(platform=Among(in_=("linux-64", "noarch"))), "for linux-64 or noarch"),
    (Where(platform=Among(not_in=("win-32",))), "not for win-32"),
    (Where(wheel_tag=("cp311-*",)), "with the wheel tag cp311-*"),
    (Where(python=">=3.9"), "for Python >=3.9"),
    (Where(r=">=4"), "for R >=4"),
    (Where(kind=Among(in_=("sdist",))), "of the kind sdist"),
    (Where(kind=Among(not_in=("sdist",))), "not of the kind sdist"),
    (Where(legacy_duplicate=True), "that repeat a .conda as .tar.bz2"),
    (Where(legacy_duplicate=False), "that repeat no .conda as .tar.bz2"),
    (Where(size=SizeIs(op=Operator.MORE, bytes=5_500_000)), "with a size over 5.5 MB"),
    (Where(size=SizeIs(op=Operator.EQUAL, bytes=12)), "with a size of exactly 12 bytes"),
    (Where(created=CreatedIn(from_="2025-01-01")), "created since 2025-01-01"),
    (Where(created=CreatedIn(to="2025-01-01")), "created until 2025-01-01"),
    (Where(created=CreatedIn(from_="2024-01-01", to="2025-01-01")), "created since 2024-01-01 until 2025-01-01"),
    (Where(age=AgeIs(op=Operator.AT_LEAST, days=14)), "at least 14 days old"),
    (
        Where(age=AgeIs(op=Operator.LESS, days=1, by="first_seen")),
        "younger than 1 day, counted from when they were first seen here",
    ),
    (Where(newest=1), "of the newest version"),
    (Where(newest=3), "of the newest 3 versions"),
    (Where(yanked=True), "that were yanked"),
    (Where(yanked=False), "that were not yanked"),
    (Where(license=Among(in_=("MIT", "BSD"))), "under the license MIT or BSD"),
    (Where(license=Among(not_in=("MIT", "BSD"))), "under another license than MIT or BSD"),
    (Where(signed=True), "that are signed"),
    (Where(signed=False), "that are not signed"),
    (Where(cve_score=NumberIs(op=Operator.AT_MOST, value=7.0)), "with a highest CVE score of at most 7"),
    (Where(cve_score=NumberIs(op=Operator.UNEQUAL, value=9.8)), "with a highest CVE score other than 9.8"),
    (Where(cve_status=Among(in_=("Reported", "Active"))), "with a CVE that is Reported or Active"),
    (Where(cve_status=Among(not_in=("Reported",))), "without a CVE that is Reported"),
    (Where(any=(Where(signed=True), Where(name=("a", "b")))), "either that are signed or (named a or b)"),
    (Where(any=(Where(signed=True),)), "that are signed"),
    (Where(not_=Where(name=("a",))), "other than those named a"),
    (Where(name=("a",), version="1.*", signed=True), "named a, of version 1.* and that are signed"),
]


@pytest.mark.parametrize(("where", "words"), WORDS, ids=[words[:40] for _, words in WORDS])
def test_every_field_has_its_words(where: Where, words: str) -> None:
    """A list that is long is cut, with how many more there are."""
    assert describe_where(where) == words


def test_an_action_makes_a_sentence() -> None:
    """Whose files and what comes along are said, too."""
    where = Where(name=("numpy",))

    assert describe_rule(a_rule(where=where)) == "Leave out files named numpy."
    assert describe_rule(a_rule(action=Action.ALLOW, where=where)) == (
        "Let in files named numpy, whatever the other rules say."
    )
    assert describe_rule(a_rule(action=Action.REQUIRE, where=where, include_dependencies=True)) == (
        "Keep only files named numpy, and what they need."
    )
    assert describe_rule(a_rule(where=where, ecosystems=("conda", "python", "r"))) == (
        "Leave out conda, Python and R files named numpy."
    )


def test_a_policy_reads_as_its_wizard_would_say_it() -> None:
    """A sentence a rule, in their order."""
    assert describe_rules(rules_of_document(read_policy_text(YAML_POLICY, form=TextForm.YAML))) == (
        "Keep only files for linux-64 or noarch.",
        "Leave out files under the license GPL or AGPL.",
        "Keep only files at least 14 days old.",
        "Let in files matching openssl ==3.0.8, whatever the other rules say.",
    )


@given(document=documents())
@settings(max_examples=40)
def test_every_rule_is_one_sentence(document: PolicyDocument) -> None:
    """Whatever its fields."""
    sentences = describe_rules(rules_of_document(document))

    assert len(sentences) == len(document.rules)
    assert all(
        sentence.endswith(".") and "None" not in sentence for sentence in sentences if "None" not in str(document)
    )
