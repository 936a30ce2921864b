"""Options of `./tain policy create` as rules."""

from argparse import ArgumentParser

import msgspec
import pytest

from libs.client.errors import UsageFailed
from libs.client.policies.rule_options import RuleOptions, add_rule_options, rules_of_options
from libs.common.domain.describe_policy import describe_rules
from libs.common.domain.policy_document import PolicyDocument, rules_of_document
from libs.common.ecosystems.read_rules import check_rules

SENTENCES = {
    "--platform linux-64,noarch --platform osx-64": "Keep only files for linux-64, noarch or osx-64.",
    "--platform-not win-32": "Leave out files for win-32.",
    "--license MIT,BSD": "Keep only files under the license MIT or BSD.",
    "--license-not GPL": "Leave out files under the license GPL.",
    "--package numpy,pandas": "Keep only files named numpy or pandas.",
    "--package numpy --include-dependencies": "Keep only files named numpy, and what they need.",
    "--spec numpy>=1,<2": "Keep only files matching numpy>=1,<2.",
    "--package scipy --spec numpy>=1 --include-dependencies": (
        "Keep only files matching scipy or numpy>=1, and what they need."
    ),
    "--only-signed-packages": "Keep only files that are signed.",
    "--drop-legacy-packages": "Leave out files that repeat a .conda as .tar.bz2.",
    "--created-after 2024-01-01": "Keep only files created since 2024-01-01.",
    "--created-after 2024-01-01 --created-before 2025-01-01": (
        "Keep only files created since 2024-01-01 until 2025-01-01."
    ),
    "--min-age-days 14": "Keep only files at least 14 days old.",
    "--cve-score 7": "Keep only files with a highest CVE score of at most 7.",
    "--cve-score 6.5 --cve-score-comparator <": "Keep only files with a highest CVE score under 6.5.",
    "--cve-status cleared,Mitigated": "Leave out files with a CVE that is Active, Reported or Disputed.",
    "--cve-status-not Reported": "Leave out files with a CVE that is Reported.",
    "--newest 3": "Keep only files of the newest 3 versions.",
    "--exclude openssl<3 --exclude x": "Leave out files matching openssl<3 or x.",
    "--allow openssl=1.1.1w": "Let in files matching openssl=1.1.1w, whatever the other rules say.",
}


def typed(text: str) -> RuleOptions:
    """Parse options as the command does."""
    parser = ArgumentParser(allow_abbrev=False)
    add_rule_options(parser)
    return msgspec.convert(vars(parser.parse_args(text.split())), RuleOptions)


@pytest.mark.parametrize(("text", "sentence"), list(SENTENCES.items()), ids=list(SENTENCES))
def test_an_option_makes_a_rule(text: str, sentence: str) -> None:
    """Which says what its help says, and which every ecosystem takes."""
    rules = rules_of_document(PolicyDocument(name="n", rules=rules_of_options(typed(text))))

    assert describe_rules(rules) == (sentence,)
    check_rules(rules)


def test_every_option_has_a_rule_of_its_own() -> None:
    """All together, in the order in which the most telling reason is named first, with ids that differ."""
    rules = rules_of_options(typed(" ".join(SENTENCES)))
    ids = [rule.id for rule in rules]

    assert len(ids) == len({*ids}) == 15
    assert ids[0] == "platform"
    assert ids[-1] == "exceptions"
    assert [rule.id for rule in rules if rule.include_dependencies] == ["packages"]


def test_nothing_typed_is_no_rule() -> None:
    """Then everything may enter."""
    assert rules_of_options(typed("")) == ()
    assert rules_of_options(RuleOptions()) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [("--include-dependencies", "name some"), ("--cve-status-not Fixed", "'Fixed'; there are Active")],
)
def test_what_makes_no_sense_is_wrong_usage(text: str, words: str) -> None:
    """Said before anything is sent."""
    with pytest.raises(UsageFailed, match=words):
        rules_of_options(typed(text))


@pytest.mark.parametrize(
    "text", ["--newest x", "--min-age-days -3", "--cve-score high", "--cve-score 7 --cve-score-comparator =<"]
)
def test_what_is_no_number_is_wrong_usage(text: str) -> None:
    """With code 2, as all wrong options."""
    with pytest.raises(SystemExit) as left:
        typed(text)

    assert left.value.code == 2
