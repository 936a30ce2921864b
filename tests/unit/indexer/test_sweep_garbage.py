"""Sweeping: what nothing names goes, and what something names stays, whoever works meanwhile."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.deciding.read_stored import read_run
from libs.common.domain.advisory import encode_book
from libs.common.domain.channel import ChannelKey
from libs.common.domain.cve import BookHead, OsvState
from libs.common.domain.digest import Digest, sha256_of
from libs.common.domain.errors import NotFound
from libs.common.domain.garbage import Kind
from libs.common.domain.policy import Action, NumberIs, Operator, Rule, Where
from libs.common.domain.report import ReportHead
from libs.common.domain.run import RunId, RunState
from libs.common.ports.blobs import put_bytes
from services.indexer.marks import Marks
from tests.support.packages import Digests, a_package
from tests.support.records import a_run
from tests.unit.indexer.swept_world import SweptWorld

ALPHA = a_package("alpha")
BETA = a_package("beta", digests=Digests.MD5_ONLY)
GAMMA = a_package("gamma")


async def stored(world: SweptWorld) -> set[str]:
    """Return the names of the packages whose files are stored."""
    packages = (ALPHA, BETA, GAMMA)
    return {it.name for it in packages if await world.blobs.find(Digest("sha256", it.sha256)) is not None}


async def run_and_publish(world: SweptWorld) -> None:
    """Mirror the source, and publish the channel."""
    await world.run()
    await world.publish()


async def test_what_a_channel_holds_stays() -> None:
    """However old it is: files named by sha256 or md5 alone, catalogue, index, shards."""
    world = SweptWorld([ALPHA, BETA])
    await run_and_publish(world)

    report = await world.sweep()

    assert {kind: amount.count for kind, amount in report.found.items() if amount.count} == {}
    assert await world.faults() == []
    assert await stored(world) == {"alpha", "beta"}


async def test_what_left_the_channel_goes_with_its_revision() -> None:
    """The old revision, and what only it named: contents, index, shards, and the file."""
    world = SweptWorld([ALPHA, BETA])
    await run_and_publish(world)
    world.offer([ALPHA])
    await run_and_publish(world)

    report = await world.sweep()

    assert report.found[Kind.REVISIONS].count == 1
    assert report.found[Kind.SHARDS].count == 1
    assert report.found[Kind.RENDERED_SHARDS].count == 1
    assert report.found[Kind.BLOBS].size_bytes > len(BETA.data)
    assert BETA.sha256 in report.blobs
    assert await stored(world) == {"alpha"}
    assert await world.faults() == []
    assert (await world.sweep()).found[Kind.BLOBS].count == 0


async def test_a_dry_run_tells_what_a_sweep_would_remove() -> None:
    """And removes nothing."""
    world = SweptWorld([ALPHA, BETA])
    await run_and_publish(world)
    world.offer([ALPHA])
    await run_and_publish(world)

    told = await world.sweep(is_dry_run=True)

    assert await stored(world) == {"alpha", "beta"}
    swept = await world.sweep()
    assert (told.found, told.blobs) == (swept.found, swept.blobs)


async def test_what_is_young_stays() -> None:
    """It may be about to be named."""
    world = SweptWorld([ALPHA])
    await run_and_publish(world)
    blob = await put_bytes(world.blobs, b"about to be named")

    report = await world.sweep(old_since=datetime.now(UTC) - timedelta(hours=1))

    assert report.found[Kind.BLOBS].count == 0
    assert await world.blobs.find(Digest("sha256", blob.sha256)) == blob


async def test_what_the_last_runs_were_decided_on_stays() -> None:
    """Every decision of theirs can be computed again, also where no revision names it; of older runs none can."""
    world = SweptWorld([ALPHA, BETA])
    for offer in ([ALPHA, BETA], [BETA], [GAMMA]):
        world.offer(offer)
        await run_and_publish(world)

    await world.sweep(decisions=2)

    oldest, middle, newest = [await world.records.runs.get(RunId(f"run-{number}")) for number in (1, 2, 3)]
    for run, name in ((middle, BETA.name), (newest, GAMMA.name)):
        assert run is not None
        kept = await read_run(run, blobs=world.blobs)
        entry = kept.manifest.parts["noarch"].entries[name]
        assert await world.records.shards.known([entry.shard]) == {entry.shard}
    assert oldest is not None
    with pytest.raises(NotFound, match="no longer kept"):
        await read_run(oldest, blobs=world.blobs)
    assert await stored(world) == {"gamma"}


async def test_the_advisories_of_kept_decisions_stay() -> None:
    """The book in force, and the one that the last run was decided by."""
    world = SweptWorld([ALPHA])
    books = [
        (await put_bytes(world.blobs, encode_book(conda_names={"alpha": str(number)}))).sha256 for number in range(3)
    ]
    for number, book in enumerate(books[:2], start=1):
        head = BookHead(number=number, book=book, advisory_count=0, at=datetime.now(UTC))
        assert await world.records.advisory_books.move(head)
        if number == 1:
            execution = await world.begin()
            severe = Where(cve_score=NumberIs(op=Operator.MORE, value=7))
            await world.put_policy(Rule(id="severe", action=Action.EXCLUDE, where=severe))
            await execution.execute()

    await world.sweep()

    left = [book for book in books if await world.blobs.find(Digest("sha256", book)) is not None]
    assert left == books[:2]


async def test_what_the_book_is_made_of_stays() -> None:
    """The records of each ecosystem, or no update could lay what changed over them; and the map of names."""
    world = SweptWorld([ALPHA])
    book, records, names, other = [(await put_bytes(world.blobs, f"blob {n}".encode())).sha256 for n in range(4)]
    now = datetime.now(UTC)
    state = OsvState(records=records, count=1, read_at=now)
    head = BookHead(number=1, book=book, advisory_count=1, at=now, osv={"python": state}, conda_names=names)
    assert await world.records.advisory_books.move(head)

    await world.sweep()

    left = {blob for blob in (book, records, names, other) if await world.blobs.find(Digest("sha256", blob))}
    assert left == {book, records, names}


async def test_a_deleted_channel_leaves_nothing() -> None:
    """Its revisions and catalogues may have outlived it in a crash."""
    world = SweptWorld([ALPHA, BETA])
    await run_and_publish(world)
    await world.records.channels.delete(ChannelKey("main"))

    report = await world.sweep()

    assert (report.found[Kind.REVISIONS].count, report.found[Kind.CATALOGUES].count) == (1, 1)
    assert await stored(world) == set()
    assert [blob async for blob in world.blobs.older(datetime.now(UTC) + timedelta(days=1))] == []


async def test_nothing_is_removed_while_what_names_it_is_lost() -> None:
    """A lost catalogue does not say which files it named; they would be fetched again."""
    world = SweptWorld([ALPHA])
    await run_and_publish(world)
    head = await world.records.catalogue_heads.get(world.mirror.id)
    assert head is not None
    await world.blobs.remove(head.catalogue)
    await put_bytes(world.blobs, b"garbage")

    report = await world.sweep()

    assert "verify" in (report.refused or "")
    assert report.found == {}
    assert await world.blobs.find(Digest("sha256", sha256_of(b"garbage"))) is not None


async def test_outcomes_of_ended_runs_and_old_runs_go() -> None:
    """A batch that came after its run ended is looked at by nobody."""
    world = SweptWorld([ALPHA])
    runs, batches = world.records.runs, world.records.batches
    long_ago = datetime.now(UTC) - timedelta(days=60)
    for number in range(103):
        await runs.add(a_run(f"old-{number}", state=RunState.COMPLETED, requested_at=long_ago))
    nothing: dict[str, object] = {"stored": 1, "failures": (), "missing": (), "last_ckey": None}
    await batches.settle(RunId("old-1"), attempt=1, batch=1, **nothing)  # type: ignore[arg-type]
    await runs.add(a_run("going"))
    await batches.settle(RunId("going"), attempt=1, batch=1, **nothing)  # type: ignore[arg-type]

    report = await world.sweep()

    assert report.found[Kind.BATCHES].count == 1
    assert await batches.run_ids() == ["going"]
    assert report.found[Kind.RUNS].count == len({"old-0", "old-1", "old-2", "old-3"})
    assert await runs.get(RunId("going")) is not None


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(min_value=0))
def test_sweeps_beside_runs_and_publications_remove_nothing_that_is_needed(seed: int) -> None:
    """A package goes, is swept or not, and comes back, while sweeps meet the work at any line."""

    async def mirror() -> None:
        world = SweptWorld([ALPHA, BETA], dice=random.Random(seed))  # noqa: S311 - a game
        for offer in ([ALPHA, BETA], [BETA, GAMMA], [ALPHA, GAMMA], [ALPHA, BETA]):
            world.offer(offer)
            # The active run is what protects its files: all that was stored until now is old.
            await world.swept_meanwhile(world.run())
            # A publication is protected by the grace period alone.
            await world.swept_meanwhile(world.publish(), old_since=datetime.now(UTC))
            assert await world.faults() == []
            assert await stored(world) >= {package.name for package in offer}

    asyncio.run(mirror())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(min_value=0))
def test_a_publication_beside_a_run_is_not_swept_from_under(seed: int) -> None:
    """A catalogue that waited long for its publication is replaced in the middle of it."""

    async def mirror() -> None:
        world = SweptWorld([ALPHA, BETA], dice=random.Random(seed))  # noqa: S311 - a game
        await run_and_publish(world)
        world.offer([BETA, GAMMA])
        await world.run()
        world.offer([ALPHA])
        execution = await world.begin()
        work = asyncio.gather(world.publish(), execution.execute())
        await world.swept_meanwhile(work, old_since=datetime.now(UTC))
        assert await world.faults() == []
        await world.publish()
        assert await world.faults() == []

    asyncio.run(mirror())


def test_marks_know_what_was_marked() -> None:
    """Also what was marked twice, and after a question."""
    digests = [bytes([number]) * 32 for number in range(256)]
    marks = Marks()
    for digest in digests[::2] * 2:
        marks.add(digest)

    assert [digest in marks for digest in digests[:4]] == [True, False, True, False]
    marks.add_hex(digests[1].hex())
    assert digests[1] in marks


async def test_what_a_kept_report_says_stays() -> None:
    """However old it is, until the report expires."""
    world = SweptWorld([ALPHA])
    await run_and_publish(world)
    kept, lost = await put_bytes(world.blobs, b"kept"), await put_bytes(world.blobs, b"lost")
    at = datetime.now(UTC)
    head = ReportHead(id="r", kind="dependencies", title="t", made_at=at, expires_at=at, blob=kept.sha256)
    await world.records.kept_reports.put(head)

    report = await world.sweep()

    assert lost.sha256 in report.blobs
    assert kept.sha256 not in report.blobs
