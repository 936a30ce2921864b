"""OSV ranges: which versions they hold, against packaging's own order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from libs.common.domain.osv_ranges import Range, is_affected, range_holds
from libs.common.domain.version_order import compare_cran, compare_python

VERSIONS = st.builds(
    lambda release, tail: ".".join(map(str, release)) + tail,
    st.lists(st.integers(0, 4), min_size=1, max_size=3),
    st.sampled_from(["", "", "", "a1", "rc2", ".post1", ".dev3"]),
)


def holds(events: Range, version: str) -> bool:
    """Ask with Python's order."""
    return range_holds(events, version, compare_python)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_a_fixed_range_holds_what_packaging_puts_between(version: str, one: str, other: str) -> None:
    """From the first affected version up to, not including, the fix."""
    start, fix = sorted((one, other), key=Version)
    events: Range = (("introduced", start), ("fixed", fix))

    is_open = start == "0" or Version(start) <= Version(version)
    assert holds(events, version) == (is_open and Version(version) < Version(fix))


@given(VERSIONS, VERSIONS)
def test_last_affected_is_affected(version: str, last: str) -> None:
    """And nothing after it."""
    assert holds((("introduced", "0"), ("last_affected", last)), version) == (Version(version) <= Version(last))


@given(VERSIONS, VERSIONS)
def test_nothing_at_or_behind_the_limit_is_held(version: str, limit: str) -> None:
    """The limit is not part of the range."""
    assert holds((("introduced", "0"), ("limit", limit)), version) == (Version(version) < Version(limit))
    assert holds((("introduced", "0"), ("limit", "*"), ("limit", limit)), version)


@given(st.lists(VERSIONS, min_size=2, max_size=7, unique_by=Version), VERSIONS, st.randoms())
def test_the_order_of_events_does_not_matter(points: list[str], version: str, random: object) -> None:
    """OSV allows any; several stretches make one range."""
    kinds = ("introduced", "fixed")
    events = [(kinds[place % 2], at) for place, at in enumerate(sorted(points, key=Version))]
    passed = [event for event in events if event == ("introduced", "0") or Version(event[1]) <= Version(version)]
    shuffled = [*events]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert holds(tuple(events), version) == (len(passed) % 2 == 1)  # type: ignore[arg-type]
    assert holds(tuple(shuffled), version) == holds(tuple(events), version)  # type: ignore[arg-type]


@given(st.lists(VERSIONS, max_size=4), VERSIONS)
def test_a_listed_version_is_affected_however_it_is_written(listed: list[str], version: str) -> None:
    """1.0 is 1.0.0 in Python."""
    affected = is_affected(version, versions=tuple(listed), ranges=(), compare=compare_python)

    assert affected == any(Version(version) == Version(one) for one in listed)


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        ((("introduced", "0"),), True),
        ((("introduced", "0"), ("fixed", "2.0")), True),
        ((("introduced", "0"), ("last_affected", "2.0")), True),
        ((("introduced", "0"), ("limit", "2.0")), True),
        ((("introduced", "1.0"),), False),
        ((), False),
    ],
)
def test_a_version_that_cannot_be_compared_is_not_taken_for_fixed(events: Range, affected: bool) -> None:
    """Better one finding too many, which a person can clear."""
    assert holds(events, "9e") is affected


@pytest.mark.parametrize(
    ("version", "affected"),
    [("1.0", False), ("1.2-2", False), ("1.2-3", True), ("1.2_3", True), ("1.2.4", True), ("1.3", False)],
)
def test_versions_of_r_are_compared_as_r_does(version: str, affected: bool) -> None:
    """Dots and dashes are the same; conda writes a dash as an underscore."""
    assert range_holds((("introduced", "1.2-3"), ("fixed", "1.3")), version, compare_cran) is affected


def test_a_shorter_version_of_r_is_older() -> None:
    """Unlike in Python: compareVersion("1.0", "1.0.0") is -1."""
    assert compare_cran("1.0", "1.0.0") == -1
    assert compare_python("1.0", "1.0.0") == 0
    assert compare_cran("1.0", "one") is None
