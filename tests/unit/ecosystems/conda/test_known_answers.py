"""Specs, versions and their order, held against py-rattler's own answers."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from rattler import MatchSpec, PackageRecord, Version, VersionSpec
from rattler.package.build_string import BuildString

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.conda.versions import compare, newest
from tests.support.conda_records import ECO, SUBDIR, JsonObject, a_record, filenames, key_of, payload_of

_VERSIONS = ("1.0", "1.0.0", "1.2.3", "1.10", "2.0rc1", "2.0", "1!0.5", "2.0.post1", "2.0+local.1", "3.0dev")
_names = st.sampled_from(("demo", "demo-core", "Demo_x", "r-demo"))
_patterns = st.sampled_from(
    (
        *("demo", "DEMO", "demo*", "*-core", "*", "d*o", "r-*", "other"),
        *("^demo.*$", "^(?i)DEMO$", "^demox?$", "^demo-?core$", "^r-demo|demo$", "^dem[o]-core$", "^demo_{1}x$"),
    )
)
_bounds = st.sampled_from(_VERSIONS)
_ranges = st.one_of(
    st.builds("{}{}".format, st.sampled_from((">=", "<=", "<", ">", "!=", "==", "~=")), _bounds),
    st.builds("{}.*".format, st.sampled_from(("1", "1.2", "2.0"))),
    st.builds(">={},<{}".format, _bounds, _bounds),
    st.builds("{}|{}".format, _bounds, _bounds),
)
_builds = st.sampled_from(("*", "0", "py311*", "*_1", "h1ab_2"))
_brackets = st.sampled_from(("", "[build_number='>=1']", "[license=MIT]", "[track_features=mkl]"))


@st.composite
def _specs(draw: st.DrawFn) -> str:
    name = draw(_patterns)
    if draw(st.booleans()):
        return f"{name}{draw(_brackets)}"
    build = f" {draw(_builds)}" if draw(st.booleans()) else ""
    return f"{name} {draw(_ranges)}{build}"


@st.composite
def _records(draw: st.DrawFn) -> list[JsonObject]:
    """The records of one name."""
    name = draw(_names)
    keys = draw(st.sets(st.tuples(_bounds, st.sampled_from(("0", "py311_1", "h1ab_2"))), min_size=1, max_size=6))
    return [
        a_record(
            name,
            version,
            build,
            build_number=draw(st.integers(0, 2)),
            license=draw(st.sampled_from(("MIT", "BSD-3-Clause"))),
            track_features=draw(st.sampled_from(("", "mkl"))),
        )
        for version, build in sorted(keys)
    ]


def rattler_matches(spec: str, record: JsonObject) -> bool:
    """Ask py-rattler alone; it compares a glob with lower-case names, so the glob must be lower-case."""
    name, _, rest = spec.partition(" ")
    match = MatchSpec(f"{name.lower()} {rest}" if rest and "*" in name else spec, strict=False, exact_names_only=False)
    held = PackageRecord(
        str(record["name"]).lower(),
        str(record["version"]),
        BuildString(str(record["build"])),
        int(str(record["build_number"])),
        SUBDIR,
        license=str(record["license"]),
    )
    held.track_features = [str(record["track_features"])] if record["track_features"] else []
    return bool(match.matches(held))


@given(records=_records(), specs=st.lists(_specs(), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_specs_match_what_rattler_matches(records: list[JsonObject], specs: list[str]) -> None:
    """Whichever way they are asked: as a selection, and as rules."""
    name, payload = str(records[0]["name"]).lower(), payload_of(records)
    expected = {key_of(record) for record in records if any(rattler_matches(spec, record) for spec in specs)}
    keys = {key_of(record) for record in records}

    assert ECO.select(specs, payload, partition=SUBDIR, name=name) == expected
    for action, kept in ((Action.REQUIRE, expected), (Action.EXCLUDE, keys - expected)):
        rule = Rule(id="r", action=action, where=Where(spec=tuple(specs)))
        decided = ECO.compile(Evaluation(rules=(rule,))).decide(payload, partition=SUBDIR, name=name)
        assert set(filenames(decided.payload)) == kept


@given(text=_ranges, versions=st.sets(_bounds, min_size=1))
@settings(deadline=None)
def test_version_ranges_hold_what_rattler_says(text: str, versions: set[str]) -> None:
    """A range in the ecosystem's own words."""
    payload = payload_of([a_record("demo", version) for version in sorted(versions)])
    rule = Rule(id="r", action=Action.REQUIRE, where=Where(version=text))
    decided = ECO.compile(Evaluation(rules=(rule,))).decide(payload, partition=SUBDIR, name="demo")

    assert set(filenames(decided.payload)) == {
        f"demo-{version}-0.conda" for version in versions if VersionSpec(text).matches(Version(version))
    }


@given(versions=st.sets(_bounds, min_size=1), count=st.integers(1, 6))
def test_the_newest_are_the_newest_by_rattler(versions: set[str], count: int) -> None:
    """What is not among them is older than each of them."""
    found = newest(versions, count)
    ordered = sorted(versions, key=Version, reverse=True)
    distinct = [ordered[0], *(new for old, new in pairwise(ordered) if Version(old) != Version(new))]

    assert found == {one for one in versions if any(Version(one) == Version(kept) for kept in distinct[:count])}


def test_equal_versions_count_as_one() -> None:
    """`1.0` and `1.0.0` are the same to conda."""
    assert newest(("1.0", "1.0.0", "0.9", "0.8"), 2) == {"1.0", "1.0.0", "0.9"}


def test_what_is_no_version_is_older_than_all() -> None:
    """Old channels have such."""
    assert newest(("1!2!3", "0.1"), 1) == {"0.1"}
    assert newest(("1!2!3", "0!1!2", "0.1"), 2) == {"0.1", "1!2!3"}
    assert compare("1!2!3", "0.1") is None
    assert compare("1.0", "1.0.0") == 0
    assert (compare("1.9", "1.10"), compare("1.10", "1.9")) == (-1, 1)
