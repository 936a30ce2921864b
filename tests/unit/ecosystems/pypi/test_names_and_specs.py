"""Names, file names, requirements and versions of Python packages, with packaging as the judge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.pypi.filenames import project_name, read_filename
from libs.common.ecosystems.pypi.specs import newest, read_range, read_spec

VERSIONS = st.builds(
    lambda release, suffix: ".".join(map(str, release)) + suffix,
    st.lists(st.integers(0, 20), min_size=1, max_size=3),
    st.sampled_from(["", "", "", "rc1", ".dev3", ".post1", "a2", "+local"]),
)
OPERATORS = st.sampled_from(["==", ">=", "<=", "<", ">", "!=", "~="])


@pytest.mark.parametrize(
    ("filename", "project", "kind", "version"),
    [
        ("numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.whl", "numpy", "wheel", "1.26.4"),
        ("zope_interface-5.0-py3-none-any.whl", "zope-interface", "wheel", "5.0"),
        ("pkg-1.0-1-py3-none-any.whl", "pkg", "wheel", "1.0"),
        ("old-2008b.x-py3-none-any.whl", "old", "wheel", "2008b.x"),
        ("numpy-1.26.4.tar.gz", "numpy", "sdist", "1.26.4"),
        ("zope.interface-5.0.zip", "zope-interface", "sdist", "5.0"),
        ("a-b-1.0.tar.gz", "a-b", "sdist", "1.0"),
        ("a-b-1.0.tar.gz", "a", "sdist", "b-1.0"),
        ("a-b-1.0.tar.bz2", "a-b", "sdist", "1.0"),
        ("a-1.0-beta.tgz", "a", "sdist", "1.0-beta"),
        ("a-b-final.tar.gz", "a-b", "sdist", "final"),
        ("stranger-1.0.tar.bz2", "a", "sdist", None),
        ("pkg-1.0-py2.7.egg", "pkg", "other", None),
        ("pkg-1.0.win32.exe", "pkg", "other", None),
        ("../x.whl", "x", "other", None),
        ("-.tar.gz", "x", "sdist", None),
        ("stranger-9.9-py3-none-any.whl", "a", "other", None),
        ("stranger-2008b.x-py3-none-any.whl", "a", "other", None),
        (f"a-1.0-{'.'.join('py3' * 11)}-{'.'.join('no' * 6)}-{'.'.join('any' * 4)}.whl", "a", "other", None),
        ("a" * 500 + "-1.0-py3-none-any.whl", "a" * 500, "other", None),
    ],
)
def test_a_file_name_says_kind_and_version(filename: str, project: str, kind: str, version: str | None) -> None:
    """Old names are read as far as they go."""
    found = read_filename(filename, project=project)

    assert (found.kind, found.version) == (kind, version)


@given(st.text(max_size=60), st.sampled_from(["", ".whl", ".tar.gz", ".zip"]))
def test_any_file_name_is_read(stem: str, ending: str) -> None:
    """A source may list anything."""
    assert read_filename(f"x-1.0{stem}{ending}", project="x").kind in ("wheel", "sdist", "other")
    assert read_filename(stem + ending, project="x").kind in ("wheel", "sdist", "other")


def test_names_are_normalised() -> None:
    """PEP 503."""
    assert project_name("Zope.Interface__x") == "zope-interface-x"
    assert project_name("-x") is None
    assert project_name("x" * 500) is None


@given(VERSIONS, OPERATORS, VERSIONS)
def test_ranges_have_what_packaging_says(version: str, sign: str, bound: str) -> None:
    """Pre-releases count."""
    try:
        judge = SpecifierSet(f"{sign}{bound}")
    except ValueError:
        with pytest.raises(InvalidInput):
            read_range(f"{sign}{bound}", field="version")
        return

    assert read_range(f"{sign}{bound}", field="version")(version) is judge.contains(version, prereleases=True)


@given(st.lists(VERSIONS, min_size=1, max_size=8), st.integers(1, 4))
def test_the_newest_are_the_greatest(versions: list[str], count: int) -> None:
    """Equal versions count once and stay together."""
    greatest = sorted({Version(version) for version in versions}, reverse=True)[:count]

    assert newest(versions, count) == {version for version in versions if Version(version) in greatest}


def test_what_pep_440_does_not_know_is_the_oldest() -> None:
    """It goes first."""
    assert newest(["1.0", "final", "0.1"], 2) == {"1.0", "0.1"}
    assert newest(["1.0", "final"], 2) == {"1.0", "final"}


def test_a_requirement_chooses_by_name_and_version() -> None:
    """With any spelling of the name."""
    spec = read_spec("Zope.Interface >=5,<6", field="spec")

    assert spec.name == "zope-interface"
    assert spec.versions is not None
    assert [spec.versions(version) for version in ("5.0", "6.0", "5.0rc1", "whatever")] == [True, False, False, False]
    assert read_spec("numpy", field="spec").versions is None
    assert read_spec("zope.*", field="spec") == ("zope-*", None)


def test_an_arbitrary_version_is_matched_by_its_letters() -> None:
    """PEP 440's arbitrary equality."""
    spec = read_spec("old===2008b.x", field="spec")

    assert spec.versions is not None
    assert spec.versions("2008b.x")
    assert not spec.versions("2008b.y")


@pytest.mark.parametrize(
    ("text", "has", "lacks"),
    [
        ("numpy 1.26.*", "1.26.4", "1.27"),
        ("numpy=1.26", "1.26", "1.2"),
        ("numpy 1.26", "1.26.0", "1.26.1"),
        ("numpy >=1.26|1.24.*", "1.24.5", "1.25"),
        ("numpy !=1.26.*,>1", "1.27", "1.26.1"),
        ("numpy*", "anything", None),
        ("Nump* <2", "1.0", "2.0"),
        ("numpy *", "1.0", None),
    ],
)
def test_a_match_spec_is_understood_too(text: str, has: str, lacks: str | None) -> None:
    """The incumbent's filters for Python are written so."""
    spec = read_spec(text, field="spec")

    assert spec.name.startswith("nump")
    assert spec.versions is None or spec.versions(has)
    assert lacks is None or (spec.versions is not None and not spec.versions(lacks))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "numpy[extra]",
        "numpy; python_version<'3'",
        "numpy @ https://example.org/x",
        "a b",
        "nump* >=x",
        "=1",
        "numpy 1.2 py39_0",
        "c::numpy",
        "n[build=x]",
        "a!b*",
        "numpy ~=1|2",
        "_* 1",
    ],
)
def test_what_chooses_no_files_is_refused(text: str) -> None:
    """The field at fault is named."""
    with pytest.raises(InvalidInput, match="rules"):
        read_spec(text, field="rules[0].where.spec[0]")
