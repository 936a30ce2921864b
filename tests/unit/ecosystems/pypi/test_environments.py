"""Target environments, with packaging as the judge of markers and tags."""

import platform
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker, default_environment
from packaging.tags import mac_platforms, parse_tag

from libs.common.domain.policy import Among, Where
from libs.common.ecosystems.pypi.environments import (
    DEFAULT_PLATFORMS,
    DEFAULT_PYTHONS,
    PLATFORMS,
    Environment,
    could_hold,
    environments_of,
    platforms_that_take,
)

LINUX = Environment((3, 11), "linux_x86_64")


def platforms_in(where: Where) -> set[str]:
    """Return the platforms that a rule chooses."""
    return {one.platform for one in environments_of(where)}


def test_a_rule_that_says_nothing_has_the_documented_environments() -> None:
    """CPython 3.10 to 3.15, on five platforms."""
    assert len(environments_of(Where(name=("x",)))) == 6 * 5
    assert (DEFAULT_PYTHONS[0], DEFAULT_PYTHONS[-1]) == ((3, 10), (3, 15))


def test_a_rule_chooses_its_pythons() -> None:
    """By its own range."""
    assert {one.python for one in environments_of(Where(python=">=3.9,<3.12"))} == {(3, 9), (3, 10), (3, 11)}


@pytest.mark.parametrize(
    ("among", "platforms"),
    [
        (Among(in_=("win_amd64",)), "win_amd64"),
        (Among(in_=("win*",)), "win_amd64 win_arm64 win32"),
        (Among(in_=("any", "source", "manylinux_2_28_x86_64")), "linux_x86_64"),
        (Among(in_=("manylinux*_s390x",)), "linux_s390x"),
        (Among(in_=("musllinux_1_2_aarch64",)), "linux_aarch64"),
        (Among(in_=("*arm64",)), "macosx_arm64 win_arm64"),
        (Among(in_=("macosx_11_0_universal2",)), "macosx_x86_64 macosx_arm64"),
        (Among(in_=("macosx_10_9_x86_64",)), "macosx_x86_64"),
        (Among(in_=("MacOSX_*_ARM64",)), "macosx_arm64"),
        (Among(in_=("any",)), " ".join(DEFAULT_PLATFORMS)),
        (Among(in_=("linux-64",)), " ".join(DEFAULT_PLATFORMS)),
        (Among(not_in=("win*", "macosx*")), "linux_x86_64 linux_aarch64"),
        (Among(not_in=("musllinux*",)), " ".join(DEFAULT_PLATFORMS)),
    ],
)
def test_a_rule_chooses_its_platforms(among: Among, platforms: str) -> None:
    """By the tags that it lets in; what names no machine leaves all."""
    assert platforms_in(Where(platform=among)) == set(platforms.split())


@pytest.mark.parametrize(
    ("tag", "platforms"),
    [
        ("cp311-cp311-manylinux1_x86_64", "linux_x86_64"),
        ("cp311-cp311-manylinux_2_17_aarch64.musllinux_1_1_aarch64", "linux_aarch64"),
        ("cp311-cp311-macosx_10_9_universal2", "macosx_x86_64 macosx_arm64"),
        ("cp311-cp311-macosx_11_0_arm64", "macosx_arm64"),
        ("cp311-cp311-win32", "win32"),
        ("cp311-cp311-emscripten_3_1_46_wasm32", ""),
        ("py3-none-any", " ".join(PLATFORMS)),
    ],
)
def test_a_file_is_for_the_machines_of_its_tags(tag: str, platforms: str) -> None:
    """A pure wheel is for all."""
    assert platforms_that_take(parse_tag(tag)) == set(platforms.split())


def test_a_file_without_tags_is_for_all() -> None:
    """An sdist can be built anywhere, as far as its name says."""
    assert platforms_that_take(()) == set(PLATFORMS)


@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
def test_packaging_agrees_on_macos(machine: str) -> None:
    """Every tag that an installer takes there is taken here."""
    for tag in mac_platforms((26, 0), machine):
        assert f"macosx_{machine}" in platforms_that_take(parse_tag(f"py3-none-{tag}"))


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ('python_version >= "3.8"', True),
        ('python_version < "3.11"', False),
        ('python_full_version < "3.11.4"', True),
        ('python_full_version >= "3.11.4"', True),
        ('python_full_version < "3.11.0"', False),
        ('implementation_version >= "3.11.2"', True),
        ('sys_platform == "win32"', False),
        ('sys_platform == "linux" and platform_machine == "x86_64"', True),
        ('platform_python_implementation == "PyPy"', False),
        ('platform_release >= "20.9"', True),
        ('platform_release < "20.9"', True),
        ('extra == "test"', False),
        ('python_version == "nonsense" or os_name == "nt"', False),
        ("no marker", True),
    ],
)
def test_a_marker_holds_where_it_could(marker: str, *, holds: bool) -> None:
    """Of a minor version any release counts; what can't be read or known does as well."""
    assert could_hold(marker, LINUX, "") is holds


def test_an_extra_is_compared_by_its_normalised_name() -> None:
    """PEP 685."""
    assert could_hold('extra == "Dev_Tools"', LINUX, "dev-tools")
    assert not could_hold('extra == "other"', LINUX, "dev-tools")


_names = st.sampled_from(("python_version", "sys_platform", "platform_machine", "os_name", "platform_system",
                          "implementation_name", "platform_python_implementation"))  # fmt: skip
_values = st.sampled_from(("3.8", "3.11", "3.12", "linux", "win32", "darwin", "posix", "x86_64", "aarch64", "Linux",
                           "cpython", "CPython"))  # fmt: skip
_comparisons = st.builds("{} {} '{}'".format, _names, st.sampled_from(("==", "!=", ">=", "<", "in", "not in")), _values)
_markers = st.recursive(
    _comparisons,
    lambda inner: st.builds("({}) {} ({})".format, inner, st.sampled_from(("and", "or")), inner),
    max_leaves=4,
)
HERE = Environment((sys.version_info.major, sys.version_info.minor), f"linux_{platform.machine()}")


@pytest.mark.skipif(HERE.platform not in PLATFORMS or sys.platform != "linux", reason="no such environment is known")
@given(_markers)
def test_packaging_agrees_on_markers_of_this_machine(text: str) -> None:
    """What an installer would find here is what is found for this environment."""
    assert default_environment()["implementation_name"] == "cpython"
    assert could_hold(text, HERE, "") is Marker(text).evaluate({"extra": ""})
