"""Closures of Python packages, held against a plain loop for each environment."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name, parse_wheel_filename

from libs.common.domain.policy import Action, Among, Rule, Where
from libs.common.ecosystems.pypi.environments import PLATFORMS, environments_of
from libs.common.ecosystems.pypi.records import CoreMetadata
from tests.support.python_records import ECO, Project, a_wheel, closing_of, needing, reached

APP = Where(name=("app",))
LINUX = "cp311-cp311-manylinux_2_17_x86_64"
WINDOWS = "cp311-cp311-win_amd64"


def test_what_a_package_needs_is_reached_through_others() -> None:
    """By every version that could be chosen, pre-releases too, and no other."""
    source = {
        "app": {a_wheel("app"): needing("Lib.Kit>=2,<4")},
        "lib-kit": {
            a_wheel("lib-kit", "1.0"): needing("unused"),
            a_wheel("lib-kit", "2.0"): needing("base"),
            a_wheel("lib-kit", "4.0rc1"): needing(),
            a_wheel("lib-kit", "3.0"): needing("base (>=0.1)"),
            "lib_kit-3.0.tar.gz": needing(),
        },
        "base": {a_wheel("base"): needing()},
        "unused": {a_wheel("unused"): needing()},
        "other": {a_wheel("other"): needing("app")},
    }

    assert reached(source, APP) == {
        "app": None,
        "base": None,
        "lib-kit": (a_wheel("lib-kit", "2.0"), a_wheel("lib-kit", "3.0"), "lib_kit-3.0.tar.gz"),
    }


def test_extras_bring_in_their_own_needs() -> None:
    """Also those of the package itself, however they are spelt; extras nobody asks for bring in nothing."""
    source = {
        "app": {a_wheel("app"): needing("lib[Fast_Io,all]")},
        "lib": {
            a_wheel("lib"): needing(
                "core", "speed; extra == 'fast-io'", "lib[deep]; extra == 'all'", "bottom; extra == 'deep'",
                "docs; extra == 'docs'",
            )
        },
        **{name: {a_wheel(name): needing()} for name in ("core", "speed", "bottom", "docs")},
    }  # fmt: skip

    assert set(reached(source, APP)) == {"app", "lib", "core", "speed", "bottom"}


def test_an_extra_that_is_asked_for_later_is_followed_too() -> None:
    """Files that were reached as themselves are reached again with the extra."""
    source = {
        "app": {a_wheel("app"): needing("lib", "late")},
        "lib": {a_wheel("lib"): needing("speed; extra == 'fast'")},
        "late": {a_wheel("late"): needing("later")},
        "later": {a_wheel("later"): needing("lib[fast]")},
        "speed": {a_wheel("speed"): needing()},
    }

    assert "speed" in reached(source, APP)


def test_markers_count_where_the_rule_is_for() -> None:
    """Each environment has its own needs and files."""
    source = {
        "app": {a_wheel("app"): needing("win; sys_platform == 'win32'", "old; python_version < '3.11'", "lib")},
        "win": {a_wheel("win"): needing()},
        "old": {a_wheel("old"): needing()},
        "lib": {
            a_wheel("lib", tag=LINUX): needing(),
            a_wheel("lib", tag=WINDOWS): needing(),
            "lib-1.0.tar.gz": needing(),
        },
    }
    on_linux = Where(name=("app",), python="==3.11.*", platform=Among(in_=("manylinux*_x86_64", "any", "source")))

    assert reached(source, APP) == {"app": None, "lib": None, "old": None, "win": None}
    assert reached(source, on_linux) == {"app": None, "lib": (a_wheel("lib", tag=LINUX), "lib-1.0.tar.gz")}


def test_what_a_file_of_one_platform_needs_is_for_that_platform() -> None:
    """The need of a Windows wheel does not bring in wheels of Linux."""
    source = {
        "app": {a_wheel("app", tag=WINDOWS): needing("lib"), a_wheel("app", tag=LINUX): needing()},
        "lib": {a_wheel("lib", tag=LINUX): needing(), a_wheel("lib", tag=WINDOWS): needing()},
    }

    assert reached(source, APP) == {"app": None, "lib": (a_wheel("lib", tag=WINDOWS),)}


def test_yanked_files_are_reached_where_they_are_pinned() -> None:
    """PEP 592."""
    bad = a_wheel("lib", "1.0")
    project = {bad: needing(), a_wheel("lib", "1.1"): needing()}

    for versions, is_reached in ((">=1.0", False), ("==1.*", False), ("==1.0", True), ("===1.0", True)):
        source = {"app": {a_wheel("app"): needing(f"lib{versions}")}, "lib": project}
        assert (bad in (reached(source, APP, yanked=[bad]).get("lib") or ())) is is_reached


def test_needs_that_no_index_meets() -> None:
    """A URL is fetched from there; what can't be read needs any version of its name."""
    source = {
        "app": {
            a_wheel("app"): needing(
                "away @ https://host.example/away.zip", "lib >=1.0.*", "!!", "gone>2; os_name=='nt'"
            )
        },
        "away": {a_wheel("away"): needing()},
        "lib": {a_wheel("lib", "0.1"): needing()},
    }
    closing = closing_of(source, APP)

    assert set(closing.closure().reached["simple"]) == {"app", "lib"}
    assert closing.missing() == {"gone": ("app 1.0",)}


def test_what_no_environment_takes_is_part_of_it_where_the_rule_names_it() -> None:
    """An egg that the rule matches stays; one of a package that is needed is not brought in."""
    source = {
        "app": {"app-1.0-py2.7.egg": needing("unused"), a_wheel("app"): needing("lib")},
        "lib": {"lib-1.0-py2.7.egg": needing(), a_wheel("lib"): needing()},
        "unused": {a_wheel("unused"): needing()},
    }

    assert reached(source, APP) == {"app": None, "lib": (a_wheel("lib"),)}


def test_shards_that_come_twice_count_once() -> None:
    """A message may be handled again."""
    source = {"app": {a_wheel("app"): needing("lib")}, "lib": {a_wheel("lib"): needing()}}
    closing = closing_of(source, APP)
    before = closing.closure()
    closing.add("lib", {})

    assert closing.closure() == before


def test_a_rule_of_other_ecosystems_has_no_closure() -> None:
    """It names no Python packages, whatever they are called."""
    rule = Rule(id="rule", action=Action.REQUIRE, where=APP, include_dependencies=True, ecosystems=("conda",))

    assert ECO.closing(rule, names={"simple": ["app"]}).wanted() == frozenset()


_PROJECTS = ("a", "b", "c")
_markers = st.sampled_from(("", "; sys_platform == 'win32'", "; python_version < '3.12'", "; extra == 'x'",
                            "; extra == 'y' and os_name == 'posix'"))  # fmt: skip
_entries = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(_PROJECTS),
    st.sampled_from(("", "", "[x]", "[x,y]")),
    st.sampled_from(("", ">=2.0", "<2.0", "==1.0", "!=2.0")),
    _markers,
)
_tags = st.sampled_from(("py3-none-any", LINUX, WINDOWS, "cp312-cp312-macosx_11_0_arm64", "cp37-abi3-win_amd64"))
_wheels = st.builds(
    lambda project, version, tag: a_wheel(project, version, tag=tag),
    st.sampled_from(_PROJECTS),
    st.sampled_from(("1.0", "2.0", "3.0b1")),
    _tags,
)
_sources = st.dictionaries(_wheels, st.lists(_entries, max_size=3), min_size=1, max_size=8)


@given(_sources, st.sampled_from(_PROJECTS))
def test_a_plain_loop_reaches_the_same(wheels: Mapping[str, Sequence[str]], root: str) -> None:
    """Environment for environment, with packaging's own requirements and tags."""
    where = Where(
        name=(root,), python=">=3.11,<3.13", platform=Among(in_=("any", "win_amd64", "manylinux*_x86_64", "*arm64"))
    )
    expected = {wheel for wheel in wheels if _project(wheel) == root}
    for environment in environments_of(where):
        markers = {
            **PLATFORMS[environment.platform].markers,
            "python_version": ".".join(map(str, environment.python)),
            "python_full_version": ".".join(map(str, environment.python)) + ".0",
        }
        able = [wheel for wheel in wheels if _is_taken(wheel, environment.python, environment.platform)]
        found = {(wheel, "") for wheel in able if _project(wheel) == root}
        size = -1
        while size != len(found):
            size = len(found)
            for wheel, extra in tuple(found):
                for requirement in map(Requirement, wheels[wheel]):
                    if requirement.marker is None or requirement.marker.evaluate({**markers, "extra": extra}):
                        found |= {
                            (other, wanted)
                            for other in able
                            for wanted in ("", *requirement.extras)
                            if _project(other) == requirement.name
                            and requirement.specifier.contains(parse_wheel_filename(other)[1], prereleases=True)
                        }
        expected |= {wheel for wheel, _ in found}

    source: dict[str, Project] = {
        name: {
            wheel: CoreMetadata(requires_dist=tuple(needs))
            for wheel, needs in wheels.items()
            if _project(wheel) == name
        }
        for name in {_project(wheel) for wheel in wheels}
    }

    assert {
        wheel for name, files in reached(source, where).items() for wheel in (source[name] if files is None else files)
    } == expected


def _project(wheel: str) -> str:
    return canonicalize_name(wheel.partition("-")[0])


def _is_taken(wheel: str, python: tuple[int, int], platform: str) -> bool:
    """Tell whether a wheel of the test is for an environment, by hand."""
    (tag,) = parse_tag("-".join(wheel.removesuffix(".whl").split("-")[2:]))
    by_python = {"py3": True, "cp37": True, "cp311": python == (3, 11), "cp312": python == (3, 12)}[tag.interpreter]
    ending = {"any": "", "manylinux_2_17_x86_64": "linux_x86_64", "macosx_11_0_arm64": "macosx_arm64"}.get(
        tag.platform, tag.platform
    )
    return by_python and ending in ("", platform)
