"""On which day a file was first seen."""

from datetime import date, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from libs.common.deciding.first_days import seen_after_change, with_days
from libs.common.domain.evaluation import Seen
from libs.common.domain.manifest import Manifest, ManifestEntry, ManifestPart, decode_manifest, encode_manifest

FIRST = date(2026, 3, 1)
FILES = st.frozensets(st.sampled_from("abcdef"))


@given(st.lists(FILES, min_size=1, max_size=6))
def test_a_file_keeps_its_day_as_long_as_it_is_there(readings: list[frozenset[str]]) -> None:
    """What goes and comes back is new; a reading a day."""
    seen: Seen | None = None
    days: dict[str, int] = {}
    before: frozenset[str] = frozenset()
    for place, files in enumerate(readings):
        today = FIRST + timedelta(days=place)
        seen = seen_after_change(seen, old_files=before, new_files=files, today=today)
        days = {file: days.get(file, today.toordinal()) for file in files}
        before = files

        assert {file: seen.day_of(file) for file in files} == days
        assert seen.later.keys() <= files


def test_where_no_day_was_noted_it_is_today() -> None:
    """An older installation noted none; nothing else changes, and a second time nothing at all."""
    noted = ManifestEntry(tag=b"a", shard=b"a" * 32, files=1, seen=Seen(all=7, later={"x": 9}))
    bare = ManifestEntry(tag=b"b", shard=b"b" * 32)
    part = ManifestPart(form="f", files_url="p/", etag="e", entries={"a": noted, "b": bare})
    whole = ManifestPart(form="f", files_url="q/", entries={"a": noted})
    manifest = Manifest(source_digest="x", parts={"p": part, "q": whole})

    filled = with_days(manifest, today=FIRST)

    assert filled.parts["p"].entries == {
        "a": noted,
        "b": msgspec.structs.replace(bare, seen=Seen(all=FIRST.toordinal())),
    }
    assert filled.parts["p"].etag == "e"
    assert filled.parts["q"] is whole
    assert with_days(filled, today=FIRST + timedelta(days=1)) is filled
    assert decode_manifest(encode_manifest(filled)) == filled
