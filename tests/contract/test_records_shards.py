"""Shards and rendered shards: what every adapter of the ports keeps to."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pymongo
import pytest

from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.ports.records import RenderedShards, Shards
from tests.contract.conftest import Records


def payloads_of(*texts: bytes) -> dict[bytes, bytes]:
    """Return payloads by the sha256 of their bytes."""
    return {hashlib.sha256(text).digest(): text for text in texts}


async def test_shards_come_back_as_they_were(records: Records) -> None:
    """Byte for byte, empty ones too; unknown digests are left out."""
    payloads = payloads_of(b"", b"\x00\xff", b"x" * 1_000_000)

    await records.shards.put(payloads)

    assert await records.shards.get([*payloads, b"?" * 32]) == payloads


async def test_no_shards_is_no_question(records: Records) -> None:
    """An unchanged source stores and asks nothing."""
    await records.shards.put({})

    assert await records.shards.get([]) == {}


async def test_more_shards_than_one_message_holds(records: Records) -> None:
    """Thousands at once, and a second time beside new ones."""
    first = payloads_of(*(b"payload %d" % number * 50 for number in range(4_500)))
    second = first | payloads_of(b"new")

    await records.shards.put(first)
    await records.shards.put(second)

    assert await records.shards.get(list(second)) == second


async def test_a_stored_shard_is_left_alone(records: Records) -> None:
    """What a digest names never changes."""
    digest = b"d" * 32
    await records.shards.put({digest: b"first"})

    await records.shards.put({digest: b"second"})

    assert await records.shards.get([digest]) == {digest: b"first"}


async def test_many_may_store_the_same_shards(records: Records) -> None:
    """Two mirrors of one source run at the same time."""
    payloads = payloads_of(*(b"payload %d" % number for number in range(200)))

    await asyncio.gather(*(records.shards.put(payloads) for _ in range(5)))

    assert await records.shards.get(list(payloads)) == payloads


async def test_a_rendered_shard_comes_back_as_it_was(records: Records) -> None:
    """One at a time, as clients ask for them."""
    payloads = payloads_of(b"one", b"two" * 100_000)

    await records.rendered_shards.put({})
    await records.rendered_shards.put(payloads)
    await records.rendered_shards.put(payloads)

    assert [await records.rendered_shards.get(digest) for digest in payloads] == list(payloads.values())
    assert await records.rendered_shards.get(b"?" * 32) is None


async def test_rendered_shards_are_not_source_shards(records: Records) -> None:
    """A client must not read a payload by guessing its digest."""
    payloads = payloads_of(b"secret")
    await records.shards.put(payloads)

    assert await records.rendered_shards.get(next(iter(payloads))) is None


@pytest.fixture(params=["shards", "rendered_shards"])
def kept(request: pytest.FixtureRequest, records: Records) -> Shards | RenderedShards:
    """Return either kind of shards; both age alike."""
    store: Shards | RenderedShards = getattr(records, request.param)
    return store


async def _a_moment_on() -> datetime:
    """Wait until a time to the millisecond has passed, and return the next."""
    mark = datetime.now(UTC) + timedelta(milliseconds=2)
    await asyncio.sleep(0.01)
    return mark


async def test_what_is_stored_is_known_and_listed(kept: Shards | RenderedShards) -> None:
    """By digest, in their order."""
    payloads = payloads_of(b"one", b"two")
    await kept.put(payloads)

    assert await kept.known([*payloads, b"?" * 32]) == payloads.keys()
    assert [digest async for digest in kept.digests()] == sorted(payloads)


async def test_what_is_stored_under_another_digest_is_damaged(kept: Shards | RenderedShards) -> None:
    """Among those that it is asked for; what is missing is not damaged."""
    whole, damaged = (
        payloads_of(*(b"payload %d" % number for number in range(2_500))),
        {b"d" * 32: b"x", b"e" * 32: b""},
    )
    await kept.put(whole | damaged)

    assert await kept.damaged([*whole, b"d" * 32, b"?" * 32]) == {b"d" * 32}
    assert await kept.damaged([]) == frozenset()


async def test_a_shard_that_can_not_be_read_is_damaged_and_not_there(mongo_database_url: str) -> None:
    """What MongoDB holds is compressed; a disk may change any of it."""
    records = MongoRecords(connect(mongo_database_url))
    (good, bad), payloads = payloads_of(b"good", b"bad"), payloads_of(b"good", b"bad")
    await records.shards.put(payloads)
    with pymongo.MongoClient[dict[str, object]](mongo_database_url) as client:
        client.get_default_database()["shards"].update_one({"_id": bad}, {"$set": {"payload": b"not zstd"}})

    assert await records.shards.damaged([good, bad]) == {bad}
    assert await records.shards.get([good, bad]) == {good: b"good"}
    await records.close()


async def test_a_sweep_removes_old_shards_only(kept: Shards | RenderedShards) -> None:
    """Among those that it is told."""
    old, young = payloads_of(b"old", b"also old"), payloads_of(b"young")
    await kept.put(old)
    mark = await _a_moment_on()
    await kept.put(young)
    told = [*list(old)[:1], *young, b"?" * 32]

    sizes = await kept.older(told, than=mark)
    assert (list(sizes), all(sizes.values())) == (told[:1], True)
    assert await kept.sweep(told, older_than=mark) == 1
    assert await kept.known([*old, *young]) == {*list(old)[1:], *young}


async def test_putting_what_is_there_makes_it_young(kept: Shards | RenderedShards) -> None:
    """A run that decides on an old shard again needs it."""
    payloads = payloads_of(b"old")
    await kept.put(payloads)
    mark = await _a_moment_on()

    await kept.put(payloads)

    assert await kept.older(list(payloads), than=mark) == {}
    assert await kept.sweep(list(payloads), older_than=mark) == 0
    assert await kept.known(list(payloads)) == payloads.keys()


async def test_what_was_put_is_there_however_it_meets_a_sweep(kept: Shards | RenderedShards) -> None:
    """Either the put came later, and stored it again, or the sweep finds it young."""
    payloads = payloads_of(*(b"payload %d" % number for number in range(50)))
    for _ in range(5):
        await kept.put(payloads)
        mark = await _a_moment_on()

        await asyncio.gather(
            *(kept.sweep(list(payloads)[start : start + 10], older_than=mark) for start in range(0, 50, 10)),
            kept.put(payloads),
        )

        assert await kept.known(list(payloads)) == payloads.keys()
