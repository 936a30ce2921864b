"""Two apis on the same MongoDB, NATS and disk, and one source."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.connect import connect_nats, prepare_nats
from libs.common.adapters.nats.flags import NatsLeases
from libs.common.adapters.upstream.http import HttpUpstream
from libs.common.domain.digest import Digest, sha256_of
from libs.common.domain.evaluation import Evaluation, encode_evaluation
from libs.common.ports.blobs import put_bytes
from services.api.serving.serving import Serving
from tests.integration.serving.wire import Address, listening
from tests.support.http_source import Answer, HttpSource, http_source
from tests.support.records import a_rule
from tests.unit.serving.fakes import FileRecord, encode_payload
from tests.unit.serving.world import World

PAGE = "/api/repo/main/simple/a/"
FILE = b"one |told by one| x"
RECORD = FileRecord(
    filename="a-1.whl",
    digest=f"sha256:{sha256_of(FILE)}",
    url="a-1.whl",
    size_bytes=len(FILE),
    is_looked_into=True,
)
DROPPED = FileRecord(filename="a-2.whl", digest=f"sha256:{'a' * 64}", url="a-2.whl", size_bytes=1)


class WatchedLeases(NatsLeases):
    """Tells when somebody was refused a lease."""

    was_refused: asyncio.Event

    async def take(self, key: str, holder: str) -> bool:
        """Take or renew the lease."""
        is_held = await super().take(key, holder)
        if not is_held:
            self.was_refused.set()
        return is_held


class Site:
    """The source, and where the two servers listen."""

    def __init__(self, world: World, source: HttpSource, was_refused: asyncio.Event) -> None:
        self.world = world
        self.source = source
        self.was_refused = was_refused
        self.servers: list[Serving] = []
        self.addresses: list[Address] = []

    def plan(self, gate: asyncio.Event | None = None) -> None:
        """Let the source have the page, which may stop halfway, and the file."""
        self.source.put("/forge/a/", Answer(body=encode_payload([RECORD, DROPPED]), gate=gate))
        self.source.put("/forge/noarch/a-1.whl", FILE)

    def asked(self) -> list[str]:
        """Return what the source was asked for."""
        return [request.target for request in self.source.requests]


@pytest.fixture
async def site(tmp_path: Path, nats_url: str, mongo_database_url: str) -> AsyncIterator[Site]:
    """Return two servers on a channel that lists a name which nobody read."""
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(http_source())
        upstream = HttpUpstream()
        stack.push_async_callback(upstream.aclose)
        was_refused = asyncio.Event()
        records = await stack.enter_async_context(_records(mongo_database_url))
        await records.prepare()
        world = World(blobs=FileBlobStore(tmp_path), upstream=upstream, records=records)
        site = Site(world, source, was_refused)
        await world.add_mirror(source_root=f"{source.url}/forge")
        rules = Evaluation(rules=(a_rule("a-2"),))
        blob = await put_bytes(world.blobs, encode_evaluation(rules))
        await world.publish({}, unread=("noarch/a",), rules=blob.sha256)
        for _ in range(2):
            server = world.another_server(
                records=await stack.enter_async_context(_records(mongo_database_url)),
                leases=await stack.enter_async_context(_leases(nats_url, was_refused)),
            )
            site.servers.append(server)
            site.addresses.append(await stack.enter_async_context(listening(server)))
        site.plan()
        yield site


@asynccontextmanager
async def _records(url: str) -> AsyncIterator[MongoRecords]:
    records = MongoRecords(connect(url))
    yield records
    await records.close()


@asynccontextmanager
async def _leases(url: str, was_refused: asyncio.Event) -> AsyncIterator[WatchedLeases]:
    nc = await connect_nats(url, name="test")
    await prepare_nats(nc)
    leases = WatchedLeases(nc.jetstream())
    leases.was_refused = was_refused
    yield leases
    await nc.close()


async def test_a_name_that_nobody_read_is_asked_for_once(site: Site) -> None:
    """However many clients want it, at whichever server; the revision's rules hold at both."""
    gate = asyncio.Event()
    site.plan(gate)
    one, two = site.addresses
    asking = [asyncio.create_task(address.ask(PAGE)) for address in (one, two) * 10]
    await site.source.at_gate.wait()
    await site.was_refused.wait()
    gate.set()
    answers = await asyncio.gather(*asking)

    assert {(answer.status, answer.body, answer.headers["etag"]) for answer in answers} == {
        (200, answers[0].body, answers[0].headers["etag"])
    }
    assert b'"files":["a-1.whl"]' in answers[0].body
    assert site.asked() == ["/forge/a/"]


async def test_who_waited_takes_over_when_the_other_gives_up(site: Site) -> None:
    """It got something that can't be read; the lease is free at once."""
    gate = asyncio.Event()
    site.source.put("/forge/a/", Answer(body=b"<html>busy</html>", gate=gate), encode_payload([RECORD]))
    one, two = site.addresses
    first = asyncio.create_task(one.ask(PAGE))
    await site.source.at_gate.wait()
    second = asyncio.create_task(two.ask(PAGE))
    await site.was_refused.wait()
    gate.set()

    assert [(await first).status, (await second).status] == [502, 200]


async def test_what_one_server_stored_the_other_tells_of(site: Site) -> None:
    """A file that came in through one, and what stands in it."""
    one, two = site.addresses
    before = await two.ask("/api/repo/main/noarch/a-1.whl.metadata")
    file = await one.ask("/api/repo/main/noarch/a-1.whl")
    await site.servers[0].extraction.settled()
    after = await two.ask("/api/repo/main/noarch/a-1.whl.metadata")
    known = await site.world.records.extracted.known([Digest("sha256", sha256_of(FILE))])

    assert (before.status, file.body, after.body) == (404, FILE, b"told by one")
    assert list(known.values()) == [sha256_of(b"told by one")]
    assert site.asked() == ["/forge/a/", "/forge/noarch/a-1.whl"]


async def test_a_server_that_starts_later_asks_nobody(site: Site) -> None:
    """What was read is kept, also when the source has something else by then."""
    first = await site.addresses[0].ask(PAGE)
    site.source.put("/forge/a/", Answer(status=404))
    async with listening(site.world.another_server()) as address:
        later = await address.ask(PAGE)

    assert (later.status, later.body) == (200, first.body)
    assert site.asked() == ["/forge/a/"]
