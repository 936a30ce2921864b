"""What people put into a channel becomes content, under the channel's rules."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from libs.common.contracts.policy_messages import CatalogueDecided
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.channel import ChannelKey
from libs.common.domain.manifest import decode_manifest
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Action, AgeIs, Among, Operator, Where
from libs.common.domain.upload import uploads_mirror_id
from libs.common.ports.blobs import read_all
from services.scheduler.fill_uploads import FillPorts, UploadsWatch
from services.scheduler.forget_channel import forget_channel
from tests.support.packages import Package, a_package
from tests.support.records import a_rule
from tests.support.upload_records import an_attachment
from tests.support.uploading_world import CONDA, MAIN, UploadingWorld

ALPHA = a_package("alpha")
ALPHA_2 = a_package("alpha", "2.0")
BETA = a_package("beta", subdir="linux-64", license_name="GPL-3.0-only")
NO_GPL = a_rule("no-gpl", action=Action.EXCLUDE, where=Where(license=Among(in_=("GPL",))))


class Calendar:
    """A clock that stands still until it is moved on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time."""
        return self.at


def of(*packages: Package) -> dict[str, str]:
    """Return paths and digests."""
    return {package.path: package.sha256 for package in packages}


def decided(world: UploadingWorld) -> list[tuple[str, str, int, int, int]]:
    """Return what was said of uploads: mirror, cause, files, added, removed."""
    return [
        (it.mirror, it.cause, it.files, it.added, it.removed)
        for it in world.said(CatalogueDecided)
        if isinstance(it, CatalogueDecided) and it.mirror_id == uploads_mirror_id(MAIN, CONDA)
    ]


async def test_what_is_uploaded_is_in_the_catalogue_and_that_is_said() -> None:
    """File by file; where nothing changed nothing is said."""
    world = UploadingWorld()
    await world.upload(ALPHA)

    await world.fill()
    await world.fill()

    assert await world.filled() == of(ALPHA)
    assert decided(world) == [("uploads", "uploads", 1, 1, 0)]
    await world.upload(ALPHA_2)
    await world.upload(BETA)
    await world.fill()
    assert await world.filled() == of(ALPHA, ALPHA_2, BETA)
    assert decided(world)[1:] == [("uploads", "uploads", 3, 2, 0)]
    head = await world.uploads_head()
    assert head is not None
    assert head.unsaid is None


async def test_what_is_deleted_leaves_and_the_last_one_leaves_an_empty_catalogue() -> None:
    """A channel that had uploads is published without them."""
    world = UploadingWorld()
    for package in (ALPHA, ALPHA_2):
        await world.upload(package)
    await world.fill()

    await world.take_out(ALPHA)
    await world.fill()
    assert await world.filled() == of(ALPHA_2)
    await world.take_out(ALPHA_2)
    await world.fill()

    assert await world.filled() == {}
    assert [told[2:] for told in decided(world)] == [(2, 2, 0), (1, 0, 1), (0, 0, 1)]


async def test_other_bytes_take_the_place_of_the_first() -> None:
    """Where somebody means it."""
    world = UploadingWorld()
    other = a_package("alpha", padding_bytes=10)
    await world.upload(ALPHA)
    await world.fill()

    await world.upload(other, replace=True)
    await world.fill()

    assert await world.filled() == of(other)


async def test_the_channels_policy_decides_and_decides_again() -> None:
    """As of any mirror's files; of uploads nothing is ever fetched."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    await world.upload(BETA)
    await world.put_policy(NO_GPL)
    await world.fill()
    assert await world.filled() == of(ALPHA)
    head = await world.uploads_head()
    assert head is not None
    assert head.counts is not None
    assert head.counts.excluded == {"channel_filtered.license": 1}

    await world.assign(None)
    await world.look_at_rules()
    assert await world.filled() == of(ALPHA, BETA)
    await world.put_policy(NO_GPL)
    await world.look_at_rules()

    assert await world.filled() == of(ALPHA)
    assert [told[1] for told in decided(world)] == [
        "uploads",
        "no policy any more",
        "policy production, revision 2",
    ]
    head = await world.uploads_head()
    assert head is not None
    assert not head.wants_run


async def test_the_day_of_an_upload_is_its_first_day() -> None:
    """A quarantine by age counts from it, for each file of a name."""
    world = UploadingWorld()
    clock = world.clock = Calendar()
    old_enough = AgeIs(op=Operator.AT_LEAST, days=14, by="first_seen")
    await world.upload(ALPHA)
    await world.put_policy(a_rule("aged", action=Action.REQUIRE, where=Where(age=old_enough)))
    await world.fill()
    clock.at += timedelta(days=7)
    await world.upload(ALPHA_2)
    await world.fill()
    assert await world.filled() == {}

    clock.at += timedelta(days=7)
    await world.look_at_rules()

    assert await world.filled() == of(ALPHA)


async def test_names_that_did_not_change_are_not_read_again() -> None:
    """A channel may have tens of thousands of uploads."""
    world = UploadingWorld()
    for package in (ALPHA, ALPHA_2, BETA):
        await world.upload(package)
    await world.fill()
    gamma = a_package("gamma")
    added = await world.upload(gamma)
    asked: list[bytes] = []
    get = world.records.shards.get

    async def noting(digests: Any) -> Any:
        asked.extend(digests)
        return await get(digests)

    world.records.shards.get = noting  # type: ignore[method-assign]
    await world.fill()

    assert set(asked) == {added.shard}
    assert await world.filled() == of(ALPHA, ALPHA_2, BETA, gamma)


async def test_two_schedulers_that_fill_at_once_come_to_one_head() -> None:
    """The first head, too, is stored once."""
    world = UploadingWorld()
    await world.upload(ALPHA)

    await asyncio.gather(*(world.fill() for _ in range(4)))

    assert await world.filled() == of(ALPHA)
    assert len(decided(world)) == 1


async def test_a_lost_file_is_left_out_and_back_when_it_is_uploaded_again() -> None:
    """There is no source to fetch it from; the others stay."""
    world = UploadingWorld()
    for package in (ALPHA, ALPHA_2):
        await world.upload(package)
    await world.fill()
    await world.lose(ALPHA)
    head = await world.uploads_head()
    assert head is not None
    await world.blobs.remove(head.manifest)

    await world.fill()
    assert await world.filled() == of(ALPHA_2)
    said = len(decided(world))
    await world.fill()
    assert len(decided(world)) == said
    await world.upload(ALPHA)
    await world.fill()

    assert await world.filled() == of(ALPHA, ALPHA_2)


async def test_a_file_whose_record_is_lost_is_left_out() -> None:
    """Until it is uploaded again."""
    world = UploadingWorld()
    lost = await world.upload(ALPHA)
    await world.upload(ALPHA_2)
    await world.records.shards.sweep([lost.shard], older_than=world.clock.now() + timedelta(days=1))

    await world.fill()
    assert await world.filled() == of(ALPHA_2)
    await world.upload(ALPHA)
    await world.fill()

    assert await world.filled() == of(ALPHA, ALPHA_2)


async def test_uploads_of_a_channel_that_is_gone_are_not_filled() -> None:
    """Its uploads go with the message of its end."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    await world.records.channels.delete(ChannelKey("main"))

    await world.fill()

    assert await world.uploads_head() is None


async def test_a_channel_that_is_heard_of_is_looked_at_alone() -> None:
    """What others have waits for the next look at all."""
    world = UploadingWorld()
    await world.upload(ALPHA)

    await world.uploads_watch().look(frozenset({"id-of-other"}))
    assert await world.filled() == {}
    await world.uploads_watch().look(frozenset({MAIN}))

    assert await world.filled() == of(ALPHA)


async def test_a_channel_that_cannot_be_filled_leaves_others_as_they_should_be() -> None:
    """Its policy is gone, say: nothing is let in by mistake."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    await world.assign("gone")

    await world.fill()
    assert await world.uploads_head() is None
    await world.assign(None)
    await world.fill()

    assert await world.filled() == of(ALPHA)


class Deadly:
    """A port before one call of which its user is killed."""

    def __init__(self, port: Any, deaths: list[int]) -> None:
        self._port = port
        self._deaths = deaths

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            self._deaths[0] -= 1
            if self._deaths[0] < 0:
                raise asyncio.CancelledError
            return await method(*arguments, **options)

        return call


def mortal_watch(world: UploadingWorld, calls: int) -> tuple[UploadsWatch, list[int]]:
    """Return a watch that is killed after so many calls of its ports."""
    left = [calls]
    again = world.again_ports()
    deadly: Any = msgspec.structs.replace(again, heads=Deadly(again.heads, left), shards=Deadly(again.shards, left))
    ports: Any = FillPorts(uploads=Deadly(world.records.uploads, left), again=deadly, bus=Deadly(world.bus, left))
    return UploadsWatch(ports), left


async def test_a_scheduler_that_is_killed_between_any_two_calls_leaves_nothing_undone() -> None:
    """The next look at uploads and rules finds the rest, and says it at least once."""
    for calls in range(100):
        world = UploadingWorld()
        await world.upload(ALPHA)
        await world.fill()
        await world.upload(BETA)
        await world.take_out(ALPHA)
        watch, left = mortal_watch(world, calls)
        with suppress(asyncio.CancelledError):
            await watch.look()

        await world.fill()
        await world.look_at_rules()

        assert await world.filled() == of(BETA)
        head = await world.uploads_head()
        assert head is not None
        assert head.unsaid is None
        assert {it.catalogue for it in world.said(CatalogueDecided) if isinstance(it, CatalogueDecided)} >= {
            head.catalogue
        }
        if left[0] >= 0:
            break
    else:
        pytest.fail("it was never left to end")


async def test_a_manifest_of_uploads_counts_what_it_has() -> None:
    """Names are decided by their names alone where rules allow."""
    world = UploadingWorld()
    for package in (ALPHA, ALPHA_2):
        await world.upload(package)
    await world.fill()
    head = await world.uploads_head()
    assert isinstance(head, CatalogueHead)

    manifest = decode_manifest(await read_all(world.blobs, head.manifest))

    entry = manifest.parts["noarch"].entries["alpha"]
    assert (entry.files, entry.size_bytes) == (2, len(ALPHA.data) + len(ALPHA_2.data))


async def test_what_is_removed_by_hand_leaves_what_mirrors_bring_and_not_what_was_uploaded() -> None:
    """The same file of both stays by the upload; taken back, it is there again."""
    world = UploadingWorld([ALPHA, ALPHA_2], mode=MirrorMode.PASSIVE)
    await world.mirrored()
    await world.upload(ALPHA)
    await world.fill()
    removals = [await world.remove("alpha", ALPHA), await world.remove("alpha", ALPHA_2)]

    await world.look_at_rules()
    assert await world.filled() == of(ALPHA)
    assert await world.listed() == {}
    told = world.said(CatalogueDecided)[-1]
    assert isinstance(told, CatalogueDecided)
    assert (told.cause, told.removed) == ("removals by hand", 2)
    head = await world.head()
    assert head.counts is not None
    assert head.counts.excluded == {"channel_filtered.removed": 2}
    await world.records.removals.delete(removals[1].id)
    await world.look_at_rules()

    assert await world.listed() == of(ALPHA_2)


async def test_a_whole_package_is_removed_by_its_name() -> None:
    """Also versions that come later."""
    world = UploadingWorld([ALPHA], mode=MirrorMode.PASSIVE)
    await world.mirrored()
    await world.remove("alpha")
    await world.look_at_rules()
    assert await world.listed() == {}

    world.offer([ALPHA, ALPHA_2, a_package("gamma")])
    await world.run()

    assert await world.listed() == of(a_package("gamma"))


async def test_a_removal_has_no_other_name_read_again() -> None:
    """Of a large mirror only the package that it is about; restoring it likewise."""
    world = UploadingWorld([ALPHA, ALPHA_2, BETA], mode=MirrorMode.PASSIVE)
    world.offer([ALPHA, ALPHA_2, BETA], subdirs=("noarch", "linux-64"))
    await world.mirrored()
    await world.put_policy(a_rule("free", action=Action.REQUIRE, where=Where(license=Among(in_=("MIT", "GPL")))))
    await world.look_at_rules()
    before = {name: entry.shard for name, entry in (await world.catalogue()).parts["linux-64"].entries.items()}
    read: set[bytes] = set()
    get = world.records.shards.get

    async def noting(digests: Any) -> Any:
        read.update(digests)
        return await get(digests)

    world.records.shards.get = noting  # type: ignore[method-assign]
    removal = await world.remove("alpha", ALPHA)
    await world.look_at_rules()
    world.records.shards.get = get  # type: ignore[method-assign]
    assert await world.listed() == of(ALPHA_2, BETA)
    await world.records.removals.delete(removal.id)
    await world.look_at_rules()

    assert before["beta"] not in read
    assert await world.listed() == of(ALPHA, ALPHA_2, BETA)


async def test_a_watch_hears_of_channels_and_looks_at_all_at_its_start() -> None:
    """What was put in while no scheduler was there is found without a word."""
    world = UploadingWorld()
    await world.upload(ALPHA)
    watch = world.uploads_watch()

    watching = asyncio.create_task(watch.watch_uploads())
    await world.until_said(CatalogueDecided, 1)
    assert await world.filled() == of(ALPHA)
    await world.upload(BETA)
    watch.look_at(MAIN)
    await world.until_said(CatalogueDecided, 2)

    assert await world.filled() == of(ALPHA, BETA)
    watching.cancel()


async def test_a_deleted_channel_leaves_nothing_that_people_put_in() -> None:
    """Told twice it is the same; another channel of that name begins empty."""
    world = UploadingWorld([BETA], mode=MirrorMode.PASSIVE)
    await world.mirrored()
    await world.upload(ALPHA)
    await world.fill()
    await world.remove("beta")
    await world.records.attachments.put(an_attachment("notebook", "a.ipynb"))
    records = world.records

    for _ in range(2):
        await forget_channel(
            MAIN,
            uploads=records.uploads,
            removals=records.removals,
            attachments=records.attachments,
            heads=records.catalogue_heads,
            pages=records.read_pages,
        )

    assert await records.uploads.all() == []
    assert await records.removals.all() == []
    assert await records.attachments.all() == []
    assert await records.catalogue_heads.all() == []
