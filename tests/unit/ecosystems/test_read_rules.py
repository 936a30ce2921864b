"""Whose words a rule is read by."""

import msgspec
import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import Action, EcosystemWord, Rule, Where
from libs.common.ecosystems.protocol import Glance
from libs.common.ecosystems.read_rules import check_rules
from libs.common.ecosystems.registry import ecosystem

SPECS: dict[EcosystemWord, str] = {
    "conda": "python 3.12.* *_cpython",
    "python": "numpy!=1.26,>=1!1.0,===2008b",
    "r": "Rcpp(>= 1.0-1-2)",
}
"""Each is understood by its own ecosystem alone."""


def a_rule(spec: str, *ecosystems: EcosystemWord) -> Rule:
    """Return a rule for some ecosystems, or one that names none."""
    return Rule(
        id="-".join(("rule", *ecosystems)),
        action=Action.EXCLUDE,
        where=Where(spec=(spec,)),
        ecosystems=ecosystems or None,
    )


@pytest.mark.parametrize("word", SPECS)
@pytest.mark.parametrize("other", SPECS)
def test_a_rule_is_read_by_the_ecosystem_that_it_names(word: EcosystemWord, other: EcosystemWord) -> None:
    """And by no other."""
    if word == other:
        check_rules((a_rule(SPECS[word], word),))
        return
    with pytest.raises(InvalidInput, match=r"rules\[1\]\.where\.spec\[0\]"):
        check_rules((a_rule(SPECS[other], other), a_rule(SPECS[other], word)))


def test_all_that_are_named_must_understand_a_rule() -> None:
    """One that names none is written in conda's words."""
    check_rules((a_rule("numpy >=1.26,<2", "conda", "python"), a_rule("python 3.12.*")))
    check_rules((a_rule("numpy >=1.26,<2", "conda", "python", "r"),))
    with pytest.raises(InvalidInput):
        check_rules((a_rule("scikit-learn >=1.7", "conda", "python", "r"),))


@pytest.mark.parametrize(
    ("where", "path"),
    [
        (Where(python=">=abc"), "python"),
        (Where(name=("numpy",), wheel_tag=("cp312-*-*", "cp312")), r"wheel_tag\[1\]"),
        (Where(any=(Where(name=("rlang",)), Where(not_=Where(r=">=abc")))), r"any\[1\]\.not\.r"),
    ],
)
def test_a_field_of_one_language_is_read_by_it_whatever_the_rule_names(where: Where, path: str) -> None:
    """A slip of the pen would match nothing for ever; what stands beside it is in conda's words."""
    good = Rule(id="good", action=Action.EXCLUDE, where=Where(spec=(SPECS["conda"],), python=">=3.9", r=">=4.1"))
    check_rules((good,))

    with pytest.raises(InvalidInput, match=rf"rules\[1\]\.where\.{path} "):
        check_rules((good, Rule(id="bad", action=Action.EXCLUDE, where=where)))


@pytest.mark.parametrize(
    "where", [Where(spec=(SPECS["conda"],)), Where(version="1.*|>=2=py*")], ids=["spec", "version"]
)
@pytest.mark.parametrize("type_", [MirrorType.PYTHON_SIMPLE, MirrorType.CRAN])
def test_what_another_ecosystem_can_not_read_in_a_rule_for_all_matches_nothing_there(
    type_: MirrorType, where: Where
) -> None:
    """A policy of conda's words on a channel must not stop its other mirrors."""
    eco = ecosystem(type_)
    exclude = Rule(id="common", action=Action.EXCLUDE, where=where)
    require = msgspec.structs.replace(exclude, action=Action.REQUIRE)
    own = msgspec.structs.replace(exclude, ecosystems=(eco.word,))

    def verdict(rule: Rule) -> Glance:
        glanced = eco.compile(Evaluation(rules=(rule,))).glance("python", partition=eco.partitions(Filters())[0][0])
        return glanced.verdict

    assert (verdict(exclude), verdict(require)) == (Glance.KEEP, Glance.DROP)
    with pytest.raises(InvalidInput):
        eco.compile(Evaluation(rules=(own,)))
    with pytest.raises(InvalidInput):
        eco.check_rules((exclude,))
