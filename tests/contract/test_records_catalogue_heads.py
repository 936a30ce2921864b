"""Catalogue heads: what every adapter of the port keeps to."""

import asyncio

import msgspec
import pytest

from libs.common.domain.catalogue import CatalogueHead, DecidedAgain, HeadCounts
from libs.common.domain.digest import Sha256
from tests.contract.conftest import Records
from tests.support.records import NOON, a_head


async def test_a_head_comes_back_as_it_was(records: Records) -> None:
    """And there is none before the first run."""
    assert await records.catalogue_heads.get("id-of-forge") is None

    assert await records.catalogue_heads.move(a_head())

    assert await records.catalogue_heads.get("id-of-forge") == a_head()


async def test_a_first_head_is_added_by_one(records: Records) -> None:
    """What has no runs tells nobody which of two is newer: who comes second looks again."""
    heads = [a_head(run_number=number) for number in range(5)]

    added = await asyncio.gather(*(records.catalogue_heads.add(head) for head in heads))

    assert sum(added) == 1
    assert await records.catalogue_heads.get("id-of-forge") == heads[added.index(True)]


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


NEW = Sha256("b" * 64)


def decided_again(head: CatalogueHead, *, catalogue: Sha256 = NEW, **changes: object) -> CatalogueHead:
    """Return a head after its catalogue was decided anew."""
    news = DecidedAgain(at=NOON, catalogue=catalogue, cause="filters", files=3, added=1, removed=2, wants_run=True)
    return msgspec.structs.replace(
        head,
        **{
            "catalogue": catalogue,
            "evaluation": Sha256("c" * 64),
            "asked": Sha256("d" * 64),
            "counts": HeadCounts(files=3, size_bytes=5_000_000_000, excluded={"mirror_filtered.license": 2}),
            "decided_at": NOON,
            "wants_run": True,
            "unsaid": news,
            **changes,
        },
    )


async def test_what_was_decided_anew_takes_the_place_of_what_it_was_made_of(records: Records) -> None:
    """Every fact of it comes back, dots in the reasons too."""
    await records.catalogue_heads.move(a_head())

    assert await records.catalogue_heads.exchange(decided_again(a_head()), was=a_head())
    assert await records.catalogue_heads.get("id-of-forge") == decided_again(a_head())


@pytest.mark.parametrize(
    "meanwhile",
    [
        a_head(run_number=2),
        decided_again(a_head(), catalogue=Sha256("f" * 64)),
        msgspec.structs.replace(a_head(), manifest=Sha256("f" * 64)),
    ],
    ids=["a run saved", "it was decided anew", "a run read the source"],
)
async def test_a_decision_on_what_is_no_longer_there_changes_nothing(
    records: Records, meanwhile: CatalogueHead
) -> None:
    """It was made of another catalogue or manifest: whoever wants it decides again."""
    await records.catalogue_heads.move(a_head())
    await records.catalogue_heads.move(meanwhile)

    assert not await records.catalogue_heads.exchange(decided_again(a_head()), was=a_head())
    assert await records.catalogue_heads.get("id-of-forge") == meanwhile


async def test_a_head_that_is_gone_is_not_exchanged(records: Records) -> None:
    """A deleted mirror's packages do not come back."""
    assert not await records.catalogue_heads.exchange(decided_again(a_head()), was=a_head())
    assert await records.catalogue_heads.get("id-of-forge") is None


async def test_of_two_decisions_on_one_catalogue_one_wins(records: Records) -> None:
    """Two schedulers may decide at once."""
    await records.catalogue_heads.move(a_head())
    heads = [decided_again(a_head(), catalogue=Sha256(f"{number:064x}")) for number in range(7, 12)]

    won = await asyncio.gather(*(records.catalogue_heads.exchange(head, was=a_head()) for head in heads))

    assert sum(won) == 1
    assert await records.catalogue_heads.get("id-of-forge") == heads[won.index(True)]


async def test_a_run_may_save_after_a_decision_without_one(records: Records) -> None:
    """It checked that it decided by what is asked for now."""
    await records.catalogue_heads.move(a_head())
    await records.catalogue_heads.exchange(decided_again(a_head()), was=a_head())

    assert await records.catalogue_heads.move(a_head(run_number=2))


async def test_what_was_said_is_said_of_one_catalogue_only(records: Records) -> None:
    """Of a later one nothing was said yet."""
    await records.catalogue_heads.move(decided_again(a_head()))

    await records.catalogue_heads.said("id-of-forge", catalogue=Sha256("e" * 64))
    await records.catalogue_heads.said("unknown", catalogue=NEW)
    assert await records.catalogue_heads.get("id-of-forge") == decided_again(a_head())

    await records.catalogue_heads.said("id-of-forge", catalogue=NEW)
    assert await records.catalogue_heads.get("id-of-forge") == decided_again(a_head(), unsaid=None)
