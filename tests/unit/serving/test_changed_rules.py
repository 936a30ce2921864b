"""What a change of rules dropped is not served from anywhere, however it is asked for."""

import pytest

from libs.common.domain.channel import IndexingBehavior
from libs.common.domain.errors import NotFound
from libs.common.domain.mirror import Filters
from libs.common.ecosystems.registry import ecosystem
from libs.common.runtime.clock import RandomIds
from services.api.access import Access
from services.api.serving.locate import Asked
from services.api.serving.located import Located, PackageFile, StoredIndex
from services.api.serving.serving import Serving
from tests.support.packages import Package, a_package
from tests.support.records import a_rule
from tests.support.world import World
from tests.unit.serving.fakes import FakeLeases
from tests.unit.serving.world import LIMITS

FREE = a_package("alpha", "1.0", license_name="MIT")
COPYLEFT = a_package("beta", "1.0", license_name="GPL-3.0-only")
INDEX = "noarch/repodata.json"


async def locate(world: World, path: str) -> Located:
    """Find what a path below the channel stands for, with nothing remembered."""
    serving = Serving(
        records=world.records,
        blobs=world.blobs,
        upstream=world.upstream,
        seal=world.seal,
        access=Access("an-administrators-token"),
        bus=world.bus,
        leases=FakeLeases(),
        clock=world.clock,
        ids=RandomIds(),
        ecosystems=(ecosystem(world.mirror.type),),
        limits=LIMITS,
    )
    channel = await world.records.channels.get(world.mirror.channel)
    assert channel is not None
    return await serving.locator.locate(channel, Asked(path=path))


async def a_world(*packages: Package) -> World:
    """Return a world whose channel is published."""
    world = World(packages or (FREE, COPYLEFT), filters=Filters(subdirs=("noarch",)))
    await world.run()
    await world.publish()
    return world


async def test_what_a_policy_drops_is_gone_with_the_revision_that_shows_it() -> None:
    """Older revisions list it, and were current a moment ago; they are of other rules."""
    world = await a_world()
    assert isinstance(await locate(world, COPYLEFT.path), PackageFile)
    before = await locate(world, INDEX)

    await world.put_policy(a_rule("no-gpl"))
    await world.look_at_rules()
    await world.publish()

    with pytest.raises(NotFound):
        await locate(world, COPYLEFT.path)
    assert isinstance(await locate(world, FREE.path), PackageFile)
    after = await locate(world, INDEX)
    assert isinstance(before, StoredIndex)
    assert isinstance(after, StoredIndex)
    assert after.file != before.file


async def test_what_upstream_removed_goes_on_installing_for_a_while_under_the_same_rules() -> None:
    """That is what older revisions are asked for."""
    world = await a_world()
    world.offer((FREE,))
    await world.run()
    await world.publish()
    assert isinstance(await locate(world, COPYLEFT.path), PackageFile)

    await world.put_policy(a_rule("no-gpl"))
    await world.look_at_rules()
    await world.publish()

    with pytest.raises(NotFound):
        await locate(world, COPYLEFT.path)


async def test_a_frozen_channel_shows_what_it_showed() -> None:
    """Its catalogue is decided anew, and published when it is thawed."""
    world = await a_world()
    await world.records.channels.update(world.mirror.channel, {"indexing_behavior": IndexingBehavior.FROZEN})
    await world.put_policy(a_rule("no-gpl"))
    await world.look_at_rules()
    assert await world.publish() == 1
    assert isinstance(await locate(world, COPYLEFT.path), PackageFile)

    await world.records.channels.update(world.mirror.channel, {"indexing_behavior": IndexingBehavior.DEFAULT})

    assert await world.publish() == 2
    with pytest.raises(NotFound):
        await locate(world, COPYLEFT.path)
