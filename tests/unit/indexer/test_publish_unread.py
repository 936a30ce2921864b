"""Publishing and keeping of Python and R packages, and of names that nobody read."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.contracts.messages import ChannelPublished, MirrorRequested
from libs.common.domain.channel import ChannelKey
from libs.common.domain.digest import Digest, Expected, sha256_of
from libs.common.domain.garbage import Kind
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorMode, MirrorType
from libs.common.domain.policy import Action, Rule, Where
from libs.common.domain.read_page import ReadPage
from libs.common.domain.revision import Contents, Revision, decode_contents
from libs.common.domain.verification import Part, Problem
from libs.common.ecosystems.protocol import ShardRef, Told
from libs.common.ports.blobs import put_bytes, read_all
from services.indexer.verify_channels import verify_channels
from tests.support.cran_records import a_stanza
from tests.support.cran_records import payload_of as r_payload
from tests.support.packages import a_package
from tests.support.python_records import ECO, a_file, a_wheel, payload_of
from tests.support.records import a_mirror
from tests.support.stocked import SOURCE, stock
from tests.support.world import World
from tests.unit.indexer.swept_world import SweptWorld

PYTHON = a_mirror("index", type=MirrorType.PYTHON_SIMPLE)
SECOND = a_mirror("second", type=MirrorType.PYTHON_SIMPLE, position=1)
DEMO = payload_of(a_file(a_wheel("demo")), project="demo")


async def revision_of(world: World) -> Revision:
    """Return the published revision."""
    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None
    assert channel.published is not None
    revision = await world.records.revisions.get(channel.published.revision_id)
    assert revision is not None
    return revision


async def contents_of(world: World) -> Contents:
    """Return what stands behind its names."""
    return decode_contents(await read_all(world.blobs, (await revision_of(world)).contents))


async def listed(world: World) -> list[str]:
    """Return the names of the published list of projects."""
    data = await read_all(world.blobs, (await revision_of(world)).files["simple/index.json"].sha256)
    return [project["name"] for project in msgspec.json.decode(data)["projects"]]


async def test_names_that_nobody_read_are_listed_without_files() -> None:
    """They have no records, and count as no files."""
    world = World()
    await stock(world, PYTHON, {"simple": {"demo": DEMO, "other": UNREAD}})

    assert await world.publish() == 1
    entry = (await contents_of(world)).parts["simple"].entries["other"]
    assert await listed(world) == ["demo", "other"]
    assert (entry.origins, entry.files, entry.rendered, entry.summary) == (((0, UNREAD),), 0, None, b"")
    assert (await revision_of(world)).artifact_count == 1


async def test_a_name_that_one_mirror_read_and_another_did_not_has_what_was_read() -> None:
    """Whoever serves its page reads the rest."""
    world = World()
    await stock(world, PYTHON, {"simple": {"demo": UNREAD}})
    await stock(world, SECOND, {"simple": {"demo": DEMO}})
    await world.publish()

    entry = (await contents_of(world)).parts["simple"].entries["demo"]
    assert [place for place, shard in entry.origins if shard == UNREAD] == [0]
    assert (len(entry.origins), entry.files) == (2, 1)


async def test_three_types_are_published_in_one_revision() -> None:
    """Each with its own index; a change of one renders nothing of the others."""
    world = World([a_package("alpha")])
    await world.run()
    await stock(world, PYTHON, {"simple": {"demo": DEMO, "other": UNREAD}})
    r = a_mirror("r", type=MirrorType.CRAN)
    await stock(world, r, {"src/contrib": {"demo": r_payload(a_stanza())}})
    await world.publish()
    before = (await revision_of(world)).files
    assert {"noarch/repodata.json", "simple/index.json", "cran/src/contrib/PACKAGES"} <= before.keys()
    assert (await revision_of(world)).artifact_count == 3

    await stock(world, PYTHON, {"simple": {"demo": DEMO}}, number=2)
    assert await world.publish() == 2
    after = (await revision_of(world)).files

    assert {path for path in before if before[path] != after[path]} == {"simple/index.json", "simple/index.html"}
    second = world.said(ChannelPublished)[-1]
    assert isinstance(second, ChannelPublished)
    assert second.files_written == 2


async def test_a_name_that_was_read_meanwhile_is_rendered() -> None:
    """Or is unread again, with the next catalogue; the others stay."""
    world = World()
    for number, shard in enumerate((UNREAD, DEMO, UNREAD), start=1):
        await stock(world, PYTHON, {"simple": {"demo": shard, "other": UNREAD}}, number=number)
        assert await world.publish() == number
        assert (await revision_of(world)).artifact_count == (shard == DEMO)


names = st.dictionaries(st.sampled_from(["demo", "one", "two"]), st.booleans())


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.tuples(names, names), min_size=2, max_size=4))
async def test_a_revision_is_the_same_whatever_was_before(steps: list[tuple[dict[str, bool], dict[str, bool]]]) -> None:
    """What is taken over from the last one is what would be made anew."""

    def source(read: dict[str, bool]) -> dict[str, dict[str, bytes]]:
        shards = {name: payload_of(a_file(a_wheel(name)), project=name) for name in read}
        return {"simple": {name: shards[name] if is_read else UNREAD for name, is_read in read.items()}}

    grown, fresh = World(), World()
    for number, (first, second) in enumerate(steps, start=1):
        await stock(grown, PYTHON, source(first), number=number)
        await stock(grown, SECOND, source(second), number=number)
        await grown.publish()
    await stock(fresh, PYTHON, source(steps[-1][0]))
    await stock(fresh, SECOND, source(steps[-1][1]))
    await fresh.publish()

    assert await contents_of(grown) == await contents_of(fresh)
    assert (await revision_of(grown)).files == (await revision_of(fresh)).files


def a_wheel_with(data: bytes, **said: object) -> dict[str, object]:
    """Return the record of a wheel of these bytes."""
    return a_file(a_wheel("demo"), hashes={"sha256": sha256_of(data)}, size=len(data), **said)


async def fetched(world: World, expected: Digest, data: bytes) -> None:
    """Store a file as a fetcher does."""
    spool = world.blobs.spool()
    spool.write(data)
    await world.blobs.commit(spool, expected=Expected(digest=expected, size_bytes=len(data)))


async def is_there(world: World, digest: Digest) -> bool:
    """Tell whether a file is stored."""
    return await world.blobs.find(digest) is not None


async def test_companions_stay_with_their_files() -> None:
    """Nothing else names them."""
    world = SweptWorld()
    said = {"core_metadata": {"sha256": sha256_of(b"metadata")}}
    await stock(world, PYTHON, {"simple": {"demo": payload_of(a_wheel_with(b"wheel", **said), project="demo")}})
    await world.publish()
    digests = [Digest("sha256", sha256_of(data)) for data in (b"wheel", b"metadata", b"neither")]
    for digest, data in zip(digests, (b"wheel", b"metadata", b"neither"), strict=True):
        await fetched(world, digest, data)

    await world.sweep()

    assert [await is_there(world, digest) for digest in digests] == [True, True, False]


async def test_what_was_read_on_request_stays_with_its_files() -> None:
    """Until no catalogue and no revision has the name as one that nobody read."""
    world = SweptWorld()
    await stock(world, PYTHON, {"simple": {"demo": UNREAD}})
    await world.publish()
    payload = payload_of(a_wheel_with(b"wheel"), project="demo")
    shard = bytes.fromhex(sha256_of(payload))
    await world.records.shards.put({shard: payload})
    page = ReadPage(name="demo", shard=shard, read_at=datetime.now(UTC))
    pages = world.records.read_pages
    await pages.put(PYTHON.id, page, source=SOURCE, partition="simple")
    wheel = Digest("sha256", sha256_of(b"wheel"))
    await fetched(world, wheel, b"wheel")

    await world.sweep()
    assert await is_there(world, wheel)
    assert await world.records.shards.known([shard]) == {shard}

    other = payload_of(a_wheel_with(b"other"), project="demo")
    await stock(world, PYTHON, {"simple": {"demo": other}}, number=2)
    await world.sweep()
    assert await is_there(world, wheel)
    await world.publish()
    await world.sweep()
    assert not await is_there(world, wheel)
    assert await world.records.shards.known([shard]) == {shard}

    await pages.forget_mirror(PYTHON.id)
    await world.sweep()
    assert not await world.records.shards.known([shard])


async def test_what_was_taken_out_of_a_file_goes_with_it() -> None:
    """A dry run only counts it."""
    world = SweptWorld()
    await stock(world, PYTHON, {"simple": {"demo": payload_of(a_wheel_with(b"wheel"), project="demo")}})
    await world.publish()
    kept, gone = (Digest("sha256", sha256_of(data)) for data in (b"wheel", b"gone"))
    await fetched(world, kept, b"wheel")
    for digest in (kept, gone):
        await world.records.extracted.put(digest, b"Metadata-Version: 2.1")

    assert (await world.sweep(is_dry_run=True)).found[Kind.EXTRACTED].count == 1
    assert await world.records.extracted.get(gone) is not None
    await world.sweep()

    assert await world.records.extracted.get(gone) is None
    assert await world.records.extracted.get(kept) is not None


async def verify(world: World, *, is_repair: bool = False) -> list[tuple[Part, Problem, str]]:
    """Return what a verification finds."""
    found = await verify_channels(
        "report",
        channel=None,
        is_deep=True,
        is_repair=is_repair,
        ports=world.garbage_ports(),
        publish_ports=world.publish_ports(),
    )
    return [(fault.part, fault.problem, fault.affects) for fault in found.faults]


async def test_a_missing_companion_of_an_active_mirror_is_found() -> None:
    """Clients are told of it, and would not get it."""
    world = World()
    active = msgspec.structs.replace(PYTHON, mode=MirrorMode.ACTIVE)
    said = {"core_metadata": {"sha256": sha256_of(b"metadata")}}
    await stock(world, active, {"simple": {"demo": payload_of(a_wheel_with(b"wheel", **said), project="demo")}})
    await world.publish()
    await fetched(world, Digest("sha256", sha256_of(b"wheel")), b"wheel")

    ckey = f"simple/demo/{a_wheel('demo')}.metadata"
    assert await verify(world) == [(Part.ARTIFACT, Problem.MISSING, ckey)]
    await fetched(world, Digest("sha256", sha256_of(b"metadata")), b"metadata")
    assert await verify(world) == []


async def test_a_lost_page_that_was_read_on_request_is_found() -> None:
    """The next run reads it again; a name that nobody read is no fault."""
    world = World()
    await stock(world, PYTHON, {"simple": {"demo": UNREAD, "other": UNREAD}})
    await world.publish()
    assert await verify(world) == []

    page = ReadPage(name="demo", shard=b"x" * 32, read_at=datetime.now(UTC))
    await world.records.read_pages.put(PYTHON.id, page, source=SOURCE, partition="simple")
    assert await verify(world) == [(Part.SHARD, Problem.MISSING, "simple/demo")]
    assert await verify(world, is_repair=True) == [(Part.SHARD, Problem.MISSING, "simple/demo")]

    # Whoever asks for it next reads it anew; a run reads the rest.
    assert await world.records.read_pages.names(PYTHON.id, source=SOURCE, partition="simple") == {}
    assert len(world.said(MirrorRequested)) == 1


async def test_a_file_that_only_a_listing_names_is_verified_by_what_came_first() -> None:
    """It has no digest of its own: damage is told by the sha256 of what was stored."""
    world = World()
    page = {"meta": {"api-version": "1.1"}, "name": "demo", "files": [a_file(a_wheel("demo"), size=5)]}
    ref_of_page = ShardRef(name="demo", tag=None, url="demo/")
    told = Told(content_type="application/vnd.pypi.simple.v1+json")
    payload = ECO.read_shard(
        msgspec.json.encode(page), ref=ref_of_page, partition="simple", side_files={}, told=told
    ).payload
    await stock(world, PYTHON, {"simple": {"demo": payload}})
    await world.publish()
    (ref,) = ECO.artifacts(payload, partition="simple")
    assert ref.expected.digest.algorithm == "listed"
    blob = await put_bytes(world.blobs, b"wheel")
    await fetched(world, ref.expected.digest, b"wheel")
    assert await verify(world) == []

    world.blobs._blobs[blob.sha256] = b"WHEEL"
    assert await verify(world) == [(Part.ARTIFACT, Problem.DAMAGED, ref.ckey)]


async def test_names_that_a_rule_drops_are_not_listed() -> None:
    """By their name alone, read or not."""
    world = World()
    rule = Rule(id="no", action=Action.EXCLUDE, where=Where(name=("demo",)))
    await stock(world, PYTHON, {"simple": {"demo": UNREAD, "other": UNREAD}}, rule)
    await world.publish()

    assert await listed(world) == ["other"]
