"""Publishing: catalogues in, a revision out, and nothing where nothing changed."""

import asyncio

import msgspec

from libs.common.contracts.messages import ChannelDeleted, ChannelPublished
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.channel import ChannelKey, IndexingBehavior
from libs.common.domain.mirror import Filters
from libs.common.domain.revision import Revision
from libs.common.ports.blobs import read_all
from libs.common.runtime.clock import RandomIds
from services.indexer.forget_channel import forget_channel
from services.indexer.publish_channel import publish_channel
from services.indexer.reconcile_channels import Reconciler
from tests.support.packages import a_package
from tests.support.world import World


class Drawn(RandomIds):
    """Ids that are counted: each revision that is made draws one."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        """Return an id."""
        self.count += 1
        return super().new()


async def current(world: World) -> Revision:
    """Return the published revision."""
    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None
    assert channel.published is not None
    revision = await world.records.revisions.get(channel.published.revision_id)
    assert revision is not None
    return revision


async def index_of(world: World, path: str = "noarch/repodata.json") -> dict[str, dict[str, object]]:
    """Return a published JSON index."""
    revision = await current(world)
    value: dict[str, dict[str, object]] = msgspec.json.decode(await read_all(world.blobs, revision.files[path].sha256))
    return value


async def test_a_finished_run_is_published_in_every_form() -> None:
    """All forms of one catalogue, and the channel's own files."""
    world = World([a_package("alpha"), a_package("beta", extension=".tar.bz2")])
    await world.run()

    assert await world.publish() == 1
    revision = await current(world)
    assert set(revision.files) == {
        "noarch/repodata.json",
        "noarch/repodata.json.zst",
        "noarch/repodata_shards.msgpack.zst",
        "channeldata.json",
        "notices.json",
    }
    assert revision.artifact_count == 2
    assert set((await index_of(world))["packages.conda"]) == {a_package("alpha").filename}


async def test_a_channel_is_published_once_where_several_ask_for_it_at_the_same_time() -> None:
    """The others find that nothing is left to do."""
    world = World([a_package("alpha")])
    await world.run()
    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None
    drawn = Drawn()
    ports = msgspec.structs.replace(world.publish_ports(), ids=drawn)
    done = await asyncio.gather(*(publish_channel(channel.key, channel.id, ports=ports) for _ in range(3)))

    assert [revision.number for revision in done if revision is not None] == [1]
    assert drawn.count == 1


async def test_a_subdir_without_packages_is_published_empty() -> None:
    """The source has it, so clients find it."""
    world = World([a_package("alpha", subdir="linux-64")])
    await world.run()
    await world.publish()

    assert (await index_of(world, "noarch/repodata.json"))["packages.conda"] == {}
    assert len((await index_of(world, "linux-64/repodata.json"))["packages.conda"]) == 1


async def test_many_names_are_published_in_chunks() -> None:
    """More names than are read at once."""
    packages = [a_package("one")]
    twins = [msgspec.structs.replace(packages[0], name=f"n{number}") for number in range(1100)]
    renamed = [
        msgspec.structs.replace(
            twin, filename=f"{twin.name}-1.0-h0_0.conda", record={**twin.record, "name": twin.name, "build": "h0_0"}
        )
        for twin in twins
    ]
    world = World(renamed)
    await world.run()
    await world.publish()

    assert len((await index_of(world))["packages.conda"]) == 1100


async def test_publishing_twice_makes_one_revision() -> None:
    """The message may come again."""
    world = World([a_package()])
    await world.run()

    assert [await world.publish(), await world.publish()] == [1, 1]
    assert len(world.said(ChannelPublished)) == 1


async def test_an_unchanged_run_makes_no_revision() -> None:
    """Clients' caches stay good."""
    world = World([a_package()])
    await world.run()
    await world.publish()
    await world.run()

    assert await world.publish() == 1


async def test_only_changed_names_are_rendered_again() -> None:
    """An unchanged name keeps its rendered shard."""
    packages = [a_package(f"pkg-{number}") for number in range(5)]
    world = World(packages, filters=Filters(subdirs=("noarch",)))
    await world.run()
    await world.publish()
    first = world.said(ChannelPublished)[-1]
    world.offer([*packages, a_package("pkg-0", "2.0")])
    await world.run()
    await world.publish()
    second = world.said(ChannelPublished)[-1]

    assert isinstance(first, ChannelPublished)
    assert isinstance(second, ChannelPublished)
    # Three index files, channeldata.json and notices.json first; one shard a name.
    assert first.files_written == 5 + 3 + 2
    assert second.files_written == 1 + 3 + 1


async def test_a_frozen_channel_holds_its_revision_until_it_is_unfrozen() -> None:
    """Runs go on; what they bring waits."""
    world = World([a_package("alpha")])
    await world.run()
    await world.publish()
    frozen: dict[str, object] = {"indexing_behavior": IndexingBehavior.FROZEN}
    await world.records.channels.update(ChannelKey("main"), frozen)
    world.offer([a_package("alpha"), a_package("beta")])
    await world.run()

    assert await world.publish() == 1
    await world.records.channels.update(ChannelKey("main"), {"indexing_behavior": IndexingBehavior.DEFAULT})
    assert await world.publish() == 2
    assert (await current(world)).artifact_count == 2


async def test_two_indexers_at_once_publish_one_revision() -> None:
    """The pointer moves once; the other looks again and finds nothing to do."""
    world = World([a_package()])
    await world.run()
    await asyncio.gather(*(world.publish() for _ in range(4)))

    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None
    assert channel.published is not None
    assert channel.published.number == 1
    assert len(await world.records.revisions.list(channel.id)) == 1


async def test_of_two_mirrors_the_first_wins_and_the_conflict_is_shown() -> None:
    """The same file name with other bytes comes from the mirror that stands first."""
    first = World([a_package("alpha", license_name="MIT"), a_package("only-first")])
    await first.run()
    second = World([a_package("alpha", license_name="BSD"), a_package("only-second")])
    second.records, second.blobs = first.records, first.blobs
    second.mirror = msgspec.structs.replace(second.mirror, id="id-of-second", name="second", position=1)
    await second.records.mirrors.add(second.mirror)
    second._runs = 1
    await second.run()
    await first.publish()
    records = (await index_of(first))["packages.conda"]
    names = {filename.split("-1.0")[0] for filename in records}
    alpha = records[a_package("alpha").filename]

    assert names == {"alpha", "only-first", "only-second"}
    assert isinstance(alpha, dict)
    assert alpha["license"] == "MIT"
    assert (await current(first)).conflicts == (a_package("alpha").path,)


async def test_a_dropped_catalogue_leaves_the_channel() -> None:
    """The last mirror's packages may go, too; what remains is an empty index."""
    world = World([a_package()])
    await world.run()
    await world.publish()
    await world.records.catalogue_heads.delete(world.mirror.id)

    assert await world.publish() == 2
    assert (await current(world)).artifact_count == 0


async def test_lost_contents_are_rendered_anew() -> None:
    """The blob store may lose the last revision's contents; the next one is whole."""
    world = World([a_package("alpha")])
    await world.run()
    await world.publish()
    await world.blobs.remove((await current(world)).contents)
    world.offer([a_package("alpha"), a_package("beta")])
    await world.run()

    assert await world.publish() == 2
    assert len((await index_of(world))["packages.conda"]) == 2


async def test_catalogues_of_another_channel_of_the_same_name_are_left_out() -> None:
    """A channel that is made again begins empty."""
    world = World([a_package()])
    await world.run()
    head = await world.records.catalogue_heads.get(world.mirror.id)
    assert head is not None
    await world.records.catalogue_heads.delete(world.mirror.id)
    await world.records.catalogue_heads.move(
        CatalogueHead(
            mirror_id="of-the-old-one",
            channel_id="another",
            catalogue=head.catalogue,
            manifest=head.manifest,
            run_id="r",
            run_number=1,
        )
    )

    assert await world.publish() == 0


async def test_a_deleted_channel_leaves_no_revision() -> None:
    """Asked for a second time it is a no-op."""
    world = World([a_package()])
    await world.run()
    await world.publish()
    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None

    for _ in range(2):
        await forget_channel(ChannelDeleted(channel="main", channel_id=channel.id), revisions=world.records.revisions)

    assert await world.records.revisions.list(channel.id) == []


async def test_what_no_message_told_is_found_by_looking() -> None:
    """A scheduler may die between saving a catalogue and saying so."""
    world = World([a_package()])
    await world.run()
    reconciler = Reconciler(world.publish_ports())

    assert [await reconciler.reconcile(), await reconciler.reconcile()] == [1, 0]
    assert (await current(world)).number == 1


async def test_looking_leaves_frozen_channels_alone() -> None:
    """Until they are unfrozen, also when nobody says so."""
    world = World([a_package()])
    await world.run()
    reconciler = Reconciler(world.publish_ports())
    await world.records.channels.update(ChannelKey("main"), {"indexing_behavior": IndexingBehavior.FROZEN})
    assert await reconciler.reconcile() == 0

    await world.records.channels.update(ChannelKey("main"), {"indexing_behavior": IndexingBehavior.DEFAULT})
    assert await reconciler.reconcile() == 1
