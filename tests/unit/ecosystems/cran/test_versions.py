"""R's versions and dependency fields, with R as the judge."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.ecosystems.cran.depends import hard_requirements, r_requirements, read_field, read_requirement
from libs.common.ecosystems.cran.versions import is_package_version, newest, read_version
from tests.support.r import needs_r
from tests.support.record_r import VERSIONS, compare_versions, read_answers

VERSION_TEXTS = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(".-")), min_size=1, max_size=4).map(
    lambda parts: "".join(f"{number}{sign}" for number, sign in parts) + "7"
)


def version_sign(left: str, right: str) -> int:
    """Compare as `compareVersion` does."""
    a, b = read_version(left), read_version(right)
    assert a is not None
    assert b is not None
    return (a > b) - (a < b)


@pytest.mark.parametrize(
    ("left", "right", "sign"),
    [("1.0", "1.0.0", -1), ("1.0-1", "1.0.1", 0), ("1.01", "1.1", 0), ("2.0", "10.0", -1), ("1.0.1", "1.0", 1)],
)
def test_versions_compare_as_r_has_them(left: str, right: str, sign: int) -> None:
    """Integer by integer; a shorter prefix is older."""
    assert version_sign(left, right) == sign


def test_every_pair_compares_as_in_r() -> None:
    """CompareVersion has been asked."""
    answers = read_answers()["versions"]

    assert len(answers) == len(VERSIONS) ** 2
    assert [(left, right) for left, right, sign in answers if version_sign(left, right) != sign] == []


@needs_r
@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(VERSION_TEXTS, VERSION_TEXTS), min_size=50, max_size=200))
def test_r_agrees_on_any_pair(pairs: list[tuple[str, str]]) -> None:
    """CompareVersion is asked."""
    assert compare_versions(pairs) == [version_sign(left, right) for left, right in pairs]


def test_the_newest_are_the_greatest() -> None:
    """Equal versions stay together; what is no version is the oldest."""
    assert newest(["1.0-1", "1.0.1", "1.0", "0.9"], 1) == {"1.0-1", "1.0.1"}
    assert newest(["1.0-1", "1.0.1", "1.0", "x"], 2) == {"1.0-1", "1.0.1", "1.0"}
    assert newest(["1.0", "x"], 2) == {"1.0", "x"}


@pytest.mark.parametrize("text", ["", "1.", "a", "1.0a", "1..0", "-1", "1.0 ", "1" * 200])
def test_what_is_no_version_is_not_read(text: str) -> None:
    """It meets no requirement then."""
    assert read_version(text) is None


def test_a_package_has_at_least_two_numbers() -> None:
    """As R-exts says of DESCRIPTION; a requirement may have one."""
    assert is_package_version("1.0")
    assert not is_package_version("1")
    assert read_version("1") == (1,)


def test_a_field_is_read_as_r_does() -> None:
    """Line breaks and blanks do not matter; what can't be read is passed over."""
    field = "R (>= 3.5.0), methods,\n  Rcpp(>=1.0.0), data.table ( < 2 ), 7zip, "

    found = read_field(field)

    assert [one.name for one in found] == ["R", "methods", "Rcpp", "data.table"]
    assert [one.name for one in hard_requirements([field, "stats, cli", None])] == ["Rcpp", "data.table", "cli"]
    assert [one.version for one in r_requirements(field)] == [(3, 5, 0)]


@pytest.mark.parametrize(
    ("text", "version", "is_met"),
    [
        ("x (>= 1.0)", "1.0", True),
        ("x (>= 1.0.0)", "1.0", False),
        ("x (< 2)", "1.99", True),
        ("x (== 1.0-1)", "1.0.1", True),
        ("x (!= 1.0)", "1.0", False),
        ("x", "anything", True),
        ("x (> 1.0)", "anything", False),
    ],
)
def test_a_requirement_is_met_by_the_versions_that_it_says(text: str, version: str, *, is_met: bool) -> None:
    """Operators as in R."""
    requirement = read_requirement(text)

    assert requirement is not None
    assert requirement.is_met_by(read_version(version)) is is_met
