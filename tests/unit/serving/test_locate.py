"""What a path of a channel stands for, and what no path reaches."""

import pytest

from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.errors import NotFound, StoreUnavailable
from services.api.serving.locate import Asked
from services.api.serving.located import EmptyIndex, Located, PackageFile, RenderedShard, StoredIndex
from tests.unit.serving.world import AnyRecords, World

_NAME = "noarch/a-1-0.conda"
_SHARD = b"rendered shard of a"


class _Channel:
    """A world's locator and one channel as it is now."""

    def __init__(self, key: str = "main", *, records: AnyRecords | None = None) -> None:
        self.world = World(records=records)
        self._key = ChannelKey(key)

    async def locate(self, path: str) -> Located:
        """Locate a path."""
        return await self.world.serving.locator.locate(await self.now(), Asked(path=path))

    async def is_there(self, path: str) -> bool:
        """Tell whether a path is found."""
        try:
            await self.locate(path)
        except NotFound:
            return False
        return True

    async def now(self) -> Channel:
        """Return the channel's document."""
        channel = await self.world.records.channels.get(self._key)
        assert channel is not None
        return channel


def _shard_path(data: bytes = _SHARD, partition: str = "noarch") -> str:
    return f"{partition}/shards/{sha256_of(data)}.zst"


async def test_an_index_file_is_the_current_revisions() -> None:
    """The pointer decides, also right after it moved."""
    main = _Channel()
    await main.world.publish({}, index={"noarch/repodata.json": b"one"})
    first = await main.locate("noarch/repodata.json")
    await main.world.publish({}, index={"noarch/repodata.json": b"two"})

    second = await main.locate("noarch/repodata.json")

    assert isinstance(first, StoredIndex)
    assert isinstance(second, StoredIndex)
    assert (first.file.sha256, second.file.sha256) == (sha256_of(b"one"), sha256_of(b"two"))


async def test_a_new_channel_has_empty_indexes() -> None:
    """Clients remember a missing index for days."""
    main = _Channel()
    await main.world.add_channel()

    assert isinstance(await main.locate("noarch/repodata.json"), EmptyIndex)
    assert isinstance(await main.locate("linux-64/repodata.json"), EmptyIndex)
    assert isinstance(await main.locate("notices.json"), EmptyIndex)
    assert await main.locate("notices.json") is await main.locate("notices.json")
    assert not await main.is_there("mars-64/repodata.json")
    assert not await main.is_there(_NAME)
    assert not await main.is_there(_shard_path())


async def test_a_partition_that_the_revision_lacks_has_an_empty_index() -> None:
    """It may fill later, and clients must find it then."""
    main = _Channel()
    await main.world.publish({}, index={"noarch/repodata.json": b"one"})

    assert isinstance(await main.locate("linux-64/repodata.json"), EmptyIndex)
    assert isinstance(await main.locate("notices.json"), EmptyIndex)


async def test_a_file_that_a_filled_partition_lacks_is_not_there() -> None:
    """An empty one beside a full index would be a lie."""
    main = _Channel()
    await main.world.publish({}, index={"noarch/repodata.json": b"one"})

    assert not await main.is_there("noarch/extra.json")


@pytest.mark.parametrize("path", ["", "strange", "noarch/deep/down/file", "noarch/b-1-0.conda", "noarch/a-2-0.conda"])
async def test_what_the_revision_does_not_name_is_not_there(path: str) -> None:
    """Unknown shapes, names and files alike."""
    main = _Channel()
    await main.world.publish({_NAME: b"package"})

    assert not await main.is_there(path)


async def test_a_shard_of_the_current_revision_is_there() -> None:
    """By the digest of its bytes."""
    main = _Channel()
    await main.world.publish({_NAME: b"package"}, shards={"noarch/a": _SHARD})

    shard = await main.locate(_shard_path())

    assert shard == RenderedShard(sha256=sha256_of(_SHARD), data=_SHARD)


@pytest.mark.parametrize("path", [_shard_path(b"other"), _shard_path(partition="linux-64"), "noarch/shards/xyz.zst"])
async def test_other_shards_are_not_there(path: str) -> None:
    """Unknown ones, those of another partition, and what is no digest."""
    main = _Channel()
    await main.world.publish({_NAME: b"package"}, shards={"noarch/a": _SHARD})

    assert not await main.is_there(path)


async def test_an_old_shard_stays_readable_for_a_week() -> None:
    """Clients hold the index that names it for a while."""
    main = _Channel()
    await main.world.publish({}, shards={"noarch/a": _SHARD})
    await main.world.publish({}, shards={"noarch/a": b"newer"})
    main.world.pass_time(days=7)
    at_last = await main.is_there(_shard_path())

    main.world.pass_time(seconds=1)

    assert at_last
    assert not await main.is_there(_shard_path())
    assert await main.is_there(_shard_path(b"newer"))


async def test_no_channel_shows_anothers_shards_and_packages() -> None:
    """They lie in the same stores, and their digests may be known."""
    main, other = _Channel(), _Channel("other")
    other.world = main.world
    await main.world.publish({_NAME: b"package"}, shards={"noarch/a": _SHARD})
    await main.world.publish({"noarch/b-1-0.conda": b"b"}, key="other")
    public = await main.world.records.channels.get(ChannelKey("other"))
    assert public is not None

    for path in (_NAME, _shard_path()):
        with pytest.raises(NotFound):
            await main.world.serving.locator.locate(public, Asked(path=path))


async def test_a_package_is_found_with_where_it_lies() -> None:
    """Its record, its mirror, and the address of its partition's files."""
    main = _Channel()
    await main.world.publish({_NAME: b"package", "noarch/a-2-0.conda": b"newer"})

    file = await main.locate(_NAME)

    assert isinstance(file, PackageFile)
    assert (file.artifact.ckey, file.mirror.mirror_id, file.files_url) == (_NAME, "id-of-forge", "noarch/")
    assert file.artifact.expected.digest.hex == sha256_of(b"package")


async def test_what_upstream_removed_goes_on_for_an_hour() -> None:
    """So that an install from an index of minutes ago does not break."""
    main = _Channel()
    await main.world.publish({_NAME: b"package"})
    await main.world.publish({})
    main.world.pass_time(hours=1)
    at_last = await main.is_there(_NAME)

    main.world.pass_time(seconds=1)

    assert at_last
    assert not await main.is_there(_NAME)


async def test_what_a_rule_excludes_is_gone_at_once() -> None:
    """A policy is no suggestion."""
    main = _Channel()
    await main.world.publish({_NAME: b"package"}, rules=Sha256("1" * 64))

    await main.world.publish({}, rules=Sha256("2" * 64))

    assert not await main.is_there(_NAME)


async def test_what_a_removed_mirror_brought_is_gone_at_once() -> None:
    """Nobody answers for it any more."""
    main = _Channel()
    await main.world.publish({_NAME: b"package"}, mirror="id-of-gone")

    await main.world.publish({}, mirror="id-of-forge")

    assert not await main.is_there(_NAME)


async def test_a_changed_package_is_the_current_one() -> None:
    """The older file of the same name is not looked for."""
    main = _Channel()
    await main.world.publish({_NAME: b"old"})
    await main.world.publish({_NAME: b"new"})

    file = await main.locate(_NAME)

    assert isinstance(file, PackageFile)
    assert file.artifact.expected.digest.hex == sha256_of(b"new")


async def test_lost_records_are_the_servers_fault() -> None:
    """Not the client's: 404 would be remembered, 503 is tried again."""
    main = _Channel()
    revision = await main.world.publish({_NAME: b"package"})
    await main.world.blobs.remove(revision.contents)
    with pytest.raises(StoreUnavailable, match="contents"):
        await main.locate(_NAME)

    await main.world.records.revisions.delete([revision.id])
    bare = _Channel(records=main.world.records)

    with pytest.raises(StoreUnavailable, match="published revision"):
        await bare.locate(_NAME)
