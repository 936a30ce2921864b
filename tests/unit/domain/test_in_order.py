"""Tests of maps that are put in order before they are encoded."""

from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CataloguePart, encode_catalogue
from libs.common.domain.digest import sha256_of
from libs.common.domain.in_order import in_order
from libs.common.domain.mirror import MirrorMode, MirrorType


@given(st.dictionaries(st.text(), st.integers()))
def test_the_entries_stay_and_their_keys_come_in_order(entries: dict[str, int]) -> None:
    """Nothing is lost."""
    ordered = in_order(entries)
    assert ordered == entries
    assert list(ordered) == sorted(entries)


def test_what_is_in_order_is_not_copied() -> None:
    """Most maps are."""
    entries = {"a": 1, "b": 2}
    assert in_order(entries) is entries


def test_a_catalogue_has_one_encoding_however_it_came_about() -> None:
    """Its digest names it."""
    names = [f"name-{place}" for place in range(200)]
    shuffled = [sorted(names, key=lambda name: name[::-1]), names[100:] + names[:100], names[::-1], names]
    assert len({encode_catalogue(_catalogue(order)) for order in shuffled}) == 1


def _catalogue(names: list[str]) -> Catalogue:
    entries = {name: CatalogueEntry(tag=b"", shard=None, files=0, size_bytes=0) for name in names}
    return Catalogue(
        mirror_id="m",
        type=MirrorType.PYTHON_SIMPLE,
        mode=MirrorMode.PASSIVE,
        rules=sha256_of(b""),
        parts={"simple": CataloguePart(files_url="", entries=entries)},
    )
