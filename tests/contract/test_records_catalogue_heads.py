"""Catalogue heads: what every adapter of the port keeps to."""

import asyncio

from tests.contract.conftest import Records
from tests.support.records import a_head


async def test_a_head_comes_back_as_it_was(records: Records) -> None:
    """And there is none before the first run."""
    assert await records.catalogue_heads.get("id-of-forge") is None

    assert await records.catalogue_heads.move(a_head())

    assert await records.catalogue_heads.get("id-of-forge") == a_head()


async def test_a_head_never_goes_back(records: Records) -> None:
    """A slow scheduler must not undo a newer run; the same run may repeat itself."""
    assert await records.catalogue_heads.move(a_head(run_number=2))
    assert not await records.catalogue_heads.move(a_head(run_number=1))
    assert await records.catalogue_heads.move(a_head(run_number=2))
    assert await records.catalogue_heads.move(a_head(run_number=10))

    assert await records.catalogue_heads.get("id-of-forge") == a_head(run_number=10)


async def test_of_many_moves_the_newest_run_stays(records: Records) -> None:
    """Whatever the order in which they arrive."""
    numbers = [3, 9, 1, 7, 5, 8, 2, 6, 4]

    moved = await asyncio.gather(*(records.catalogue_heads.move(a_head(run_number=number)) for number in numbers))

    assert dict(zip(numbers, moved, strict=True))[9]
    assert await records.catalogue_heads.get("id-of-forge") == a_head(run_number=9)


async def test_heads_are_found_by_channel(records: Records) -> None:
    """Also those of mirrors that are gone; sorted by mirror."""
    await records.catalogue_heads.move(a_head("b"))
    await records.catalogue_heads.move(a_head("a"))
    await records.catalogue_heads.move(a_head("c", channel_id="other"))

    assert [head.mirror_id for head in await records.catalogue_heads.of_channel("id-of-main")] == ["a", "b"]
    assert await records.catalogue_heads.of_channel("unknown") == []


async def test_a_deleted_head_is_gone(records: Records) -> None:
    """A second time is a no-op, and a new head may come."""
    await records.catalogue_heads.move(a_head(run_number=5))

    await records.catalogue_heads.delete("id-of-forge")
    await records.catalogue_heads.delete("id-of-forge")

    assert await records.catalogue_heads.get("id-of-forge") is None
    assert await records.catalogue_heads.move(a_head(run_number=1))
