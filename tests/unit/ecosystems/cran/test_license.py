"""CRAN's licenses, with R as the judge of what is one."""

import pytest

from libs.common.ecosystems.cran.license import cran_licenses_of
from libs.common.ecosystems.licenses.families import FAMILIES
from libs.common.ecosystems.licenses.licenses import license_word
from tests.support.r import needs_r
from tests.support.record_r import LICENSES, analyze_licenses, r_version, read_answers

NEWER_THAN_R = {"epl-2.0", "eupl-1.2", "cecill-2.1"}
"""SPDX has these, and the database of R 4.2 does not."""


def words(text: str) -> frozenset[str]:
    """Return the words of a rule, as rules have them."""
    return frozenset(license_word(word) for word in text.split())


def identifiers(text: str) -> frozenset[str]:
    """Return the licenses that a text leaves to choose from, without their families."""
    return cran_licenses_of(text).words - (FAMILIES - {"mit"})


@pytest.mark.parametrize(
    ("text", "listed", "is_allowed", "is_avoided"),
    [
        ("GPL-3", "GPL-3.0-only", True, False),
        ("GPL (>= 2)", "GPL-3.0-only", True, True),
        ("GPL (>= 2)", "GPL-2.0-or-later", True, True),
        ("GPL (>= 2)", "GPL", True, False),
        ("GPL (>= 2.0)", "GPL-2.0-or-later", True, True),
        ("GPL", "GPL2", True, True),
        ("GPL (> 2)", "GPL2", False, True),
        ("MIT + file LICENSE", "MIT", True, False),
        ("MIT + file LICENSE | GPL-2", "GPL", True, True),
        ("Apache License (== 2.0)", "Apache-2.0", True, False),
        ("LGPL (>= 2.0, < 3)", "LGPL-2.1-only", True, True),
        ("LGPL (>= 2.0, < 3)", "LGPL-3.0-only", False, True),
        ("AGPL-3", "GPL", False, True),
        ("BSD_3_clause + file LICENCE", "BSD-3-Clause", True, False),
        ("CC BY-SA 4.0", "CC", True, False),
        ("file LICENSE", "other", True, False),
        ("Unlimited", "other", True, False),
        ("a license of my own", "other", True, False),
        ("GPL (latest)", "GPL", True, False),
        ("GPL (>= 2, later)", "GPL2", True, False),
        (f"GPL {'1.' * 60}0", "GPL", True, False),
        ("Own License 2.0", "other", True, False),
        ("", "none", True, False),
        (None, "none", True, False),
    ],
)
def test_the_grammar_says_what_may_be_chosen(
    text: str | None, listed: str, *, is_allowed: bool, is_avoided: bool
) -> None:
    """Ranges of versions are choices."""
    found = cran_licenses_of(text)

    assert found.allowed_by(words(listed)) is is_allowed
    assert found.avoids(words(listed)) is is_avoided


@pytest.mark.parametrize(
    ("text", "expansions"),
    [pytest.param(text, expansions, id=text) for text, verified, expansions in read_answers()["licenses"] if verified],
)
def test_the_choices_are_those_of_r(text: str, expansions: list[str]) -> None:
    """No version is left out, and none is added but what SPDX calls `or-later` and what is newer than R."""
    ours = {word for word in identifiers(text) if not word.endswith("-or-later")}
    chosen = frozenset[str]().union(*(identifiers(one) for one in expansions))

    assert chosen
    assert chosen <= ours
    assert ours - chosen <= NEWER_THAN_R


@needs_r
def test_r_still_says_so() -> None:
    """The R that answered is asked again; another one may know more licenses."""
    answers = read_answers()
    if r_version() != answers["r"]:
        pytest.skip("the answers are of another R")

    assert [[text, *said] for text, said in zip(LICENSES, analyze_licenses(LICENSES), strict=True)] == answers[
        "licenses"
    ]
