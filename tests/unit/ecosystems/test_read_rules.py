"""Whose words a rule is read by."""

import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy import Action, EcosystemWord, Rule, Where
from libs.common.ecosystems.read_rules import check_rules

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
    """Also where no mirror of it can be made yet."""
    if word == other:
        check_rules((a_rule(SPECS[word], word),))
        return
    with pytest.raises(InvalidInput, match=r"rules\[1\]\.where\.spec\[0\]"):
        check_rules((a_rule(SPECS[other], other), a_rule(SPECS[other], word)))


def test_all_that_are_named_must_understand_a_rule() -> None:
    """One that names none is for what is mirrored."""
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
    """A slip of the pen would match nothing for ever; what stands beside it is the mirrored ecosystems' own."""
    good = Rule(id="good", action=Action.EXCLUDE, where=Where(spec=(SPECS["conda"],), python=">=3.9", r=">=4.1"))
    check_rules((good,))

    with pytest.raises(InvalidInput, match=rf"rules\[1\]\.where\.{path} "):
        check_rules((good, Rule(id="bad", action=Action.EXCLUDE, where=where)))
