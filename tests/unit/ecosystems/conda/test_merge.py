"""Merging shards of several mirrors."""

import pytest
from hypothesis import given, settings

from libs.common.ecosystems.conda.payload import totals_of
from tests.support.conda_records import (
    ECO,
    JsonObject,
    a_record,
    a_repodata,
    channels,
    filenames,
    opened,
    payload_of,
    shards_of,
)

FIRST = payload_of([a_record(x=1), a_record(version="2.0")], signatures={"demo-1.0-0.conda": {"first": 1}})
SECOND = payload_of([a_record(x=2), a_record(version="3.0", size=5)], signatures={"demo-1.0-0.conda": {"second": 1}})


def test_the_first_mirror_wins() -> None:
    """Its record, and all that belongs to the file."""
    merged, conflicts = ECO.merge([FIRST, SECOND])

    assert filenames(merged) == ["demo-1.0-0.conda", "demo-2.0-0.conda", "demo-3.0-0.conda"]
    assert opened(merged)["packages.conda"]["demo-1.0-0.conda"] == a_record(x=1)
    assert opened(merged)["signatures"] == {"demo-1.0-0.conda": {"first": 1}}
    assert totals_of(merged) == (3, 25)
    assert conflicts == ()


def test_the_first_that_says_something_of_the_name_is_heard() -> None:
    """Channeldata belongs to the name, not to a file."""
    (one, other) = (
        next(iter(shards_of(a_repodata([a_record()]), side_files={"channeldata": side}).values())).payload
        for side in (b'{"packages":{"demo":{"home":"one"}}}', b'{"packages":{"demo":{"home":"other"}}}')
    )

    assert opened(ECO.merge([FIRST, one, other])[0])["channeldata"] == {"demo": {"home": "one"}}


@pytest.mark.parametrize(
    ("one", "other", "is_conflict"),
    [
        ({"sha256": "a" * 64}, {"sha256": "A" * 64}, False),
        ({"sha256": "a" * 64}, {"sha256": "b" * 64}, True),
        ({"sha256": None, "md5": "a" * 32}, {"md5": "b" * 32}, True),
        ({"sha256": None, "md5": "a" * 32}, {"md5": "a" * 32}, False),
        ({"sha256": None}, {"md5": None, "size": 10}, False),
        ({"sha256": None}, {"md5": None, "size": 11}, True),
        ({"sha256": None}, {"md5": None, "size": None}, False),
    ],
)
def test_unequal_digests_are_a_conflict(one: JsonObject, other: JsonObject, is_conflict: bool) -> None:
    """By the strongest digest that both have; else by size."""
    _, conflicts = ECO.merge([payload_of([a_record() | one]), payload_of([a_record() | other])])

    assert conflicts == (("demo-1.0-0.conda",) if is_conflict else ())


def test_a_classic_and_a_later_record_are_one_file() -> None:
    """One path below the channel can have one file only."""
    later = payload_of(v3={"conda": {"demo-1.0-0": a_record(), "demo-2.0-0": a_record(version="2.0")}})
    merged, _ = ECO.merge([payload_of([a_record()]), later])

    assert filenames(merged) == ["demo-1.0-0.conda", "demo-2.0-0.conda"]
    assert list(opened(merged)["v3/conda"]) == ["demo-2.0-0"]


@given(first=channels(), second=channels())
@settings(max_examples=25, deadline=None, database=None)
def test_the_laws_of_merging(first: dict[str, bytes], second: dict[str, bytes]) -> None:
    """Alone and with itself it is itself; nothing is lost; all of the first is as it was."""
    for name in first.keys() & second.keys():
        one, other = first[name], second[name]
        merged, _ = ECO.merge([one, other])

        assert ECO.merge([one]) == (one, ())
        assert ECO.merge([one, one]) == (one, ())
        assert set(filenames(merged)) == {*filenames(one), *filenames(other)}
        for section, entries in opened(one).items():
            assert opened(merged)[section].items() >= entries.items()
        assert ECO.merge([merged, other])[0] == merged
