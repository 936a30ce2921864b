"""CRAN's licenses, with R as the judge of what is one."""

import pytest

from libs.common.ecosystems.cran.license import cran_licenses_of
from libs.common.ecosystems.licenses.licenses import license_word
from tests.support.r import needs_r, r_lines

TEXTS = (
    "GPL-3", "GPL-2", "GPL (>= 2)", "GPL (>= 2.0)", "GPL", "MIT + file LICENSE", "Apache License (== 2.0)",
    "Apache License 2.0 | file LICENSE", "LGPL (>= 2.0, < 3) | Mozilla Public License", "BSD_3_clause + file LICENSE",
    "Artistic-2.0", "Unlimited", "CeCILL-2 | GPL-2", "EUPL (== 1.1)", "CC BY-NC-SA 4.0", "BSL-1.0", "MPL (>= 2)",
    "GNU General Public License (>= 3)", "Common Public License Version 1.0", "AGPL (>= 3)", "CC0", "file LICENSE",
    "GPL-2 | GPL-3 | BSD_3_clause + file LICENSE", "FreeBSD", "Lucent Public License", "ACM", "MIT",
)  # fmt: skip


def words(text: str) -> frozenset[str]:
    """Return the words of a rule, as rules have them."""
    return frozenset(license_word(word) for word in text.split())


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


@needs_r
def test_what_r_can_verify_is_known_by_name_here_too() -> None:
    """analyze_licenses is the judge: nothing that it verifies is left as mere text."""
    program = "a <- tools:::analyze_licenses(x); cat(ifelse(a$is_verified, 1, 0), sep = '\\n')"

    verified = [text for text, line in zip(TEXTS, r_lines(program, TEXTS), strict=True) if line == "1"]

    assert len(verified) >= 20
    assert [text for text in verified if text.lower() in cran_licenses_of(text).words - {"unlimited", "mit", "acm"}
            and " " in text] == []  # fmt: skip
