"""Channels: what every adapter of the port keeps to."""

import asyncio

import msgspec
import pytest

from libs.common.contracts.messages import ChannelFrozen
from libs.common.domain.access.levels import Level
from libs.common.domain.channel import Channel, ChannelKey, IndexingBehavior, Privacy
from libs.common.ports.outbox import Unsaid
from tests.contract.conftest import Records
from tests.support.records import a_channel, a_published, minutes_on


def a_word(channel: Channel) -> Unsaid:
    """Return what is to be said of a freeze."""
    said = ChannelFrozen(channel=channel.key, channel_id=channel.id)
    return Unsaid(event_id="frozen", at=minutes_on(1), message=said)


async def test_a_channel_comes_back_as_it_was(records: Records) -> None:
    """Enums, times, owners and filters of any shape survive, also keys with dots and dollars."""
    channel = a_channel(
        description="för alle",
        privacy=Privacy.PRIVATE,
        owners=("ann", "bob"),
        filters={"a.b": msgspec.Raw(b'{"$gt":[1,2.5,null]}'), "$c": msgspec.Raw(b"true")},
        updated_at=minutes_on(1),
        published=a_published(),
    )

    await records.channels.add(channel)

    found = await records.channels.get(channel.key)
    assert found is not None
    assert msgspec.json.encode(found) == msgspec.json.encode(channel)
    assert found.created_at == channel.created_at
    assert found.created_at.utcoffset() is not None


async def test_a_missing_channel_is_none(records: Records) -> None:
    """Every verb says so by its return value."""
    key = ChannelKey("main")

    assert await records.channels.get(key) is None
    assert await records.channels.update(key, {"description": "new"}) is None
    assert await records.channels.update(key, {}) is None
    assert await records.channels.delete(key) is None
    assert not await records.channels.publish("id-of-main", a_published(), after=0)


async def test_of_many_adds_of_one_key_one_wins(records: Records) -> None:
    """Two administrators may create the same channel at the same time."""
    added = await asyncio.gather(*(records.channels.add(a_channel(id=f"id-{number}")) for number in range(10)))

    assert sum(added) == 1


async def test_channels_are_listed_by_level_and_sorted(records: Records) -> None:
    """Subchannels stand below their parent only, and `main-2` is no child of `main`."""
    for key in ("main-2", "main", "main/stage", "main/dev", "alpha", "alpha/dev"):
        await records.channels.add(a_channel(key))

    assert [it.key for it in await records.channels.list()] == ["alpha", "main", "main-2"]
    assert [it.key for it in await records.channels.list(parent=ChannelKey("main"))] == ["main/dev", "main/stage"]
    assert await records.channels.list(parent=ChannelKey("main-2")) == []


async def test_a_change_may_depend_on_what_was_there(records: Records) -> None:
    """Of two who change the groups of a channel in one moment, the second one looks again."""
    channel = a_channel(groups={"team.a": Level.READ, "$b": Level.WRITE}, owners=("ann",))
    await records.channels.add(channel)
    both = {"groups": channel.groups, "owners": ("ann",)}
    assert await records.channels.update(channel.key, {"groups": {}}, was=both) is not None

    assert await records.channels.update(channel.key, {"groups": {"c": Level.READ}}, was=both) is None
    assert await records.channels.update(channel.key, {"owners": ("bob",)}, was={"groups": {}}) is not None
    found = await records.channels.get(channel.key)
    assert found is not None
    assert (found.groups, found.owners) == ({}, ("bob",))


async def test_an_update_changes_only_what_it_names(records: Records) -> None:
    """What is not named stays, whatever others changed meanwhile."""
    channel = a_channel(description="old", published=a_published())
    await records.channels.add(channel)

    changed = await records.channels.update(
        channel.key,
        {
            "privacy": Privacy.AUTHENTICATED,
            "indexing_behavior": IndexingBehavior.FROZEN,
            "filters": {"x.y": msgspec.Raw(b"1")},
            "updated_at": minutes_on(3),
        },
    )

    assert changed is not None
    assert changed.description == "old"
    assert changed.published == a_published()
    assert changed.privacy is Privacy.AUTHENTICATED
    assert changed.is_frozen
    assert changed.updated_at == minutes_on(3)
    assert {name: bytes(value) for name, value in changed.filters.items()} == {"x.y": b"1"}


async def test_an_update_of_nothing_returns_the_channel(records: Records) -> None:
    """An empty PUT is no error."""
    await records.channels.add(a_channel())

    assert await records.channels.update(ChannelKey("main"), {}) == a_channel()


async def test_a_deleted_channel_leaves_its_key_free(records: Records) -> None:
    """The caller gets what it was, to tell others."""
    await records.channels.add(a_channel())

    assert await records.channels.delete(ChannelKey("main")) == a_channel()
    assert await records.channels.get(ChannelKey("main")) is None
    assert await records.channels.add(a_channel(id="another"))


async def test_publishing_follows_the_number_it_came_after(records: Records) -> None:
    """An indexer that computed on an old state must not win."""
    channel = a_channel()
    await records.channels.add(channel)

    assert not await records.channels.publish(channel.id, a_published(2), after=1)
    assert await records.channels.publish(channel.id, a_published(1), after=0)
    assert not await records.channels.publish(channel.id, a_published(1), after=0)
    assert await records.channels.publish(channel.id, a_published(2), after=1)

    found = await records.channels.get(channel.key)
    assert found is not None
    assert found.published == a_published(2)


@pytest.mark.parametrize("published", [None, a_published(1)], ids=["new", "published"])
async def test_a_frozen_channel_is_not_published(records: Records, published: object) -> None:
    """Freezing and publishing exclude each other; unfreezing lets the next one through."""
    channel = a_channel(indexing_behavior=IndexingBehavior.FROZEN, published=published)
    await records.channels.add(channel)
    after = 1 if published else 0

    assert not await records.channels.publish(channel.id, a_published(after + 1), after=after)
    assert await records.channels.get(channel.key) == channel

    await records.channels.update(channel.key, {"indexing_behavior": IndexingBehavior.DEFAULT})
    assert await records.channels.publish(channel.id, a_published(after + 1), after=after)


async def test_of_many_publications_after_one_number_one_wins(records: Records) -> None:
    """The pointer moves once, whoever tries."""
    channel = a_channel()
    await records.channels.add(channel)

    moved = await asyncio.gather(*(records.channels.publish(channel.id, a_published(1), after=0) for _ in range(10)))

    assert sum(moved) == 1


async def test_a_channel_gets_a_policy_and_loses_it(records: Records) -> None:
    """Each by whoever knows what it had; all else stays."""
    await records.channels.add(a_channel(published=a_published()))

    assert await records.channels.set_policy("id-of-main", "p", was=None, at=minutes_on(1))
    assert not await records.channels.set_policy("id-of-main", "q", was=None, at=minutes_on(2))
    found = await records.channels.get(ChannelKey("main"))
    assert found == a_channel(published=a_published(), policy_id="p", updated_at=minutes_on(1))

    assert await records.channels.set_policy("id-of-main", None, was="p", at=minutes_on(3))
    assert await records.channels.get(ChannelKey("main")) == a_channel(
        published=a_published(), updated_at=minutes_on(3)
    )
    assert not await records.channels.set_policy("id-of-other", "p", was=None, at=minutes_on(4))


async def test_a_channels_policy_is_known_by_its_token(records: Records) -> None:
    """The same policy, put there by somebody else meanwhile, is another one."""
    await records.channels.add(a_channel())

    assert await records.channels.set_policy("id-of-main", "p", token="1", was=None, at=minutes_on(1))
    assert not await records.channels.set_policy("id-of-main", None, was="p", at=minutes_on(2))
    assert await records.channels.set_policy("id-of-main", "p", token="2", was="p", token_was="1", at=minutes_on(3))
    assert not await records.channels.set_policy("id-of-main", None, was="p", token_was="1", at=minutes_on(4))

    stored = a_channel(policy_id="p", policy_token="2", updated_at=minutes_on(3))
    assert await records.channels.get(ChannelKey("main")) == stored


@pytest.mark.parametrize("behavior", list(IndexingBehavior))
async def test_a_roll_back_moves_the_pointer_and_freezes(records: Records, behavior: IndexingBehavior) -> None:
    """In one write, with what is to be said of it; also where the channel is frozen already."""
    channel = a_channel(indexing_behavior=behavior, published=a_published(2), description="kept")
    await records.channels.add(channel)
    word = a_word(channel)

    moved = await records.channels.roll_back(channel.id, a_published(3), after=2, at=minutes_on(1), unsaid=[word])

    assert moved
    assert await records.channels.get(channel.key) == msgspec.structs.replace(
        channel, indexing_behavior=IndexingBehavior.FROZEN, published=a_published(3), updated_at=minutes_on(1)
    )
    assert [it.event_id for it in await records.channels.unsaid(channel.id)] == [word.event_id]
    assert not await records.channels.publish(channel.id, a_published(4), after=3)


@pytest.mark.parametrize("published", [None, a_published(1), a_published(3)], ids=["never", "before", "after"])
async def test_a_roll_back_follows_the_number_it_came_after(records: Records, published: object) -> None:
    """Whoever was overtaken looks again; nothing changes, and nothing is to be said."""
    channel = a_channel(published=published)
    await records.channels.add(channel)

    assert not await records.channels.roll_back(
        channel.id, a_published(3), after=2, at=minutes_on(1), unsaid=[a_word(channel)]
    )
    assert not await records.channels.roll_back("gone", a_published(3), after=2, at=minutes_on(1))

    assert await records.channels.get(channel.key) == channel
    assert not await records.channels.unsaid(channel.id)


async def test_subchannels_of_several_channels_are_asked_for_at_once(records: Records) -> None:
    """A list of channels counts them all in one question."""
    for key in ("a", "a/x", "b", "b/x", "b/a", "c", "c/x"):
        await records.channels.add(a_channel(key))

    assert [it.key for it in await records.channels.below([ChannelKey("b"), ChannelKey("a")])] == ["a/x", "b/a", "b/x"]
    assert await records.channels.below([]) == []
    assert await records.channels.below([ChannelKey("none")]) == []
