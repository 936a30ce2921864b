"""What may be chosen under a license text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.ecosystems.licenses.families import FAMILIES
from libs.common.ecosystems.licenses.licenses import license_word, licenses_of


def words(text: str) -> frozenset[str]:
    """Return the words of a rule, as rules have them."""
    return frozenset(license_word(word) for word in text.split())


@pytest.mark.parametrize(
    ("text", "family", "families"),
    [
        ("BSD-3-Clause", "BSD", "bsd"),
        ("MIT", None, "mit"),
        ("Apache License 2.0", None, "apache"),
        ("GPL-3.0-or-later", "GPL", "gpl gpl3"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL2", "gpl gpl2"),
        ("GPL (>= 2)", "GPL3", "gpl gpl2 gpl3"),
        ("GPL-2 | GPL-3", None, "gpl gpl2 gpl3"),
        ("GPL v2 or later", None, "gpl gpl2"),
        ("GNU Lesser General Public License v3", None, "lgpl"),
        ("MIT OR Apache-2.0", None, "apache mit"),
        ("MIT/Apache-2.0", None, "apache mit"),
        ("LGPL-2.0-or-later AND GPL-2.0-or-later AND MPL-2.0", None, "gpl gpl2 lgpl mozilla"),
        ("LicenseRef-EULA", None, "proprietary"),
        ("Artistic-2.0", "OTHER", "other"),
        ("limit", None, "other"),
        (None, None, "none"),
        ("", "None", "none"),
        (None, "GPL", "gpl"),
    ],
)
def test_a_text_has_its_families(text: str | None, family: str | None, families: str) -> None:
    """conda-build's families, whether the text is SPDX or not."""
    assert licenses_of(text, family).families == frozenset(families.split())


@pytest.mark.parametrize(
    ("text", "listed", "is_allowed", "is_avoided"),
    [
        ("MIT", "MIT", True, False),
        ("MIT", "BSD", False, True),
        ("MIT OR GPL-3.0-only", "MIT", True, True),
        ("MIT OR GPL-3.0-only", "GPL", True, True),
        ("MIT AND GPL-3.0-only", "MIT", False, False),
        ("MIT AND GPL-3.0-only", "GPL", False, False),
        ("MIT AND GPL-3.0-only", "MIT GPL3", True, False),
        ("(MIT OR BSD-3-Clause) AND Apache-2.0", "BSD apache", True, False),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", "GPL-2.0-or-later", True, False),
        ("GPL-3.0", "GPL-3.0-only", True, False),
        ("gpl-3.0-ONLY", "GPL-3.0", True, False),
        ("GPL-2 | GPL-3", "GPL2", True, False),
        ("LicenseRef-Acme AND MIT", "LicenseRef-acme MIT", True, False),
        ("Apache 2.0 OR MIT", "apache", True, True),
        (None, "none", True, False),
        ("see LICENSE", "other", True, False),
    ],
)
def test_a_choice_is_made_in_favour(text: str | None, listed: str, *, is_allowed: bool, is_avoided: bool) -> None:
    """`or` leaves a choice, `and` does not."""
    found = licenses_of(text)

    assert found.allowed_by(words(listed)) is is_allowed
    assert found.avoids(words(listed)) is is_avoided


@pytest.mark.parametrize("text", ["GPLv9", "MIT OR BSD-3-Clause", "", "a b c"])
def test_a_word_that_nobody_knows_is_refused(text: str) -> None:
    """A rule on it would match nothing, and nobody would know why."""
    with pytest.raises(ValueError, match="neither a license family nor an SPDX identifier"):
        license_word(text)


NAMES = st.sampled_from(["MIT", "GPL-3.0-only", "Apache-2.0", "BSD-3-Clause", "LGPL-2.1-or-later", "Acme"])
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.builds(
        lambda parts, sign: "(" + f" {sign} ".join(parts) + ")",
        st.lists(inner, min_size=2, max_size=3),
        st.sampled_from(["AND", "OR"]),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.sets(st.sampled_from(sorted(FAMILIES))))
def test_what_is_allowed_by_a_list_is_not_avoided_by_all_else(text: str, listed: set[str]) -> None:
    """Allowing a list of families is avoiding all others, where each license has one family."""
    found = licenses_of(text.replace("GPL-3.0-only", "Artistic-2.0"))

    assert found.allowed_by(frozenset(listed)) is found.avoids(FAMILIES - listed)


@given(EXPRESSIONS, st.sets(st.sampled_from(sorted(FAMILIES))), st.sampled_from(sorted(FAMILIES)))
def test_a_longer_list_allows_no_less_and_avoids_no_more(text: str, listed: set[str], word: str) -> None:
    """Lists are monotonous."""
    found, shorter, longer = licenses_of(text), frozenset(listed), frozenset(listed | {word})

    assert found.allowed_by(longer) >= found.allowed_by(shorter)
    assert found.avoids(longer) <= found.avoids(shorter)


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    """Records hold anything."""
    assert licenses_of(text).families


@pytest.mark.parametrize("text", ["()", "(or later", "( AND MIT", "(MIT", "MIT AND", "(" * 900, "\0"])
def test_a_text_that_no_parser_takes_is_a_license_all_the_same(text: str) -> None:
    """A source may write anything there; a rule may not."""
    assert licenses_of(text).families
    with pytest.raises(ValueError, match="neither"):
        license_word(text)


def test_an_expression_that_is_nested_too_deeply_is_one_license() -> None:
    """Nobody writes one; it still has its families."""
    text = "MIT"
    for place in range(30):
        text = f"({text} {'OR' if place % 2 else 'AND'} BSD-{place}-Clause)"

    assert licenses_of(text).families == {"bsd", "mit"}
    assert licenses_of(text).avoids(frozenset({"bsd"})) is False
