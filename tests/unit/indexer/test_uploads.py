"""What people put into a channel, from the store to what clients see, and what keeps it there."""

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.domain.channel import ChannelKey, IndexingBehavior
from libs.common.domain.digest import Digest
from libs.common.domain.garbage import GarbageReport, Kind
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Action, Among, Where
from libs.common.domain.upload import uploads_mirror_id
from libs.common.domain.verification import Part, Problem, Verification
from libs.common.ports.blobs import put_bytes
from services.indexer.garbage_ports import Keeping
from services.indexer.reconcile_channels import Reconciler
from services.indexer.sweep_garbage import Sweep
from services.indexer.verify_channels import verify_channels
from tests.support.packages import Package, a_package
from tests.support.records import a_rule
from tests.support.upload_records import an_attachment
from tests.support.uploading_world import CONDA, MAIN, UploadingWorld
from tests.unit.indexer.swept_world import LateClock

ALPHA = a_package("alpha")
OTHER_ALPHA = a_package("alpha", padding_bytes=10)
ALPHA_2 = a_package("alpha", "2.0", license_name="GPL-3.0-only")
BETA = a_package("beta", subdir="linux-64")
NO_GPL = a_rule("no-gpl", action=Action.EXCLUDE, where=Where(license=Among(in_=("GPL",))))


def of(*packages: Package) -> dict[str, str]:
    """Return paths and digests."""
    return {package.path: package.sha256 for package in packages}


async def sweep(world: UploadingWorld) -> GarbageReport:
    """Sweep as if a week had gone by since anything was stored."""
    ports = msgspec.structs.replace(world.garbage_ports(), clock=LateClock(world.clock.now()))
    return await Sweep("report", keeping=Keeping(), is_dry_run=False, ports=ports).sweep()


async def verify(world: UploadingWorld, *, is_repair: bool = False) -> Verification:
    """Verify all channels."""
    return await verify_channels(
        "report",
        channel=None,
        is_deep=False,
        is_repair=is_repair,
        ports=world.garbage_ports(),
        publish_ports=world.publish_ports(),
    )


async def is_stored(world: UploadingWorld, package: Package) -> bool:
    """Tell whether a package's file is stored."""
    return await world.blobs.find(Digest("sha256", package.sha256)) is not None


async def test_uploads_are_published_and_win_over_mirrors() -> None:
    """Of two files of one name clients see that which people put in; the conflict is told as any other."""
    world = UploadingWorld([OTHER_ALPHA, BETA], mode=MirrorMode.PASSIVE)
    await world.mirrored()
    await world.upload(ALPHA)
    await world.fill()

    assert await world.publish() == 1

    assert await world.shown() == of(ALPHA, BETA)
    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None
    assert channel.published is not None
    assert channel.published.runs == {uploads_mirror_id(MAIN, CONDA): 0, world.mirror.id: 1}
    revision = await world.records.revisions.get(channel.published.revision_id)
    assert revision is not None
    assert revision.conflicts == (ALPHA.path,)


async def test_uploads_into_a_frozen_channel_wait() -> None:
    """They are stored and decided on, and seen when the channel is thawed."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    await world.records.channels.update(ChannelKey("main"), {"indexing_behavior": IndexingBehavior.FROZEN})
    await world.fill()

    assert await world.publish() == 0
    await world.records.channels.update(ChannelKey("main"), {"indexing_behavior": IndexingBehavior.DEFAULT})
    assert await world.publish() == 1

    assert await world.shown() == of(ALPHA)


async def test_what_was_filled_and_not_said_is_published_by_the_next_look() -> None:
    """Heads are compared with the revision."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    await world.fill()

    assert await Reconciler(world.publish_ports()).reconcile() == 1

    assert await world.shown() == of(ALPHA)


async def test_uploads_and_attachments_are_never_garbage() -> None:
    """Whether rules list them or not, and also before anybody decided on them."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    await world.upload(ALPHA_2)
    await world.put_policy(NO_GPL)
    await world.fill()
    await world.publish()
    await world.upload(BETA)
    notebook = an_attachment("notebook", "a.ipynb", content=b"{}")
    await world.records.attachments.put(notebook)
    await put_bytes(world.blobs, b"{}")

    await sweep(world)

    assert [await is_stored(world, it) for it in (ALPHA, ALPHA_2, BETA)] == [True] * 3
    assert await world.blobs.find(Digest("sha256", notebook.sha256)) is not None
    await world.assign(None)
    await world.fill()
    await world.look_at_rules()
    assert await world.filled() == of(ALPHA, ALPHA_2, BETA)


async def test_what_was_deleted_goes_with_the_revision_that_listed_it() -> None:
    """Its file and its records."""
    world = UploadingWorld()
    gone = await world.upload(ALPHA)
    await world.upload(BETA)
    await world.fill()
    await world.publish()
    await world.take_out(ALPHA)
    await world.fill()
    await world.publish()

    await sweep(world)
    assert await is_stored(world, ALPHA)
    for _ in range(11):
        await world.upload(ALPHA_2)
        await world.fill()
        await world.publish()
        await world.take_out(ALPHA_2)
        await world.fill()
        await world.publish()
    await sweep(world)

    assert not await is_stored(world, ALPHA)
    assert not await world.records.shards.known([gone.shard])
    assert await world.shown() == of(BETA)
    assert (await verify(world)).faults == ()


async def test_what_was_put_into_a_channel_that_was_just_deleted_goes() -> None:
    """Nobody tells of it again; so do its heads."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    await world.fill()
    await world.remove("beta")
    await world.records.attachments.put(an_attachment("notebook", "a.ipynb"))
    await world.records.channels.delete(ChannelKey("main"))

    report = await sweep(world)

    assert report.found[Kind.CATALOGUES].count == 1
    assert await world.records.uploads.all() == []
    assert await world.records.removals.all() == []
    assert await world.records.attachments.all() == []
    await sweep(world)
    assert not await is_stored(world, ALPHA)


async def test_a_lost_file_is_told_left_out_and_comes_back_with_its_upload() -> None:
    """Nobody can fetch it; clients must not be offered what is not there."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    await world.upload(BETA)
    await world.fill()
    await world.publish()
    await world.lose(ALPHA)

    found = await verify(world, is_repair=True)
    (fault,) = found.faults
    assert (fault.part, fault.problem, fault.affects) == (Part.ARTIFACT, Problem.MISSING, ALPHA.path)
    assert "uploaded again" in (fault.remedy or "")
    await world.fill()
    await world.publish()
    assert await world.shown() == of(BETA)
    await world.upload(ALPHA)
    await world.fill()
    await world.publish()

    assert await world.shown() == of(ALPHA, BETA)
    assert (await verify(world)).faults == ()


async def test_a_lost_file_that_no_rule_lets_in_is_told_too() -> None:
    """The rule may go."""
    world = UploadingWorld()
    await world.upload(ALPHA_2)
    await world.put_policy(NO_GPL)
    await world.fill()
    await world.publish()
    await world.lose(ALPHA_2)

    (fault,) = (await verify(world)).faults

    assert (fault.part, fault.affects) == (Part.ARTIFACT, ALPHA_2.path)


async def test_what_was_read_of_an_upload_is_looked_for() -> None:
    """What all files of its name are put together from."""
    world = UploadingWorld()
    lost = await world.upload(ALPHA)
    await world.upload(ALPHA_2)
    await world.fill()
    await world.publish()
    await world.records.shards.sweep([lost.shard], older_than=world.clock.now() + timedelta(days=1))

    (fault,) = (await verify(world)).faults

    assert (fault.part, fault.affects) == (Part.SHARD, ALPHA.path)


_PACKAGES = (ALPHA, OTHER_ALPHA, ALPHA_2, BETA)
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(("upload", "take_out", "remove", "restore", "policy", "no_policy", "fill", "rules", "publish")),
        st.sampled_from(_PACKAGES),
    ),
    max_size=14,
)


async def _take_step(world: UploadingWorld, word: str, package: Package) -> None:
    if word == "upload":
        await world.upload(package, replace=True)
    elif word == "take_out":
        await world.take_out(package)
    elif word == "remove":
        await world.remove(package.name, package)
    elif word == "restore":
        for removal in await world.records.removals.list(MAIN):
            await world.records.removals.delete(removal.id)
    elif word == "policy":
        await world.put_policy(NO_GPL)
    elif word == "no_policy":
        await world.assign(None)
    elif word == "fill":
        await world.fill()
    elif word == "rules":
        await world.look_at_rules()
    else:
        await world.publish()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=_STEPS)
async def test_any_sequence_ends_in_what_a_fresh_computation_gives(steps: list[tuple[str, Package]]) -> None:
    """Whatever was decided and published in between."""
    mirrored = (OTHER_ALPHA, ALPHA_2, BETA)
    world = UploadingWorld(mirrored, mode=MirrorMode.PASSIVE)
    await world.mirrored()
    for word, package in steps:
        await _take_step(world, word, package)
    await world.fill()
    await world.look_at_rules()
    await world.publish()

    uploads: dict[str, Any] = {it.ckey: it.sha256 for it in await world.records.uploads.list(MAIN)}
    removed = {removal.ckey for removal in await world.records.removals.list(MAIN)}
    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None
    expected = {path: sha256 for path, sha256 in of(*mirrored).items() if path not in removed} | uploads
    if channel.policy_id is not None:
        expected.pop(ALPHA_2.path, None)
    assert await world.shown() == expected
