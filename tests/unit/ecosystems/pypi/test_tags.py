"""Which Pythons and platforms a wheel is for, with packaging as the judge."""

import itertools

import pytest
from packaging.tags import Tag, compatible_tags, cpython_tags, parse_tag

from libs.common.ecosystems.pypi.tags import is_tag_pattern, platforms_of, pythons_in, pythons_of, tag_test

PLATFORM = "manylinux_2_17_x86_64"
WHEELS = (
    "py3-none-any", "py2.py3-none-any", "py2-none-any", "py38-none-any", f"cp311-cp311-{PLATFORM}",
    f"cp37-abi3-{PLATFORM}", f"cp39-none-{PLATFORM}", f"py3-none-{PLATFORM}", "cp310-none-any",
    f"cp27-cp27mu-{PLATFORM}",
)  # fmt: skip


def supported(version: tuple[int, int]) -> frozenset[Tag]:
    """Return the tags that a CPython of this version on Linux takes."""
    abi = f"cp{version[0]}{version[1]}" + ("mu" if version[0] == 2 else "")
    own = cpython_tags(version, [abi], [PLATFORM])
    shared = compatible_tags(version, f"cp{version[0]}{version[1]}", [PLATFORM])
    return frozenset(itertools.chain(own, shared))


@pytest.mark.parametrize("wheel", WHEELS)
def test_packaging_agrees_which_cpython_takes_a_wheel(wheel: str) -> None:
    """Installers ask packaging.tags what they support."""
    tags = parse_tag(wheel)
    versions = [(2, 7), *((3, minor) for minor in range(3, 16))]

    assert [version for version in versions if version in pythons_of(tags, None)] == [
        version for version in versions if tags & supported(version)
    ]


@pytest.mark.parametrize(
    ("requires", "has", "lacks"),
    [
        (">=3.9", (3, 9), (3, 8)),
        (">=3.9.2", (3, 9), (3, 8)),
        (">=3.8,<3.12", (3, 11), (3, 12)),
        ("!=3.0.*,>=2.7", (2, 7), (3, 0)),
        ("~=3.10", (3, 14), (3, 9)),
        ("nonsense", (3, 0), (1, 0)),
    ],
)
def test_requires_python_counts_as_well(requires: str, has: tuple[int, int], lacks: tuple[int, int]) -> None:
    """An sdist has nothing else; what can't be read is ignored, as installers do."""
    found = pythons_of(frozenset(), requires)

    assert has in found
    assert lacks not in found


def test_a_tag_of_another_machine_is_for_no_python() -> None:
    """What is no interpreter that anybody knows."""
    assert pythons_of(parse_tag("java8-none-any"), None) == frozenset()


def test_a_range_names_minor_versions() -> None:
    """3.9 is in `>=3.9.2`, for 3.9.20 is."""
    assert (3, 9) in pythons_in(">=3.9.2")
    assert (3, 9) not in pythons_in(">=3.10")


def test_platforms_are_the_tags_of_the_file() -> None:
    """A file that is no wheel is source."""
    assert platforms_of("wheel", parse_tag("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")) == {
        "manylinux_2_17_x86_64",
        "manylinux2014_x86_64",
    }
    assert platforms_of("wheel", parse_tag("py3-none-any")) == {"any"}
    assert platforms_of("sdist", ()) == {"source"}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("cp311-*-manylinux*", True),
        ("cp311-cp311-*", True),
        ("cp310-*-*", False),
        ("*-none-any", False),
        ("cp310.cp311-*-*", True),
    ],
)
def test_a_tag_pattern_fits_one_of_the_tags(pattern: str, *, fits: bool) -> None:
    """`*` stands for any part."""
    assert is_tag_pattern(pattern)
    assert tag_test(pattern)(parse_tag("cp311-cp311-manylinux_2_17_x86_64")) is fits
