"""Reading the texts of `depends`."""

import pytest

from libs.common.ecosystems.conda.depends import read_dependency, record_of

CHOICES = {
    "numpy": ("numpy", {"1.0 py_0", "2.0 py_1", "2.0 h_2"}),
    "NumPy >=2": ("numpy", {"2.0 py_1", "2.0 h_2"}),
    "numpy>=1,<2": ("numpy", {"1.0 py_0"}),
    "numpy 2.0 py*": ("numpy", {"2.0 py_1"}),
    "numpy * h_2": ("numpy", {"2.0 h_2"}),
    "numpy=2.0": ("numpy", {"2.0 py_1", "2.0 h_2"}),
    "numpy[version='>=2', build_number='>0']": ("numpy", {"2.0 py_1", "2.0 h_2"}),
    "other::numpy >=2": ("numpy", {"2.0 py_1", "2.0 h_2"}),
    "numpy[md5=00000000000000000000000000000000]": ("numpy", {"1.0 py_0", "2.0 py_1", "2.0 h_2"}),
    "numpy >=2; if python >=3": ("numpy", {"2.0 py_1", "2.0 h_2"}),
    "numpy[version='>=2', when='python >=3']": ("numpy", {"2.0 py_1", "2.0 h_2"}),
    "numpy >=1,<": ("numpy", {"1.0 py_0", "2.0 py_1", "2.0 h_2"}),
    "other::numpy >=1,<": ("numpy", {"1.0 py_0", "2.0 py_1", "2.0 h_2"}),
}
FILES = (("1.0", "py_0", 0), ("2.0", "py_1", 1), ("2.0", "h_2", 2))


@pytest.mark.parametrize(("text", "expected"), CHOICES.items(), ids=CHOICES)
def test_a_text_chooses_by_name_version_and_build(text: str, expected: tuple[str, set[str]]) -> None:
    """What can't be told of another channel's files is passed over, what no parser takes leaves nothing out."""
    dependency = read_dependency(text)

    assert dependency is not None
    chosen = {
        f"{version} {build}"
        for version, build, number in FILES
        if dependency.match is None
        or ((record := record_of(version, build=build, build_number=number)) and dependency.match.matches(record))
    }
    assert (dependency.name, chosen) == expected


@pytest.mark.parametrize(
    ("text", "looks"), [("a", False), ("a >=1", False), ("a 1 h*", True), ("a[build_number=3]", True)]
)
def test_only_some_texts_look_at_the_build(text: str, looks: bool) -> None:
    """All others are held against each version once."""
    dependency = read_dependency(text)

    assert dependency is not None
    assert dependency.looks_at_build is looks


@pytest.mark.parametrize(("text", "virtual"), [("__glibc >=2.17", True), ("__unix", True), ("_libgcc_mutex", False)])
def test_what_the_machine_has_is_no_package(text: str, virtual: bool) -> None:
    """Two underscores begin its names."""
    dependency = read_dependency(text)

    assert dependency is not None
    assert dependency.is_virtual is virtual


@pytest.mark.parametrize("text", ["", "  ", ">=1.0", "[", "; if x"])
def test_a_text_without_a_name_asks_for_nothing(text: str) -> None:
    """There is nothing that it could choose."""
    assert read_dependency(text) is None


def test_a_version_that_nobody_can_read_is_not_held_against_anything() -> None:
    """Old channels have such."""
    assert record_of("not a version!") is None
