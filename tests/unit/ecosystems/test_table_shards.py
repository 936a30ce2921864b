"""Dropping files from shards that are tables of files, and laying such shards over each other."""

from collections.abc import Mapping

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from libs.common.ecosystems.file_tables import (
    ABOUT,
    FILES,
    Tables,
    Totals,
    decode_tables,
    encode_tables,
    read_table,
    totals_of,
)
from libs.common.ecosystems.table_shards import Known, merge, without

Records = Mapping[str, Mapping[str, object]]

RECORDS = st.dictionaries(
    st.sampled_from("abcd"),
    st.fixed_dictionaries({"size": st.none() | st.integers(0, 3), "sha256": st.none() | st.sampled_from("xyz")}),
)


def look(tables: Tables) -> Mapping[str, Known]:
    """Read what the made-up records below say."""
    records = {key: msgspec.json.decode(raw) for key, raw in read_table(tables, FILES).items()}
    return {
        key: Known(record.get("size"), {word: record[word] for word in ("sha256", "md5") if record.get(word)})
        for key, record in records.items()
    }


def shard(records: Records, *, about: str | None = None, notes: Records | None = None) -> bytes:
    """Return a payload with a table of notes beside its files."""
    tables = {
        name: {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in table.items()}
        for name, table in ((FILES, records), ("notes", notes or {}), (ABOUT, {"name": about} if about else {}))
    }
    sizes = [int(str(record.get("size") or 0)) for record in records.values()]
    return encode_tables(tables, Totals(len(records), sum(sizes)))


def keys(payload: bytes, table: str = FILES) -> list[str]:
    """Return the file names of a table."""
    return list(read_table(decode_tables(payload), table))


def test_a_dropped_file_takes_with_it_what_belongs_to_it() -> None:
    """Counts are those of the rest; what is said of the package stays."""
    payload = shard({"a": {"size": 2}, "b": {"size": 3}, "c": {}}, notes={"a": {}, "b": {}}, about="demo")

    decided = without(payload, {"a", "c", "unknown"}, look=look)

    assert decided.payload is not None
    assert (decided.files, decided.size_bytes, decided.excluded) == (1, 3, {})
    assert totals_of(decided.payload) == Totals(1, 3)
    assert (keys(decided.payload), keys(decided.payload, "notes"), keys(decided.payload, ABOUT)) == (
        ["b"],
        ["b"],
        ["name"],
    )


def test_dropping_nothing_leaves_the_bytes_alone() -> None:
    """And dropping all leaves none."""
    payload = shard({"a": {"size": 2}})

    assert without(payload, {"b"}, look=look).payload == payload
    assert without(payload, {"a"}, look=look).payload is None
    assert without(shard({}), {"a"}, look=look).payload is None
    assert without(shard({}, about="demo"), {"a"}, look=look).payload == shard({}, about="demo")


def test_the_first_that_has_a_file_gives_it() -> None:
    """With its notes, not with those of another; a lone shard is as it was."""
    first = shard({"a": {"size": 1}}, about="one")
    second = shard({"a": {"size": 1}, "b": {"size": 2}}, notes={"a": {}, "b": {}}, about="two")

    merged, conflicts = merge([first, second], look=look)

    assert conflicts == ()
    assert (keys(merged), keys(merged, "notes")) == (["a", "b"], ["b"])
    assert bytes(read_table(decode_tables(merged), ABOUT)["name"]) == b'"one"'
    assert totals_of(merged) == Totals(2, 3)
    assert merge([second], look=look) == (second, ())


def test_what_is_said_of_the_package_is_by_the_first_that_says_anything() -> None:
    """Some sources say nothing of it."""
    merged, _ = merge([shard({"a": {}}), shard({"b": {}}, about="two")], look=look)

    assert keys(merged, ABOUT) == ["name"]


def test_bytes_are_compared_by_the_strongest_digest_that_both_have() -> None:
    """Without one by size; without both nobody can tell."""
    first = shard({"a": {"sha256": "x", "md5": "1"}, "b": {"size": 1}, "c": {"md5": "1"}, "d": {}, "e": {"size": 1}})
    second = shard(
        {
            "a": {"sha256": "x", "md5": "2"},
            "b": {"size": 2},
            "c": {"sha256": "y", "md5": "2"},
            "d": {"size": 1},
            "e": {"size": 1, "sha256": "z"},
        }
    )

    assert merge([first, second], look=look)[1] == ("b", "c")


@given(one=RECORDS, other=RECORDS)
def test_laying_over_each_other_adds_and_changes_nothing_twice(one: Records, other: Records) -> None:
    """The same for a shard over itself, and for a result over its parts."""
    first, second = shard(one, about="x"), shard(other, about="x")
    merged, _ = merge([first, second], look=look)

    assert merge([first, first], look=look) == (first, ())
    assert merge([merged, first, second], look=look)[0] == merged
    assert set(keys(merged)) == {*one, *other}
    rest = without(merged, set(other) - set(one), look=look).payload
    assert rest == (first if one or not other else None)
