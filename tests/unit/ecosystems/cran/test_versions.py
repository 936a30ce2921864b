"""R's versions and dependency fields, with R as the judge."""

import itertools

import pytest

from libs.common.ecosystems.cran.depends import hard_requirements, r_requirements, read_field, read_requirement
from libs.common.ecosystems.cran.versions import is_package_version, read_version
from tests.support.r import needs_r, r_lines

VERSIONS = ("1.0", "1.0.0", "1.0-1", "1.0.1", "1.01", "1.1", "0.9-12", "10.0", "2.0", "2.0.0.9000", "1.0-0", "3")


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


@needs_r
def test_r_agrees_on_every_pair() -> None:
    """CompareVersion is the judge."""
    pairs = list(itertools.product(VERSIONS, repeat=2))
    program = 'for (p in strsplit(x, " ")) cat(compareVersion(p[1], p[2]), "\\n")'

    said = [int(line) for line in r_lines(program, [f"{left} {right}" for left, right in pairs])]

    assert said == [version_sign(left, right) for left, right in pairs]


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
