"""Deciding: which files of a shard the rules keep, and why others go."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.policy import Action, Among, CreatedIn, Rule, Scope, Where
from libs.common.ecosystems.conda.payload import totals_of
from libs.common.ecosystems.protocol import Decided
from tests.support.conda_records import (
    ECO,
    SUBDIR,
    a_record,
    a_repodata,
    channels,
    filenames,
    opened,
    payload_of,
    shards_of,
)

ONE, TWO, THREE = "demo-1.0-0.conda", "demo-2.0-0.conda", "demo-3.0-0.conda"


def decide(payload: bytes, *rules: Rule) -> Decided:
    """Apply rules to the shard of `demo`."""
    return ECO.compile(Evaluation(rules=rules)).decide(payload, partition=SUBDIR, name="demo")


def only(*specs: str) -> Rule:
    """Return an allow list."""
    return Rule(id="only_specs", action=Action.REQUIRE, where=Where(spec=specs))


def exclude(*specs: str, scope: Scope = "mirror_filtered") -> Rule:
    """Return a deny list."""
    return Rule(id="exclude_specs", action=Action.EXCLUDE, where=Where(spec=specs), scope=scope)


def include(*specs: str) -> Rule:
    """Return exceptions."""
    return Rule(id="include_specs", action=Action.ALLOW, where=Where(spec=specs))


def licenses(*words: str) -> Rule:
    """Return a list of licenses to keep."""
    return Rule(id="include_licenses", action=Action.REQUIRE, where=Where(license=Among(in_=words)))


def no_licenses(*words: str) -> Rule:
    """Return a list of licenses to drop."""
    return Rule(id="exclude_licenses", action=Action.EXCLUDE, where=Where(license=Among(in_=words)))


def created(first: str | None = None, last: str | None = None) -> Rule:
    """Return a range of days."""
    return Rule(id="date", action=Action.REQUIRE, where=Where(created=CreatedIn(from_=first, to=last)))


SIGNED = Rule(id="only_signed", action=Action.REQUIRE, where=Where(signed=True))
NO_DUPLICATES = Rule(id="legacy_packages", action=Action.EXCLUDE, where=Where(legacy_duplicate=True))


PAYLOAD = payload_of(
    [
        a_record(license="MIT", timestamp=1_000_000_000_000),
        a_record(version="2.0", license="GPL-3.0-only", timestamp=1_500_000_000, size=20),
        a_record(version="3.0", timestamp=None, size=30),
    ],
    signatures={TWO: {"k": {}}},
)


@pytest.mark.parametrize(
    ("rules", "kept", "excluded"),
    [
        ((), [ONE, TWO, THREE], {}),
        ((only("other"),), [], {"only_specs": 3}),
        ((only("demo"),), [ONE, TWO, THREE], {}),
        ((only("demo >=2"),), [TWO, THREE], {"only_specs": 1}),
        ((only("demo 1.*", "demo 3.*", "x"),), [ONE, THREE], {"only_specs": 1}),
        ((exclude("demo"),), [], {"exclude_specs": 3}),
        ((exclude("other"),), [ONE, TWO, THREE], {}),
        ((exclude("d* >=2"),), [ONE], {"exclude_specs": 2}),
        ((exclude("demo"), include("demo 1.*")), [ONE], {"exclude_specs": 2}),
        ((exclude("demo"), include("demo")), [ONE, TWO, THREE], {}),
        ((exclude("demo[subdir=noarch]"),), [ONE, TWO, THREE], {}),
        ((only("demo <3"), include("demo")), [ONE, TWO, THREE], {}),
        ((licenses("MIT"),), [ONE], {"license": 2}),
        ((no_licenses("gpl"),), [ONE, THREE], {"license": 1}),
        ((no_licenses("gpl"), include("demo 2.*")), [ONE, TWO, THREE], {}),
        ((created("2001-09-09"),), [ONE, TWO], {"date": 1}),
        ((created("2001-09-10"),), [TWO], {"date": 2}),
        ((created(None, "2001-09-09"),), [ONE], {"date": 2}),
        ((SIGNED,), [TWO], {"signed": 2}),
        ((SIGNED, exclude("demo")), [], {"signed": 2, "exclude_specs": 1}),
        ((exclude("demo"), SIGNED), [], {"exclude_specs": 3}),
        ((NO_DUPLICATES,), [ONE, TWO, THREE], {}),
    ],
)
def test_rules_keep_and_give_reasons(rules: tuple[Rule, ...], kept: list[str], excluded: Mapping[str, int]) -> None:
    """The first rule that excludes a file names it; exceptions bring back whatever it drops."""
    decided = decide(PAYLOAD, *rules)

    assert filenames(decided.payload) == kept
    assert decided.excluded == {f"mirror_filtered.{reason}": count for reason, count in excluded.items()}
    assert decided.files == len(kept)
    assert decided.size_bytes == sum({ONE: 10, TWO: 20, THREE: 30}[filename] for filename in kept)


def test_the_scope_stands_before_the_reason() -> None:
    """The wire counts a channel's own rules apart, and exceptions reach only their own scope."""
    rule = exclude("demo >=3", scope="channel_filtered")

    assert decide(PAYLOAD, include("demo"), rule).excluded == {"channel_filtered.exclude_specs": 1}


def test_a_shard_that_is_kept_whole_comes_back_unchanged() -> None:
    """The same bytes, so the same digest: nothing is stored again."""
    assert decide(PAYLOAD, no_licenses("agpl")).payload is PAYLOAD


def test_a_legacy_file_goes_where_its_build_exists_as_conda() -> None:
    """Only a `.conda` that stays makes it a duplicate: no build is lost."""
    payload = payload_of([a_record(), a_record(version="2.0")], legacy=[a_record(), a_record(version="3.0")])
    fn_spec = exclude(f"demo[fn={ONE}]")

    assert decide(payload, NO_DUPLICATES).excluded == {"mirror_filtered.duplicated_legacy_conda": 1}
    assert filenames(decide(payload, NO_DUPLICATES).payload) == [ONE, TWO, "demo-3.0-0.tar.bz2"]
    assert filenames(decide(payload, NO_DUPLICATES, fn_spec).payload) == [
        "demo-1.0-0.tar.bz2",
        TWO,
        "demo-3.0-0.tar.bz2",
    ]


def test_what_belongs_to_a_file_goes_with_it() -> None:
    """Signatures and locations of dropped files are dropped; channeldata stays with the name."""
    data = a_repodata([a_record(url="https://host.example/a"), a_record(version="2.0")], signatures={TWO: {}})
    (shard,) = shards_of(data, side_files={"channeldata": b'{"packages":{"demo":{}}}'}).values()
    first = decide(shard.payload, only("demo 1.*")).payload
    second = decide(shard.payload, only("demo 2.*")).payload

    assert first is not None
    assert second is not None
    assert sorted(opened(first)) == ["channeldata", "locations", "packages.conda"]
    assert sorted(opened(second)) == ["channeldata", "packages.conda", "signatures"]


def test_an_empty_shard_stays_empty() -> None:
    """All records of a name may be unusable."""
    (shard,) = shards_of(b'{"packages":{"demo-1.0-0.conda":{}}}').values()

    assert decide(shard.payload).payload is None


_rules = st.lists(
    st.sampled_from(
        (
            only("demo*", "r_x.y >=2"),
            exclude("* >=2"),
            exclude("demo"),
            include("demo-core"),
            include("*[build='*_1']"),
            SIGNED,
            NO_DUPLICATES,
            created("1970-01-01"),
            licenses("none"),
        )
    ),
    max_size=4,
)


@given(channel=channels(), rules=_rules)
@settings(max_examples=40, deadline=None, database=None)
def test_deciding_is_a_filter(channel: dict[str, bytes], rules: list[Rule]) -> None:
    """A subset is kept, counts add up, records stay as they are, and a second time changes nothing."""
    deciding = ECO.compile(Evaluation(rules=tuple(rules)))
    for name, payload in channel.items():
        decided = deciding.decide(payload, partition=SUBDIR, name=name)
        before, after = filenames(payload), filenames(decided.payload)

        assert set(after) <= set(before)
        assert decided.files == len(after)
        assert decided.files + sum(decided.excluded.values()) == len(before)
        if decided.payload is not None:
            assert totals_of(decided.payload) == (decided.files, decided.size_bytes)
            whole, part = opened(payload), opened(decided.payload)
            assert all(part[section][key] == whole[section][key] for section in part for key in part[section])
            assert deciding.decide(decided.payload, partition=SUBDIR, name=name).payload == decided.payload
