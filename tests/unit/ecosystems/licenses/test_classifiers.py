"""What Python's core metadata says of licenses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.ecosystems.licenses.classifiers import _IDENTIFIERS, license_classifiers, python_licenses_of
from libs.common.ecosystems.licenses.licenses import license_word, licenses_of

OSI = "License :: OSI Approved :: "
AMBIGUOUS = (
    "Academic Free License (AFL)",
    "Apache Software License",
    "Apple Public Source License",
    "Artistic License",
    "BSD License",
    "GNU Affero General Public License v3",
    "GNU Free Documentation License (FDL)",
    "GNU General Public License (GPL)",
    "GNU General Public License v2 (GPLv2)",
    "GNU General Public License v3 (GPLv3)",
    "GNU Lesser General Public License v2 (LGPLv2)",
    "GNU Lesser General Public License v2 or later (LGPLv2+)",
    "GNU Lesser General Public License v3 (LGPLv3)",
    "GNU Library or Lesser General Public License (LGPL)",
)
"""Those from which PEP 639 forbids to infer a license."""


def words(text: str) -> frozenset[str]:
    """Return the words of a rule, as rules have them."""
    return frozenset(license_word(word) for word in text.split())


@pytest.mark.parametrize(
    ("text", "classifiers", "found"),
    [
        ("MIT OR Apache-2.0", None, "apache apache-2.0 mit"),
        (None, None, "none"),
        ("UNKNOWN", None, "none"),
        (None, f"{OSI}MIT License", "mit"),
        ("UNKNOWN", f"{OSI}MIT License", "mit"),
        (None, f"{OSI}BSD License", "bsd"),
        ("BSD-3-Clause", f"{OSI}BSD License", "bsd bsd-3-clause"),
        ("GPL", f"{OSI}GNU General Public License v2 (GPLv2)", "gpl gpl2"),
        ("BSD 3-Clause", f"{OSI}BSD License", "bsd"),
        ("MIT OR GPL-2.0-only", f"{OSI}MIT License", "gpl gpl2 gpl-2.0-only mit"),
        (None, f"{OSI}GNU General Public License v3 or later (GPLv3+)", "gpl gpl3 gpl-3.0-or-later"),
        (None, f"{OSI}GNU General Public License v3 (GPLv3)", "gpl gpl3"),
        (None, f"{OSI}GNU Lesser General Public License v3 (LGPLv3)", "lgpl"),
        (None, f"{OSI}GNU Affero General Public License v3", "agpl"),
        (None, f"{OSI}Mozilla Public License 2.0 (MPL 2.0)", "mozilla mpl-2.0"),
        (None, f"{OSI}Python Software Foundation License", "psf psf-2.0"),
        (None, f"{OSI}ISC License (ISCL)", "isc other"),
        (None, "License :: Public Domain", "public_domain"),
        (None, "License :: Other/Proprietary License", "proprietary"),
        (None, "License :: Freeware", "proprietary"),
        (None, "License :: OSI Approved", "other"),
        (None, f"{OSI}MIT License; {OSI}Apache Software License", "apache mit"),
        ("Apache License\nVersion 2.0\n… GPL …", f"{OSI}Apache Software License", "apache"),
        ("My own", f"{OSI}Zope Public License", "other"),
    ],
)
def test_metadata_has_its_words(text: str | None, classifiers: str | None, found: str) -> None:
    """Families for what is ambiguous, SPDX identifiers for what is not."""
    assert python_licenses_of(text, classifiers).words == frozenset(found.split())


def test_an_expression_leaves_a_choice_and_classifiers_do_not_say() -> None:
    """PEP 639: several classifiers may bind together or not, so a rule against one of them hits."""
    chosen = python_licenses_of("MIT OR GPL-3.0-only", f"{OSI}GNU General Public License v3 (GPLv3)")
    unclear = python_licenses_of(None, f"{OSI}MIT License; {OSI}GNU General Public License v3 (GPLv3)")

    assert chosen.avoids(words("gpl"))
    assert not unclear.avoids(words("gpl"))
    assert chosen.allowed_by(words("mit"))
    assert unclear.allowed_by(words("mit"))


@pytest.mark.parametrize("identifier", sorted(_IDENTIFIERS.values()))
def test_every_identifier_is_one_of_spdx(identifier: str) -> None:
    """A rule may name it."""
    assert license_word(identifier) == identifier.lower()


@pytest.mark.parametrize("tail", AMBIGUOUS)
def test_nothing_is_inferred_from_ambiguous_classifiers(tail: str) -> None:
    """PEP 639 forbids it; families are enough for rules."""
    found = python_licenses_of(None, OSI + tail)

    assert tail not in _IDENTIFIERS
    assert found.words == found.families


def test_only_classifiers_of_licenses_count() -> None:
    """And of these not those that only stand above another one."""
    classifiers = (
        "Topic :: License",
        "License :: OSI Approved",
        f" {OSI}MIT License",
        "Programming Language :: Python",
    )

    assert license_classifiers(classifiers) == (f"{OSI}MIT License",)
    assert license_classifiers(("License :: OSI Approved",)) == ("License :: OSI Approved",)


@given(st.text(max_size=40) | st.none(), st.text(max_size=60) | st.none())
def test_any_text_is_read(text: str | None, classifiers: str | None) -> None:
    """A source may have anything; every license has a family."""
    assert python_licenses_of(text, classifiers).families


@given(st.sampled_from(("MIT", "Apache-2.0 OR MIT", "GPL-2.0-only AND BSD-3-Clause")), st.text(max_size=20) | st.none())
def test_an_expression_says_all(text: str, classifiers: str | None) -> None:
    """Whatever classifiers stand beside it."""
    assert python_licenses_of(text, classifiers) == licenses_of(text)
