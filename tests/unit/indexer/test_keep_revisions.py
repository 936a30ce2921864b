"""What a sweep keeps for those who roll back, also while they do."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import ChannelKey, IndexingBehavior
from libs.common.domain.digest import Digest
from libs.common.domain.errors import NotKept
from libs.common.domain.garbage import Kind
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import Revision
from libs.common.ports.blobs import BlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.records import Channels, Revisions
from libs.common.runtime.clock import RandomIds, SystemClock
from services.api.revisions.comparisons import RevisionComparisons
from services.api.revisions.roll_back import roll_back
from services.indexer.garbage_ports import Keeping
from services.indexer.settings import IndexerSettings
from services.indexer.sweep_garbage import Sweep
from tests.support.packages import Package, a_package
from tests.support.records import a_mirror, a_rule
from tests.support.stocked import stock
from tests.unit.indexer.swept_world import SweptWorld

ALPHA = a_package("alpha")
BETA = a_package("beta")
MAIN = ChannelKey("main")


class Rolling(msgspec.Struct, frozen=True, kw_only=True):
    """What rolling back asks for; implements `roll_back.RollBackPorts`."""

    channels: Channels
    revisions: Revisions
    comparisons: RevisionComparisons
    blobs: BlobStore
    bus: Bus
    clock: Clock
    ids: Ids


def rolling(world: SweptWorld) -> Rolling:
    """Return what an api rolls back with."""
    return Rolling(
        channels=world.records.channels,
        revisions=world.records.revisions,
        comparisons=RevisionComparisons(shards=world.records.shards, blobs=world.blobs),
        blobs=world.blobs,
        bus=world.bus,
        clock=SystemClock(),
        ids=RandomIds(),
    )


async def publish_each(world: SweptWorld, *packages: Package) -> None:
    """Publish a revision for each package, which has that one alone."""
    for package in packages:
        world.offer([package])
        await world.run()
        await world.publish()


async def is_stored(world: SweptWorld, package: Package) -> bool:
    """Tell whether a package's file is there."""
    return await world.blobs.find(Digest("sha256", package.sha256)) is not None


async def current(world: SweptWorld) -> int:
    """Return the number of the revision that clients read."""
    channel = await world.records.channels.get(MAIN)
    assert channel is not None
    assert channel.published is not None
    return channel.published.number


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(min_value=0))
def test_a_roll_back_beside_sweeps_is_whole_or_refused(seed: int) -> None:
    """What only the old revision named is about to go, and comes back, or has gone."""

    async def go_back() -> None:
        world = SweptWorld(dice=random.Random(seed))  # noqa: S311 - a game
        await publish_each(world, ALPHA, BETA)
        try:
            work = roll_back(MAIN, 1, by=Caller(name="ann"), ports=rolling(world))
            await world.swept_meanwhile(work, old_since=datetime.now(UTC))
        except NotKept:
            assert await current(world) == 2
        else:
            assert await current(world) == 3
            assert await is_stored(world, ALPHA)
            await world.sweep()
            assert await is_stored(world, ALPHA)
        assert await world.faults() == []

    asyncio.run(go_back())


async def test_a_revision_that_is_swept_at_the_last_moment_is_not_shown() -> None:
    """It was there when it was looked at; nothing is left of the attempt."""
    world = SweptWorld()
    await publish_each(world, ALPHA, BETA)
    stored = world.records.revisions.add

    async def add(revision: Revision) -> None:
        await world.sweep()
        await stored(revision)

    world.records.revisions.add = add  # type: ignore[method-assign] # a sweep goes by at this line
    with pytest.raises(NotKept, match="revision 1 of channel main is no longer kept"):
        await roll_back(MAIN, 1, by=Caller(name="ann"), ports=rolling(world))

    assert [revision.number for revision in await world.records.revisions.list("id-of-main")] == [2]
    assert await current(world) == 2
    assert await world.faults() == []


async def test_what_was_rolled_back_to_stays_and_what_was_left_goes() -> None:
    """However old it is; the newest catalogue stays for the day when the channel is unfrozen."""
    world = SweptWorld()
    await publish_each(world, ALPHA, BETA, a_package("gamma"))
    await roll_back(MAIN, 1, by=Caller(name="ann"), ports=rolling(world))

    report = await world.sweep()

    assert report.found[Kind.REVISIONS].count == 3
    assert (await is_stored(world, ALPHA), await is_stored(world, BETA)) == (True, False)
    assert await world.faults() == []
    await world.records.channels.update(MAIN, {"indexing_behavior": IndexingBehavior.DEFAULT})
    assert await world.publish() == 5
    assert await world.faults() == []


async def test_a_sweep_of_some_blobs_leaves_what_can_be_rolled_back_to() -> None:
    """It removes no revision, so it must not remove what one names."""
    world = SweptWorld()
    await publish_each(world, ALPHA, BETA)
    ports = msgspec.structs.replace(world.garbage_ports(), clock=_Later())
    keeping = Keeping(grace=timedelta(0), revisions=1)

    report = await Sweep("some", keeping=keeping, is_dry_run=False, only=(ALPHA.sha256,), ports=ports).sweep()

    assert report.blobs == ()
    await roll_back(MAIN, 1, by=Caller(name="ann"), ports=rolling(world))
    assert await is_stored(world, ALPHA)


async def test_the_rules_of_what_nobody_read_stay_with_the_revision() -> None:
    """A client that asks for such a name gets what they leave of it, however long the channel is frozen."""
    world = SweptWorld()
    index = a_mirror("index", type=MirrorType.PYTHON_SIMPLE)
    rules = [a_rule(f"rule-{number}") for number in range(3)]
    await stock(world, index, {"simple": {"demo": UNREAD}}, rules[0])
    await world.publish()
    await world.records.channels.update(MAIN, {"indexing_behavior": IndexingBehavior.FROZEN})
    (shown,) = await world.records.revisions.list("id-of-main")
    for number, rule in enumerate(rules[1:], start=2):
        await stock(world, index, {"simple": {"demo": UNREAD}}, rule, number=number)

    await world.sweep()

    assert await world.blobs.find(Digest("sha256", shown.mirrors[0].rules)) is not None


def test_the_operator_says_how_long_revisions_are_kept() -> None:
    """For a week at least."""
    urls = {"nats_url": "nats://nats.example", "mongo_url": "mongodb://db.example", "blobs_url": "file:///blobs"}

    assert msgspec.convert(urls, IndexerSettings).revisions_kept_days == 7
    assert msgspec.convert({**urls, "revisions_kept_days": 30}, IndexerSettings).revisions_kept_days == 30
    with pytest.raises(msgspec.ValidationError, match="revisions_kept_days"):
        msgspec.convert({**urls, "revisions_kept_days": 1}, IndexerSettings)


class _Later(SystemClock):
    def now(self) -> datetime:
        """Return a time at which every revision that was replaced is too old to be kept."""
        return super().now() + timedelta(days=8)
