"""Mirrors: what every adapter of the port keeps to."""

import asyncio

import msgspec

from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import Filters, UpstreamRemovals
from tests.contract.conftest import Records
from tests.support.records import a_mirror, minutes_on


async def test_a_mirror_comes_back_as_it_was(records: Records) -> None:
    """All fields survive, also those that stand for a secret."""
    mirror = a_mirror(
        sealed_source="x.y.z",
        proxy="http://***@proxy.example",
        sealed_proxy="p.q.r",
        filters=Filters(subdirs=("noarch",), only_specs=("python >=3.8",), cve_score_threshold=7.5, only_signed=True),
        upstream_removals=UpstreamRemovals.KEEP,
        position=2,
        updated_at=minutes_on(1),
    )

    assert await records.mirrors.add(mirror)

    assert await records.mirrors.get(mirror.id) == mirror
    assert await records.mirrors.find(mirror.channel, mirror.name) == mirror


async def test_a_missing_mirror_is_none(records: Records) -> None:
    """Every verb says so by its return value; a channel's mirror is not found by another channel."""
    await records.mirrors.add(a_mirror("forge"))

    assert await records.mirrors.get("other") is None
    assert await records.mirrors.find(ChannelKey("elsewhere"), "forge") is None
    assert await records.mirrors.find(ChannelKey("main"), "other") is None
    assert await records.mirrors.delete("other") is None
    assert not await records.mirrors.replace(a_mirror("other"), policy_was=None)
    assert await records.mirrors.get("id-of-other") is None


async def test_a_name_is_taken_on_the_whole_server(records: Records) -> None:
    """The wire names mirrors without their channel."""
    await records.mirrors.add(a_mirror("forge", channel="main"))

    assert not await records.mirrors.add(a_mirror("forge", channel="stage", id="other"))
    assert await records.mirrors.get("other") is None


async def test_of_many_adds_of_one_name_one_wins(records: Records) -> None:
    """Two administrators may create the same mirror at the same time."""
    added = await asyncio.gather(*(records.mirrors.add(a_mirror("forge", id=f"id-{it}")) for it in range(10)))

    assert sum(added) == 1


async def test_mirrors_are_listed_by_position_or_by_name(records: Records) -> None:
    """In a channel the order decides who wins; over all channels names are easiest to find."""
    await records.mirrors.add(a_mirror("b", position=1))
    await records.mirrors.add(a_mirror("c", position=0))
    await records.mirrors.add(a_mirror("d", position=1))
    await records.mirrors.add(a_mirror("a", channel="main/stage"))

    assert [it.name for it in await records.mirrors.list(channel=ChannelKey("main"))] == ["c", "b", "d"]
    assert [it.name for it in await records.mirrors.list()] == ["a", "b", "c", "d"]


async def test_an_edited_mirror_replaces_the_old_one(records: Records) -> None:
    """Fields that became empty do not linger."""
    await records.mirrors.add(a_mirror("forge", proxy="http://proxy.example", filters=Filters(subdirs=("noarch",))))
    edited = msgspec.structs.replace(a_mirror("forge"), name="renamed", updated_at=minutes_on(2))

    assert await records.mirrors.replace(edited, policy_was=None)

    assert await records.mirrors.get(edited.id) == edited
    assert await records.mirrors.find(ChannelKey("main"), "forge") is None


async def test_a_mirror_cannot_take_the_name_of_another(records: Records) -> None:
    """A rename that clashes changes nothing."""
    await records.mirrors.add(a_mirror("forge"))
    await records.mirrors.add(a_mirror("other"))

    assert not await records.mirrors.replace(a_mirror("forge", id="id-of-other"), policy_was=None)

    assert await records.mirrors.get("id-of-other") == a_mirror("other")


async def test_a_deleted_mirror_leaves_its_name_free(records: Records) -> None:
    """The caller gets what it was, to tell others."""
    await records.mirrors.add(a_mirror("forge"))

    assert await records.mirrors.delete("id-of-forge") == a_mirror("forge")
    assert await records.mirrors.get("id-of-forge") is None
    assert await records.mirrors.add(a_mirror("forge", id="another"))


async def test_a_mirror_gets_a_policy_and_loses_it(records: Records) -> None:
    """Each by whoever knows what it had."""
    await records.mirrors.add(a_mirror("forge"))

    assert await records.mirrors.set_policy("id-of-forge", "p", was=None, at=minutes_on(1))
    assert not await records.mirrors.set_policy("id-of-forge", "q", was=None, at=minutes_on(2))
    assert await records.mirrors.get("id-of-forge") == a_mirror("forge", policy_id="p", updated_at=minutes_on(1))

    assert await records.mirrors.set_policy("id-of-forge", None, was="p", at=minutes_on(3))
    assert await records.mirrors.get("id-of-forge") == a_mirror("forge", updated_at=minutes_on(3))
    assert not await records.mirrors.set_policy("id-of-other", "p", was=None, at=minutes_on(4))


async def test_a_mirrors_policy_is_known_by_its_token(records: Records) -> None:
    """The same policy, put there by somebody else meanwhile, is another one."""
    await records.mirrors.add(a_mirror("forge"))

    assert await records.mirrors.set_policy("id-of-forge", "p", token="1", was=None, at=minutes_on(1))
    assert not await records.mirrors.set_policy("id-of-forge", None, was="p", at=minutes_on(2))
    assert not await records.mirrors.replace(a_mirror("forge"), policy_was="p")
    assert await records.mirrors.set_policy("id-of-forge", "p", token="2", was="p", token_was="1", at=minutes_on(3))
    assert not await records.mirrors.set_policy("id-of-forge", None, was="p", token_was="1", at=minutes_on(4))

    stored = a_mirror("forge", policy_id="p", policy_token="2", updated_at=minutes_on(3))
    assert await records.mirrors.get("id-of-forge") == stored
    assert await records.mirrors.replace(a_mirror("forge"), policy_was="p", token_was="2")


async def test_an_edit_does_not_undo_a_policy(records: Records) -> None:
    """Whoever read the mirror before it got another policy changes nothing."""
    await records.mirrors.add(a_mirror("forge", policy_id="p"))

    assert not await records.mirrors.replace(a_mirror("forge", cron="0 1 * * *"), policy_was=None)
    assert await records.mirrors.get("id-of-forge") == a_mirror("forge", policy_id="p")

    edited = a_mirror("forge", cron="0 1 * * *", policy_id="q")
    assert await records.mirrors.replace(edited, policy_was="p")
    assert await records.mirrors.get("id-of-forge") == edited
