"""A run, from its source to its catalogue."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from libs.common.adapters.memory.catalogue_heads import MemoryCatalogueHeads
from libs.common.contracts.messages import ArtifactFetch, MirrorFinished, MirrorProgress
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.errors import UpstreamUnavailable, UpstreamUnreachable
from libs.common.domain.mirror import Filters, MirrorMode
from libs.common.domain.run import RunState, Step
from tests.support.conda_index import Form
from tests.support.packages import Digests, Package, a_package
from tests.support.world import ROOT, World

NOARCH = Filters(subdirs=("noarch",))


def some_packages() -> tuple[Package, ...]:
    """Return three files of two names."""
    return (a_package("alpha", "1.0"), a_package("alpha", "2.0"), a_package("beta", "1.0", extension=".tar.bz2"))


async def test_a_passive_run_lists_every_file_and_fetches_none() -> None:
    """Metadata only; the files come when clients ask."""
    world = World(some_packages(), mode=MirrorMode.PASSIVE)
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert run.counts.passive == 3
    assert await world.files() == 3
    assert not world.said(ArtifactFetch)


async def test_an_active_run_stores_every_file_it_lists() -> None:
    """The catalogue is what is stored."""
    world = World(some_packages(), mode=MirrorMode.ACTIVE)
    run = await world.run()

    assert run.counts.active == run.counts.active_planned == 3
    assert run.counts.bytes_transferred == sum(len(package.data) for package in some_packages())
    assert await world.files() == 3


@pytest.mark.parametrize("form", [Form.SHARDS, Form.ZST, Form.JSON, Form.BZ2])
async def test_every_form_of_an_index_gives_the_same_catalogue(form: Form) -> None:
    """A source may offer any of them."""
    world = World(some_packages(), forms=(form,), mode=MirrorMode.PASSIVE)
    await world.run()

    assert await world.files() == 3


async def test_the_best_form_is_asked_for_first() -> None:
    """Shards where they are offered; nothing else is read then."""
    world = World(some_packages(), forms=tuple(Form), filters=NOARCH)
    await world.run()

    assert not [path for path in world.asked() if path.startswith("noarch/repodata.json")]


async def test_a_run_with_nothing_new_asks_once_a_subdir_and_changes_nothing() -> None:
    """No read, no decision, no new catalogue."""
    world = World(some_packages(), filters=NOARCH)
    await world.run()
    before = await world.records.catalogue_heads.get(world.mirror.id)
    world.asked()
    run = await world.run()

    assert world.asked() == ["noarch/repodata.json.zst"]
    assert await world.records.catalogue_heads.get(world.mirror.id) == before
    assert run.counts.passive == 3


@pytest.mark.parametrize("form", [Form.SHARDS, Form.ZST])
async def test_a_changed_source_brings_what_is_new_and_drops_what_is_gone(form: Form) -> None:
    """Only the changed name's shard is read from a sharded source."""
    world = World(some_packages(), forms=(form,), filters=NOARCH)
    await world.run()
    world.asked()
    world.offer([a_package("alpha", "1.0"), a_package("alpha", "3.0"), a_package("beta", "1.0", extension=".tar.bz2")])
    run = await world.run()

    assert run.counts.removed == 1
    assert run.counts.passive == 3
    assert len([path for path in world.asked() if "/shards/" in path]) == (form is Form.SHARDS)


async def test_a_broken_file_is_counted_named_and_not_listed() -> None:
    """All others are; the run is completed."""
    world = World(some_packages(), mode=MirrorMode.ACTIVE)
    broken = a_package("alpha", "2.0").path
    world.broken = frozenset({broken})
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert (run.counts.active, run.counts.failed) == (2, 1)
    assert [failure.ckey for failure in run.failures] == [broken]
    assert await world.files() == 2


async def test_the_next_run_asks_for_the_broken_file_alone() -> None:
    """What is stored is not planned again, though the index says 304."""
    world = World(some_packages(), mode=MirrorMode.ACTIVE)
    world.broken = frozenset({a_package("alpha", "2.0").path})
    await world.run()
    world.broken = frozenset()
    world.bus.said.clear()
    run = await world.run()
    asked = [file.ckey for message in world.said(ArtifactFetch) for file in message.files]  # type: ignore[attr-defined]

    assert asked == [a_package("alpha", "2.0").path]
    assert (run.counts.active, run.counts.failed) == (3, 0)
    assert await world.files() == 3


async def test_an_old_record_with_md5_only_is_mirrored() -> None:
    """The md5 is what its bytes are checked against."""
    world = World([a_package("old", "1.0", digests=Digests.MD5_ONLY)], mode=MirrorMode.ACTIVE)
    run = await world.run()

    assert (run.counts.active, run.counts.failed) == (1, 0)


async def test_a_source_that_is_away_does_not_end_the_run_and_leaves_the_catalogue() -> None:
    """The channel goes on serving what it has; the watch lets the run rest."""
    world = World(some_packages(), filters=NOARCH)
    await world.run()
    before = await world.records.catalogue_heads.get(world.mirror.id)
    world.upstream.errors[f"{ROOT}/noarch/repodata.json.zst"] = [UpstreamUnavailable("the source does not answer")]
    execution = await world.begin()
    with pytest.raises(UpstreamUnavailable, match="does not answer"):
        await execution.execute()

    assert (await world.ended(execution)).state is RunState.RUNNING
    assert await world.records.catalogue_heads.get(world.mirror.id) == before


@pytest.mark.parametrize("has_worked", [False, True], ids=["first_run", "later_run"])
async def test_only_a_source_that_has_worked_is_waited_for_where_nobody_is(has_worked: bool) -> None:
    """A mistyped URL is told at once; a host that was there may come back."""
    world = World(some_packages(), filters=NOARCH)
    if has_worked:
        await world.run()
    nobody = UpstreamUnreachable("http://source.example can't be reached: there is no such host")
    world.upstream.errors[f"{ROOT}/noarch/repodata_shards.msgpack.zst"] = [nobody]
    world.upstream.errors[f"{ROOT}/noarch/repodata.json.zst"] = [nobody]
    execution = await world.begin()
    if has_worked:
        with pytest.raises(UpstreamUnreachable):
            await execution.execute()
    else:
        await execution.execute()
    run = await world.ended(execution)

    assert run.state is (RunState.RUNNING if has_worked else RunState.FAILED)
    assert ("check the mirror's source_root" in (run.reason or "")) is not has_worked


async def test_a_source_without_any_index_fails_the_run() -> None:
    """An empty answer would empty the channel."""
    world = World(some_packages())
    world.upstream.files = {}
    run = await world.run()

    assert run.state is RunState.FAILED
    assert "no conda channel" in (run.reason or "")


async def test_an_unreadable_form_gives_way_to_the_next() -> None:
    """A damaged zst does not end the run while json is fine."""
    world = World(some_packages(), forms=(Form.ZST, Form.JSON), filters=NOARCH)
    world.upstream.files[f"{ROOT}/noarch/repodata.json.zst"] = b"no zstd at all"
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert run.counts.passive == 3


async def test_a_lost_shard_is_named_and_asked_for_again() -> None:
    """The others are mirrored; the next run tries, though the shard index is unchanged."""
    world = World(some_packages(), forms=(Form.SHARDS,), filters=NOARCH)
    shards = {url: data for url, data in world.upstream.files.items() if "/shards/" in url}
    lost = min(shards)
    world.upstream.files[lost] = b"damaged"
    run = await world.run()

    assert run.counts.failed == 1
    assert 0 < await world.files() < 3
    world.upstream.files[lost] = shards[lost]
    await world.run()
    assert await world.files() == 3


async def test_an_edited_filter_decides_again_without_reading_again() -> None:
    """The stored shards are enough."""
    world = World(some_packages(), filters=NOARCH)
    await world.run()
    world.asked()
    await world.edit(filters=Filters(subdirs=("noarch",), exclude_specs=("alpha <2",)))
    run = await world.run()

    assert world.asked() == ["noarch/repodata.json.zst"]
    assert run.counts.excluded == {"mirror_filtered.exclude_specs": 1}
    assert (run.counts.passive, run.counts.removed) == (2, 1)


async def test_a_token_is_used_and_never_said() -> None:
    """Neither in a message nor in what is stored of the run."""
    secret = "s3cr3t-TOKEN"
    world = World(some_packages(), mode=MirrorMode.ACTIVE)
    root = f"http://source.example/t/{secret}/conda"
    world.upstream.files = {url.replace(ROOT, root): data for url, data in world.upstream.files.items()}
    world.mirror = msgspec.structs.replace(
        world.mirror, source_root="http://source.example/t/****/conda", sealed_source=world.seal.seal(root)
    )
    run = await world.run()
    said = b"".join(msgspec.json.encode(message) for message in world.bus.said)

    assert run.counts.active == 3
    assert any(secret in url for url, _ in world.upstream.requests)
    assert secret.encode() not in said
    assert secret.encode() not in msgspec.json.encode(run)


async def test_a_stopped_run_keeps_what_was_stored() -> None:
    """And the next run asks for the rest alone."""
    packages = tuple(a_package(f"pkg-{number:03}") for number in range(70))
    world = World(packages, mode=MirrorMode.ACTIVE)
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 3)
    first = world.said(ArtifactFetch)[0]
    assert isinstance(first, ArtifactFetch)
    await world.fetch(first)
    await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now())
    execution.stop()
    await work
    run = await world.ended(execution)

    assert run.state is RunState.STOPPED
    assert await world.files() == len(first.files)
    assert execution.run.id in world.queue.discarded

    world.holds_fetching = False
    world.bus.said.clear()
    again = await world.run()
    asked = [file for message in world.said(ArtifactFetch) for file in message.files]  # type: ignore[attr-defined]

    assert len(asked) == len(packages) - len(first.files)
    assert again.counts.active == len(packages)


async def test_a_run_that_was_stopped_before_it_began_is_stopped() -> None:
    """Whoever claims it ends it."""
    world = World(some_packages())
    execution = await world.begin()
    await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now())
    await (await world.claim(execution.run.id)).execute()

    assert (await world.ended(execution)).state is RunState.STOPPED


class HeadsThatStop(MemoryCatalogueHeads):
    """Heads of catalogues; when one moves, its run is stopped, and its owner does not know it yet."""

    def __init__(self, stop: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._stop = stop

    async def move(self, head: CatalogueHead) -> bool:
        """Move, then stop."""
        await self._stop()
        return await super().move(head)


@pytest.mark.parametrize("moment", ["before", "working", "finishing"])
async def test_a_stopped_run_says_why_it_was_stopped(moment: str) -> None:
    """A person did not stop it whose mirror was deleted."""
    world = World(some_packages(), mode=MirrorMode.ACTIVE)
    world.holds_fetching = moment == "working"

    async def stop_mirror() -> None:
        changes = {"reason": "the mirror was deleted"}
        await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now(), changes=changes)

    if moment == "finishing":
        world.records.catalogue_heads = HeadsThatStop(stop_mirror)
    execution = await world.begin()
    if moment == "before":
        await stop_mirror()
        execution = await world.claim(execution.run.id)
        await execution.execute()
    elif moment == "working":
        work = asyncio.create_task(execution.execute())
        await world.until_said(ArtifactFetch, 1)
        await stop_mirror()
        execution.stop()
        await work
    else:
        await execution.execute()
    run = await world.ended(execution)
    (last,) = world.said(MirrorFinished)[-1:]

    assert (run.state, run.reason) == (RunState.STOPPED, "the mirror was deleted")
    assert isinstance(last, MirrorFinished)
    assert (last.state, last.reason) == ("stopped", "the mirror was deleted")


async def test_an_owner_that_lost_its_run_ends_nothing() -> None:
    """Its successor does."""
    world = World(some_packages(), mode=MirrorMode.ACTIVE)
    world.holds_fetching = True
    lost = await world.begin()
    work = asyncio.create_task(lost.execute())
    await world.until_said(ArtifactFetch, 1)
    world.holds_fetching = False
    successor = await world.claim(lost.run.id, owner="scheduler-2")
    await successor.execute()
    await work

    run = await world.ended(successor)
    assert (run.state, run.attempt, run.counts.active) == (RunState.COMPLETED, 2, 3)
    assert len(world.said(MirrorFinished)) == 1


async def test_bytes_move_while_a_large_file_is_on_its_way() -> None:
    """Also the percentage: a file of many gigabytes is no run that stands still."""
    world = World([a_package("large", padding_bytes=9_000)], mode=MirrorMode.ACTIVE)
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 1)
    await world.records.batches.note_received(execution.run.id, fetcher="one", received_bytes=4_500)
    execution.batch_settled()
    said = await world.until(lambda message: isinstance(message, MirrorProgress) and message.bytes_transferred > 0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)

    assert isinstance(said, MirrorProgress)
    assert (said.step, said.bytes_transferred) == (Step.DOWNLOAD, 4_500)
    assert 0 < said.step_percent < 100


@pytest.mark.parametrize("end", ["completed", "stopped"])
async def test_the_bytes_of_a_run_are_those_of_all_its_attempts(end: str) -> None:
    """What came in before its owner died came in."""
    world = World(some_packages(), mode=MirrorMode.ACTIVE)
    first = await world.begin()
    await world.records.batches.note_received(first.run.id, fetcher="one", received_bytes=1_000_000)
    if end == "stopped":
        await world.records.runs.move(first.run.id, RunState.STOPPING, at=world.clock.now())
    successor = await world.claim(first.run.id, owner="scheduler-2")
    await successor.execute()
    run = await world.ended(successor)
    fetched = sum(len(package.data) for package in some_packages()) if end == "completed" else 0

    assert (run.state, run.counts.bytes_transferred) == (RunState(end), 1_000_000 + fetched)


async def test_a_lost_catalogue_is_made_again() -> None:
    """The blob store may lose what it likes; the next run reads and decides anew."""
    world = World(some_packages())
    await world.run()
    head = await world.records.catalogue_heads.get(world.mirror.id)
    assert head is not None
    await world.blobs.remove(head.catalogue)
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert await world.files() == 3


async def test_progress_is_said_with_its_step() -> None:
    """Who follows a run sees where it is and how it ended."""
    world = World(some_packages())
    await world.run()
    last = world.said(MirrorProgress)[-1]

    assert isinstance(last, MirrorProgress)
    assert (last.state, last.step, last.step_number, last.passive) == ("completed", Step.FINISH, 8, 3)


async def test_equal_bytes_are_fetched_once() -> None:
    """However many file names a source has for them."""
    one = a_package("alpha")
    copy = msgspec.structs.replace(one, filename="alpha-1.0-copy_0.conda")
    world = World([one, copy], mode=MirrorMode.ACTIVE)
    run = await world.run()

    assert (run.counts.active, run.counts.active_planned) == (2, 2)
    assert run.counts.bytes_transferred == len(one.data)
    assert await world.files() == 2


async def test_equal_bytes_are_had_from_the_other_address_if_one_fails() -> None:
    """The file that failed is missing; its copy is not."""
    one = a_package("alpha")
    copy = msgspec.structs.replace(one, filename="alpha-1.0-copy_0.conda")
    world = World([one, copy], mode=MirrorMode.ACTIVE)
    world.broken = frozenset({min(one.path, copy.path)})
    run = await world.run()

    assert (run.counts.active, run.counts.failed) == (1, 1)
    assert await world.files() == 1
