"""What documents have still to say: what every adapter of the port keeps to, whatever the kind of document."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import msgspec
import pymongo
import pytest

from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ChannelCreated, ChannelUpdated
from libs.common.domain.channel import ChannelKey
from libs.common.ports.outbox import Outbox, Unsaid
from libs.common.ports.records import Channels, Mirrors, Policies
from tests.contract.conftest import Records
from tests.support.records import a_channel, a_mirror, a_policy, a_published, minutes_on

MAIN = ChannelKey("main")


def words(event_id: str, *, minute: int = 0, message: Message | None = None) -> Unsaid:
    """Return something to say."""
    said = message or ChannelCreated(channel="main", channel_id=event_id)
    return Unsaid(event_id=event_id, at=minutes_on(minute), message=said)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of document: how one of it is made, changed and deleted, as a sentence of three words."""

    id: str
    outbox: Outbox
    add: Callable[[Sequence[Unsaid]], Awaitable[bool]]
    add_namesake: Callable[[], Awaitable[bool]]
    changes: Sequence[Callable[[Sequence[Unsaid]], Awaitable[object]]]
    delete: Callable[[Sequence[Unsaid]], Awaitable[object]]
    is_there: Callable[[], Awaitable[bool]]


def _channels(port: Channels) -> Kind:
    async def is_there() -> bool:
        listed = MAIN in [it.key for it in await port.list()]
        assert (await port.get(MAIN) is not None) == listed
        return listed

    return Kind(
        id="id-of-main",
        outbox=port,
        add=lambda unsaid: port.add(a_channel(), unsaid=unsaid),
        add_namesake=lambda: port.add(a_channel(id="another")),
        changes=(
            lambda unsaid: port.update(MAIN, {"description": "new"}, unsaid=unsaid),
            lambda unsaid: port.set_policy("id-of-main", None, was=None, at=minutes_on(9), unsaid=unsaid),
        ),
        delete=lambda unsaid: port.delete(MAIN, unsaid=unsaid),
        is_there=is_there,
    )


def _mirrors(port: Mirrors) -> Kind:
    async def is_there() -> bool:
        found = await port.get("id-of-forge")
        shown = [
            await port.find(MAIN, "forge"),
            *[it for it in await port.list() if it.id == "id-of-forge"],
            *[it for it in await port.list(channel=MAIN) if it.id == "id-of-forge"],
        ]
        assert shown == ([found] * 3 if found else [None])
        return found is not None

    return Kind(
        id="id-of-forge",
        outbox=port,
        add=lambda unsaid: port.add(a_mirror(), unsaid=unsaid),
        add_namesake=lambda: port.add(a_mirror(id="another", channel="elsewhere")),
        changes=(
            lambda unsaid: port.replace(a_mirror(cron="1 1 * * *"), policy_was=None, unsaid=unsaid),
            lambda unsaid: port.set_policy("id-of-forge", None, was=None, at=minutes_on(9), unsaid=unsaid),
        ),
        delete=lambda unsaid: port.delete("id-of-forge", unsaid=unsaid),
        is_there=is_there,
    )


def _policies(port: Policies) -> Kind:
    policy_id = a_policy().id

    async def is_there() -> bool:
        found = await port.get(policy_id)
        listed = [it for it in await port.list() if it.id == policy_id]
        named = await port.find(a_policy().name)
        assert listed == ([found] if found else [])
        assert named is None or named in (found, a_policy(id="another"))
        return found is not None

    async def save(unsaid: Sequence[Unsaid]) -> bool:
        newest = await port.get(policy_id) or a_policy()
        return await port.save(msgspec.structs.replace(newest, number=newest.number + 1), unsaid=unsaid)

    return Kind(
        id=policy_id,
        outbox=port,
        add=lambda unsaid: port.add(a_policy(), unsaid=unsaid),
        add_namesake=lambda: port.add(a_policy(id="another")),
        changes=(save, save),
        delete=lambda unsaid: port.delete(policy_id, unsaid=unsaid),
        is_there=is_there,
    )


@pytest.fixture(params=["channels", "mirrors", "policies"])
def kind(request: pytest.FixtureRequest, records: Records) -> Kind:
    """Return each kind of document."""
    if request.param == "policies":
        return _policies(records.policies)
    return _channels(records.channels) if request.param == "channels" else _mirrors(records.mirrors)


async def test_what_a_change_has_to_say_comes_back_as_it_was_in_order(kind: Kind) -> None:
    """Said by whoever reads it, it must be the same message under the same id and time."""
    first = words("one")
    second = words(
        "two", minute=1, message=ChannelUpdated(channel="ä$.b", channel_id="$x", fields=("a", "b"), by="ann")
    )
    later = [words(f"change-{place}") for place in range(len(kind.changes))]

    assert await kind.add([first, second])
    for change, unsaid in zip(kind.changes, later, strict=True):
        assert await change([unsaid])

    assert list(await kind.outbox.unsaid(kind.id)) == [first, second, *later]
    assert await kind.is_there()


async def test_words_of_one_change_keep_their_order_by_time(kind: Kind) -> None:
    """A history that is sorted by time tells first what came first."""
    await kind.add([words("one"), words("two"), words("three", minute=9)])

    held = await kind.outbox.unsaid(kind.id)

    assert [it.event_id for it in sorted(held, key=lambda it: it.at)] == ["one", "two", "three"]
    assert [it.at for it in held] == [words("").at, words("").at + timedelta(milliseconds=1), minutes_on(9)]


async def test_what_was_said_is_taken_off_and_nothing_else(kind: Kind) -> None:
    """Two who say the same at the same time disturb nobody."""
    await kind.add([words("one"), words("two"), words("three")])

    await asyncio.gather(*(kind.outbox.said(kind.id, ["one", "three", "never"]) for _ in range(3)))

    assert [it.event_id for it in await kind.outbox.unsaid(kind.id)] == ["two"]
    await kind.outbox.said(kind.id, ["two"])
    assert list(await kind.outbox.unsaid(kind.id)) == []
    assert await kind.is_there()


async def test_a_change_that_is_refused_leaves_nothing_to_say(kind: Kind) -> None:
    """Change and words are one write."""
    await kind.add([])

    assert not await kind.add([words("again")])
    await kind.delete([])
    for change in kind.changes:
        assert not await change([words("late")])
    assert not await kind.delete([words("late")])

    assert list(await kind.outbox.unsaid(kind.id)) == []


async def test_what_is_deleted_is_gone_for_all_and_still_has_its_last_words(kind: Kind) -> None:
    """Its name is free at once; nothing that is done to it later succeeds."""
    await kind.add([words("made")])

    gone = await kind.delete([words("deleted", message=ChannelUpdated(channel="$main", channel_id="$_id"))])

    assert gone is not None
    assert not await kind.is_there()
    assert [it.event_id for it in await kind.outbox.unsaid(kind.id)] == ["made", "deleted"]
    assert (await kind.outbox.unsaid(kind.id))[1].message == ChannelUpdated(channel="$main", channel_id="$_id")
    assert await kind.delete([words("again")]) is None
    for change in kind.changes:
        assert not await change([words("late")])
    assert await kind.add_namesake()
    await kind.outbox.said(kind.id, ["made"])
    assert [it.event_id for it in await kind.outbox.unsaid(kind.id)] == ["deleted"]
    await kind.outbox.said(kind.id, ["deleted"])
    assert list(await kind.outbox.unsaid(kind.id)) == []
    assert await kind.outbox.waiting(before=minutes_on(60)) == []


async def test_what_is_deleted_without_words_takes_all_with_it(kind: Kind) -> None:
    """Who made it and withdraws it before anybody heard of it leaves no trace."""
    await kind.add([words("made")])

    assert await kind.delete([]) is not None

    assert list(await kind.outbox.unsaid(kind.id)) == []
    assert await kind.outbox.waiting(before=minutes_on(60)) == []


async def test_a_tombstone_is_not_published(records: Records) -> None:
    """The indexer must not tell of a channel that is gone."""
    await records.channels.add(a_channel())
    await records.channels.delete(MAIN, unsaid=[words("deleted")])

    assert not await records.channels.publish("id-of-main", a_published(), after=0)


async def test_those_that_wait_are_found_by_age(kind: Kind) -> None:
    """Younger words are in the hands of whoever stored them."""
    await kind.add([words("old", minute=1), words("young", minute=5)])

    assert await kind.outbox.waiting(before=minutes_on(1)) == []
    assert await kind.outbox.waiting(before=minutes_on(2)) == [kind.id]
    await kind.outbox.said(kind.id, ["old"])
    assert await kind.outbox.waiting(before=minutes_on(5)) == []
    assert await kind.outbox.waiting(before=minutes_on(6)) == [kind.id]
    await kind.delete([words("deleted", minute=7)])
    assert await kind.outbox.waiting(before=minutes_on(6)) == [kind.id]


async def test_those_that_wait_longest_come_first(records: Records) -> None:
    """Whatever their names."""
    for name, minute in (("b", 3), ("a", 4), ("c", 2)):
        await records.mirrors.add(a_mirror(name), unsaid=[words(f"event-{name}", minute=minute)])

    assert await records.mirrors.waiting(before=minutes_on(9)) == ["id-of-c", "id-of-b", "id-of-a"]


async def test_words_of_a_newer_version_wait_for_it_and_keep_their_order(
    mongo_database_url: str, mongo_url: str, mongo_database: str
) -> None:
    """Two versions run side by side while an installation is brought up to date."""
    records = MongoRecords(connect(mongo_database_url))
    await records.prepare()
    await records.channels.add(a_channel(), unsaid=[words("one"), words("two"), words("three")])
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        tomorrow = {"$set": {"unsaid.1.subject": "channel.of-tomorrow"}}
        client[mongo_database]["channels"].update_one({"_id": "id-of-main"}, tomorrow)

    assert [it.event_id for it in await records.channels.unsaid("id-of-main")] == ["one"]
    await records.close()
