"""Walks: the newest files that meet what is asked, and where there are none, why."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.ecosystems.asking import Walked
from libs.common.ecosystems.pypi.records import PARTITION
from tests.support.cran_records import ECO as R
from tests.support.cran_records import a_stanza, shards_of
from tests.support.python_records import ECO as PYTHON
from tests.support.python_records import a_file, a_wheel, needing, shard_of

Source = Mapping[str, Mapping[str, Sequence[str] | None]]
"""Name -> version -> what it needs; None where nobody knows."""

TARGET = PYTHON.targets((), rules=(), platforms=("linux_x86_64",), pythons=("3.12",))[0]


def walk(source: Source, *specs: str, unread: Sequence[str] = (), yanked: Sequence[str] = ()) -> Walked:
    """Walk on pure wheels."""
    walking = PYTHON.walk(specs, names={PARTITION: [*source, *unread]}, target=TARGET)
    assert walking is not None
    while wanted := sorted(walking.wanted()):
        for name in wanted:
            of_name = source.get(name, {})
            files = [a_file(a_wheel(name, version), yanked=f"{name} {version}" in yanked) for version in of_name]
            said = {a_wheel(name, version): needing(*texts) for version, texts in of_name.items() if texts is not None}
            walking.add(name, {PARTITION: shard_of(name, files, metadata=said)} if name in source else {})
    return walking.walked()


def taken(walked: Walked) -> dict[str, str]:
    """Return the versions of an environment."""
    assert walked.is_possible, walked.reasons
    return {file.name: file.version for file in walked.files}


def test_the_newest_that_meets_all_needs_is_taken() -> None:
    """Also where a need comes after its package was taken."""
    source: Source = {
        "app": {"1.0": ["lib >=1", "late"]},
        "lib": {"1.0": [], "2.0": [], "3.0": []},
        "late": {"1.0": ["lib <3"]},
    }

    assert taken(walk(source, "app")) == {"app": "1.0", "lib": "2.0", "late": "1.0"}


@pytest.mark.parametrize(
    ("specs", "version"),
    [(("lib",), "2.0"), (("lib >=3.0a1",), "3.0a1"), (("lib ==1.5",), "1.5"), (("lib <2",), "1.0")],
    ids=["final", "pre-release", "yanked pin", "not yanked"],
)
def test_it_prefers_what_installers_prefer(specs: tuple[str, ...], version: str) -> None:
    """Final versions, and yanked ones only where they are pinned."""
    source: Source = {"lib": {"1.0": [], "1.5": [], "2.0": [], "3.0a1": []}}

    assert taken(walk(source, *specs, yanked=["lib 1.5"])) == {"lib": version}


def test_a_file_that_can_not_be_installed_is_passed_over() -> None:
    """An older one is taken; a marker that does not hold asks for nothing."""
    source: Source = {
        "app": {"2.0": ["gone"], "1.0": ["winonly ; sys_platform == 'win32'", "lib"]},
        "lib": {"2.0": ["app <1"], "1.0": []},
    }

    assert taken(walk(source, "app")) == {"app": "1.0", "lib": "1.0"}


def test_extras_are_followed_where_they_are_asked_for() -> None:
    """And break only those that ask for them."""
    source: Source = {
        "app": {"1.0": ["lib[fast]"]},
        "lib": {"2.0": ["gone ; extra == 'fast'"], "1.0": ["speed ; extra == 'fast'"]},
        "speed": {"1.0": []},
    }

    assert taken(walk(source, "lib")) == {"lib": "2.0"}
    assert taken(walk(source, "app")) == {"app": "1.0", "lib": "1.0", "speed": "1.0"}
    assert taken(walk(source, "lib[fast]")) == {"lib": "1.0", "speed": "1.0"}


def test_what_can_not_be_is_told_step_by_step() -> None:
    """Down to what is missing."""
    source: Source = {"app": {"1.0": ["lib >=2"]}, "lib": {"2.0": ["core >=5"], "1.0": []}, "core": {"1.0": []}}

    walked = walk(source, "app")

    assert (walked.is_possible, walked.is_unknown) == (False, False)
    assert walked.reasons == (
        "app can't be installed:",
        "  app 1.0 needs lib >=2:",
        "    lib >=2 can't be installed:",
        "      lib 2.0 needs core >=5:",
        "        no file that can be used here matches core >=5, whose newest there is 1.0",
    )
    assert walk(source, "nope").reasons == ("nothing in the channel is called nope",)


def test_needs_that_do_not_go_together_are_named() -> None:
    """Older versions may go together: it is not known."""
    source: Source = {"a": {"1.0": ["lib <2"]}, "b": {"1.0": ["lib >=2"]}, "lib": {"1.0": [], "2.0": []}}

    walked = walk(source, "a", "b")

    assert (walked.is_possible, walked.is_unknown) == (False, True)
    assert walked.reasons[:3] == (
        "no version of lib that is there meets all of:",
        "  a 1.0 needs lib <2",
        "  b 1.0 needs lib >=2",
    )


def test_what_was_asked_for_and_can_not_be_together_is_known() -> None:
    """No version of anything else would help."""
    walked = walk({"lib": {"1.0": [], "2.0": []}}, "lib <2", "lib >=2")

    assert (walked.is_possible, walked.is_unknown) == (False, False)


def test_what_nobody_read_is_not_known() -> None:
    """Neither a name without its page nor a file without its core metadata tells what it needs."""
    unread = walk({"app": {"1.0": ["other"]}}, "app", unread=["other"])
    silent = walk({"app": {"1.0": ["lib"]}, "lib": {"1.0": None}}, "app")

    assert (unread.is_unknown, unread.reasons) == (True, ("other is listed, and nobody has asked for its page yet",))
    assert (silent.is_unknown, silent.reasons) == (
        True,
        ("it is not known what lib 1.0 needs: what its source lists does not tell",),
    )


def test_r_takes_binaries_and_what_they_lack_from_source() -> None:
    """Base packages are no need; the newest version wins over the binary."""
    windows = "bin/windows/contrib/4.5"
    shards = shards_of(
        {
            windows: [a_stanza("app", Depends="R (>= 4.0), methods", Imports="lib (>= 1.0), pure"), a_stanza("lib")],
            "src/contrib": [a_stanza("app", "0.9"), a_stanza("lib"), a_stanza("pure"), a_stanza("unused")],
        }
    )
    (target,) = R.targets((windows,), rules=(), platforms=(windows,), pythons=())
    names = {partition: [name for name in shards if partition in shards[name]] for partition in target.partitions}
    walking = R.walk(("APP",), names=names, target=target)
    assert walking is not None
    while wanted := sorted(walking.wanted()):
        for name in wanted:
            walking.add(name, shards[name])

    walked = walking.walked()
    assert {file.filename for file in walked.files} == {"app_1.0.zip", "lib_1.0.zip", "pure_1.0.tar.gz"}


NAMES = ("a", "b", "c", "d")
needs = st.lists(st.builds("{} {}".format, st.sampled_from(NAMES), st.sampled_from([">=2", "<2", "", "==3.0"])))
sources = st.dictionaries(
    st.sampled_from(NAMES), st.dictionaries(st.sampled_from(["1.0", "2.0", "3.0"]), needs, min_size=1), min_size=1
)


@given(source=sources, wish=st.sampled_from(NAMES))
def test_an_environment_meets_all_its_needs_and_an_impossible_one_has_none(source: Source, wish: str) -> None:
    """Held against a search of all that there is."""
    walked = walk(source, wish)
    every = list(_environments(source, wish))

    if walked.is_possible:
        assert taken(walked) in every
    elif not walked.is_unknown:
        assert every == []


def _environments(source: Source, wish: str) -> list[dict[str, str]]:
    """Return all choices of versions that hold, with nothing in them that is not needed."""
    found: list[dict[str, str]] = []

    def grow(chosen: dict[str, str], asks: list[str]) -> None:
        open_asks = [ask for ask in asks if not _is_met(ask, chosen)]
        if not open_asks:
            found.append(dict(chosen))
            return
        name = open_asks[0].split()[0]
        if name in chosen:
            return
        for version, texts in source.get(name, {}).items():
            more = {**chosen, name: version}
            if all(_is_met(ask, more) for ask in asks if ask.split()[0] == name):
                grow(more, [*asks, *(texts or ())])

    grow({}, [wish])
    return found


def _is_met(ask: str, chosen: Mapping[str, str]) -> bool:
    name, _, versions = ask.partition(" ")
    version = chosen.get(name)
    if version is None:
        return False
    held = {"": True, ">=2": version >= "2", "<2": version < "2", "==3.0": version == "3.0"}
    return held[versions.strip()]
