"""Names that were read alone: what every adapter of the port keeps to."""

import asyncio
from collections.abc import Mapping

import msgspec

from libs.common.domain.read_page import ReadPage
from tests.contract.conftest import Records
from tests.support.records import NOON, minutes_on

MIRROR, SOURCE, PARTITION = "id-of-forge", "a" * 64, "simple"


def a_page(name: str = "numpy", **changes: object) -> ReadPage:
    """Return what was read of a name at noon."""
    page = ReadPage(name=name, shard=b"s" * 32, read_at=NOON, etag='"x"', last_modified="Sun, 17 May 2026 12:00:00 GMT")
    return msgspec.structs.replace(page, **changes)


async def put(records: Records, page: ReadPage, *, mirror_id: str = MIRROR, source: str = SOURCE) -> ReadPage:
    """Keep a page of a source."""
    return await records.read_pages.put(mirror_id, page, source=source, partition=PARTITION)


async def names_of(records: Records, *, mirror_id: str = MIRROR, source: str = SOURCE) -> Mapping[str, ReadPage]:
    """Return all that was read of a source."""
    return await records.read_pages.names(mirror_id, source=source, partition=PARTITION)


async def test_a_page_comes_back_as_it_was(records: Records) -> None:
    """Also one whose name has nothing that can be used, and names of any letters."""
    pages = [a_page(), a_page("empty", shard=None, etag=None, last_modified=None), a_page("a.$b")]
    before = await records.read_pages.get(MIRROR, source=SOURCE, partition=PARTITION, name="numpy")
    kept = [await put(records, page) for page in pages]
    found = [await records.read_pages.get(MIRROR, source=SOURCE, partition=PARTITION, name=page.name) for page in pages]

    assert before is None
    assert kept == found == pages


async def test_the_first_page_stays(records: Records) -> None:
    """What one client saw every client sees, until a run reads the name."""
    await put(records, a_page())

    assert await put(records, a_page(shard=b"t" * 32, read_at=minutes_on(1), etag=None)) == a_page()
    assert await names_of(records) == {"numpy": a_page()}


async def test_of_many_at_once_one_is_kept(records: Records) -> None:
    """And everybody is given that one."""
    pages = [a_page(shard=bytes([number]) * 32) for number in range(8)]
    kept = await asyncio.gather(*(put(records, page) for page in pages))

    assert len({page.shard for page in kept}) == 1
    assert await names_of(records) == {"numpy": kept[0]}


async def test_what_was_read_is_of_one_mirror_one_source_and_one_partition(records: Records) -> None:
    """A mirror whose source is edited begins anew."""
    await put(records, a_page())
    await put(records, a_page(etag='"y"'), source="b" * 64)
    await put(records, a_page(etag='"z"'), mirror_id="other")
    await records.read_pages.put(MIRROR, a_page(etag=None), source=SOURCE, partition="other")

    assert await names_of(records) == {"numpy": a_page()}
    assert await names_of(records, source="b" * 64) == {"numpy": a_page(etag='"y"')}
    assert await names_of(records, mirror_id="other") == {"numpy": a_page(etag='"z"')}
    assert await records.read_pages.get("unknown", source=SOURCE, partition=PARTITION, name="numpy") is None


async def test_names_are_forgotten(records: Records) -> None:
    """Thousands at once, those that are not there too; then they can be read again."""
    names = [f"name-{number}" for number in range(2_100)]
    await asyncio.gather(*(put(records, a_page(name)) for name in names[:20]), put(records, a_page()))
    await put(records, a_page(), source="b" * 64)
    await records.read_pages.forget(MIRROR, source=SOURCE, partition=PARTITION, names=names)

    assert await names_of(records) == {"numpy": a_page()}
    await records.read_pages.forget(MIRROR, source=SOURCE, partition=PARTITION, names={"numpy"})
    assert await put(records, a_page(shard=None)) == a_page(shard=None)
    assert await names_of(records, source="b" * 64) == {"numpy": a_page()}


async def test_a_mirror_takes_its_pages_with_it(records: Records) -> None:
    """Of all its sources, and of no other mirror."""
    await put(records, a_page())
    await put(records, a_page(), source="b" * 64)
    await put(records, a_page(), mirror_id="other")
    await records.read_pages.forget_mirror(MIRROR)

    assert await names_of(records) == await names_of(records, source="b" * 64) == {}
    assert await names_of(records, mirror_id="other") == {"numpy": a_page()}


async def test_the_shards_of_pages_are_named_once(records: Records) -> None:
    """What they name is no garbage."""
    await put(records, a_page("a", shard=b"a" * 32))
    await put(records, a_page("b", shard=b"b" * 32))
    await put(records, a_page("a", shard=b"a" * 32), mirror_id="other")
    await put(records, a_page("c", shard=None))

    assert [digest async for digest in records.read_pages.shards()] == [b"a" * 32, b"b" * 32]
