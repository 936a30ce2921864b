"""Verifying: every kind of loss is found, told, and repaired where that was asked for."""

from datetime import timedelta

import msgspec
import pytest

from libs.common.adapters.memory.flags import MemoryLeases
from libs.common.contracts.messages import ChannelVerified, ChannelVerify, GarbageSweep, GarbageSwept, MirrorRequested
from libs.common.domain.channel import ChannelKey, IndexingBehavior
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.garbage import GarbageReport
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.revision import Revision
from libs.common.domain.verification import Part, Problem, Verification
from services.indexer.garbage_ports import Keeping
from services.indexer.keep_house import Housekeeping
from services.indexer.verify_channels import verify_channels
from tests.support.packages import a_package
from tests.support.world import World
from tests.unit.indexer.swept_world import SweptWorld

ALPHA = a_package("alpha")
MAIN = ChannelKey("main")


async def mirrored(mode: MirrorMode = MirrorMode.ACTIVE) -> SweptWorld:
    """Return a world whose channel has one package."""
    world = SweptWorld([ALPHA])
    world.mirror = msgspec.structs.replace(world.mirror, mode=mode)
    await world.run()
    await world.publish()
    return world


async def verify(world: World, *, is_deep: bool = False, is_repair: bool = False) -> Verification:
    """Verify all channels."""
    return await verify_channels(
        "report",
        channel=None,
        is_deep=is_deep,
        is_repair=is_repair,
        ports=world.garbage_ports(),
        publish_ports=world.publish_ports(),
    )


async def revision_of(world: World) -> Revision:
    """Return the published revision."""
    channel = await world.records.channels.get(MAIN)
    assert channel is not None
    assert channel.published is not None
    revision = await world.records.revisions.get(channel.published.revision_id)
    assert revision is not None
    return revision


async def lose(world: World, part: Part) -> None:
    """Lose one thing of a kind."""
    revision = await revision_of(world)
    head = await world.records.catalogue_heads.get(world.mirror.id)
    assert head is not None
    blobs = {
        Part.CONTENTS: revision.contents,
        Part.INDEX_FILE: revision.files["noarch/repodata.json"].sha256,
        Part.CATALOGUE: head.catalogue,
        Part.MANIFEST: head.manifest,
        Part.ARTIFACT: Sha256(ALPHA.sha256),
    }
    if part in blobs:
        await world.blobs.remove(blobs[part])
    elif part is Part.REVISION:
        await world.records.revisions.delete([revision.id])
    else:
        store = world.records.shards if part is Part.SHARD else world.records.rendered_shards
        digests = [digest async for digest in store.digests()]
        await store.sweep(digests, older_than=world.clock.now() + timedelta(days=1))


@pytest.mark.parametrize("part", list(Part))
async def test_what_is_lost_is_found_and_comes_back(part: Part) -> None:
    """By publishing anew, or by the run that was requested."""
    world = await mirrored()
    await lose(world, part)

    found = await verify(world)
    assert part in {fault.part for fault in found.faults}
    assert {fault.problem for fault in found.faults} == {Problem.MISSING}

    repaired = await verify(world, is_repair=True)
    assert all(fault.remedy for fault in repaired.faults)
    if world.said(MirrorRequested):
        await world.run()
        await world.publish()
        await verify(world, is_repair=True)
    assert (await verify(world)).fault_count == 0


async def test_a_whole_channel_has_no_faults() -> None:
    """And everything that was looked at is counted."""
    found = await verify(await mirrored(), is_deep=True)

    assert found.fault_count == 0
    assert set(found.checked) == set(Part)


@pytest.mark.parametrize("mode", list(MirrorMode))
async def test_a_damaged_file_is_found_by_reading_it(mode: MirrorMode) -> None:
    """Its size is right; a repair removes it, so that it is fetched again."""
    world = await mirrored(mode)
    world.blobs._blobs[Sha256(ALPHA.sha256)] = b"x" * len(ALPHA.data)

    assert (await verify(world)).fault_count == 0
    found = await verify(world, is_deep=True, is_repair=True)

    assert [(fault.part, fault.problem, fault.affects) for fault in found.faults] == [
        (Part.ARTIFACT, Problem.DAMAGED, ALPHA.path)
    ]
    is_active = mode is MirrorMode.ACTIVE
    assert len(world.said(MirrorRequested)) == is_active
    assert found.faults[0].remedy is not None
    assert ("a run of mirror" if is_active else "when a client next asks") in found.faults[0].remedy
    if is_active:
        await world.run()
    assert (await verify(world, is_deep=True)).fault_count == 0


@pytest.mark.parametrize("part", [Part.SHARD, Part.RENDERED_SHARD])
async def test_a_damaged_shard_is_found_by_reading_it(part: Part) -> None:
    """A repair removes it, and has it read or rendered anew."""
    world = await mirrored()
    store = world.records.shards if part is Part.SHARD else world.records.rendered_shards
    store._payloads |= dict.fromkeys(store._payloads, b"x")

    # What is read anyway is compared, too.
    assert (await verify(world)).fault_count == (1 if part is Part.SHARD else 0)
    found = await verify(world, is_deep=True, is_repair=True)

    assert {(fault.part, fault.problem, fault.affects) for fault in found.faults} == {
        (part, Problem.DAMAGED, "noarch/alpha")
    }
    assert all(fault.remedy for fault in found.faults)
    if world.said(MirrorRequested):
        await world.run()
        await world.publish()
    assert (await verify(world, is_deep=True)).fault_count == 0


async def test_a_damaged_index_file_is_written_anew() -> None:
    """A store that has a file of this name and size would not take it again."""
    world = await mirrored()
    file = (await revision_of(world)).files["noarch/repodata.json"]
    world.blobs._blobs[file.sha256] = b"x" * file.size_bytes

    found = await verify(world, is_repair=True)

    assert [(fault.problem, fault.affects) for fault in found.faults] == [(Problem.DAMAGED, "noarch/repodata.json")]
    assert "revision 2" in (found.faults[0].remedy or "")
    assert (await verify(world)).fault_count == 0


async def test_a_file_of_another_size_is_damaged() -> None:
    """No need to read it."""
    world = await mirrored()
    world.blobs._blobs[Sha256(ALPHA.sha256)] = b"short"

    assert [fault.problem for fault in (await verify(world)).faults] == [Problem.DAMAGED]


async def test_what_can_not_be_repaired_now_is_told() -> None:
    """A frozen channel keeps its revision, and a deleted mirror has no source."""
    world = await mirrored()
    await lose(world, Part.INDEX_FILE)
    await lose(world, Part.ARTIFACT)
    await world.records.channels.update(MAIN, {"indexing_behavior": IndexingBehavior.FROZEN})
    await world.records.mirrors.delete(world.mirror.id)

    remedies = {fault.part: fault.remedy for fault in (await verify(world, is_repair=True)).faults}

    assert "frozen" in (remedies[Part.INDEX_FILE] or "")
    assert "deleted" in (remedies[Part.ARTIFACT] or "")
    assert world.said(MirrorRequested) == []


def housekeeping(world: World, *, leases: MemoryLeases, holder: str = "one") -> Housekeeping:
    """Return the indexer's housekeeping in a world."""
    return Housekeeping(
        ports=world.garbage_ports(),
        publish_ports=world.publish_ports(),
        leases=leases,
        holder=holder,
        keeping=Keeping(),
    )


async def test_reports_are_kept_and_said_once() -> None:
    """The same message twice does the work once."""
    world = await mirrored()
    house = housekeeping(world, leases=MemoryLeases())
    for _ in range(2):
        await house.sweep(GarbageSweep(report_id="swept", grace_s=60))
        await house.verify(ChannelVerify(report_id="verified", channel="main"))

    swept, verified = await world.records.reports.get("swept"), await world.records.reports.get("verified")

    assert swept is not None
    assert msgspec.json.decode(swept[1], type=GarbageReport).refused is None
    assert verified is not None
    assert msgspec.json.decode(verified[1], type=Verification).fault_count == 0
    assert (len(world.said(GarbageSwept)), len(world.said(ChannelVerified))) == (1, 1)


async def test_one_process_works_at_a_time() -> None:
    """The other one is told to come again."""
    world = await mirrored()
    leases = MemoryLeases()
    await leases.take("housekeeping", "other")

    with pytest.raises(StoreUnavailable):
        await housekeeping(world, leases=leases).sweep(GarbageSweep(report_id="swept"))
    await leases.release("housekeeping", "other")
    await housekeeping(world, leases=leases).sweep(GarbageSweep(report_id="swept"))

    assert await world.records.reports.get("swept") is not None
    assert await leases.take("housekeeping", "other")


async def test_the_daily_sweep_is_done_once_a_day() -> None:
    """Whatever process looks, and however often."""
    world = await mirrored()
    leases = MemoryLeases()
    one, two = (housekeeping(world, leases=leases, holder=name) for name in ("one", "two"))

    assert await one.sweep_daily(every=timedelta(days=1))
    assert not await two.sweep_daily(every=timedelta(days=1))
    assert await two.sweep_daily(every=timedelta(0))
