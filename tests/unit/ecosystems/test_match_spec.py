"""MatchSpecs outside conda, with py-rattler as the judge of what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rattler import MatchSpec, PackageRecord
from rattler.package.build_string import BuildString

from libs.common.ecosystems.cran.specs import read_spec as read_r_spec
from libs.common.ecosystems.match_spec import Constraint, read_match_spec
from libs.common.ecosystems.pypi.specs import read_spec as read_python_spec

_versions = st.lists(st.integers(0, 12), min_size=2, max_size=3).map(lambda parts: ".".join(map(str, parts)))
_full_versions = st.lists(st.integers(0, 12), min_size=3, max_size=3).map(lambda parts: ".".join(map(str, parts)))
_signs = st.sampled_from((">=", "<", "<=", ">", "==", "!=", "~="))
_prefixes = st.builds(str.format, st.sampled_from(("={}", "{}.*", "!={}.*")), _versions)


def _specs(versions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    constraints = st.builds("{}{}".format, _signs, versions) | _prefixes
    alternatives = st.lists(constraints, min_size=1, max_size=2).map(",".join)
    return st.lists(alternatives, min_size=1, max_size=2).map(lambda found: "demo " + "|".join(found))


def by_rattler(spec: str, version: str) -> bool:
    """Ask py-rattler."""
    record = PackageRecord("demo", version, BuildString.new_unchecked("0"), 0, "noarch")
    return MatchSpec(spec, strict=False).matches(record)


@given(_specs(_versions), _versions)
def test_python_reads_versions_as_conda_does(spec: str, version: str) -> None:
    """Of numbers alone both have one order."""
    versions = read_python_spec(spec, field="spec").versions

    assert versions is not None
    assert versions(version) is by_rattler(spec, version)


@given(_specs(_full_versions), _full_versions)
def test_r_reads_versions_as_conda_does(spec: str, version: str) -> None:
    """Where as many numbers are compared: to R 1.0 is older than 1.0.0."""
    _, versions = read_r_spec(spec, field="spec")

    assert versions is not None
    assert versions(version) is by_rattler(spec, version)


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("demo", None),
        ("demo*", None),
        ("demo 1.0", ((Constraint("==", "1.0", is_prefix=False),),)),
        ("demo=1.0", ((Constraint("==", "1.0", is_prefix=True),),)),
        ("demo >= 1.0 , <2|3.*", None),
    ],
)
def test_a_name_stands_before_versions(text: str, versions: object) -> None:
    """Which may be left out."""
    found = read_match_spec(text)

    assert found is not None
    assert found.name == text[:5].rstrip(" =")
    assert versions is None or found.versions == versions


@pytest.mark.parametrize(
    "text", ["", " ", "demo 1.0 py_0", "demo[build=1]", "c::demo", "demo (>=1)", "=1", "demo >=", "d" * 2000]
)
def test_what_says_more_is_none(text: str) -> None:
    """Nobody but conda knows what it means."""
    assert read_match_spec(text) is None
