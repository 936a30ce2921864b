"""Names that no run has read: read when a client first asks, and decided by the revision's rules."""

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Any

import httpx
import msgspec
import pytest

from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.errors import StoreUnavailable, UpstreamMissing, UpstreamRefused, UpstreamUnavailable
from libs.common.domain.evaluation import Evaluation, Seen, encode_evaluation
from libs.common.domain.manifest import source_digest
from libs.common.domain.read_page import ReadPage
from libs.common.ports.blobs import put_bytes
from libs.common.ports.upstream import Fetched, NotModified
from services.api.serving.serving import ServingLimits
from services.api.serving.source_pages import PageLimits
from tests.support.records import NOON, a_rule
from tests.unit.serving.fakes import FileRecord, TinyEcosystem, encode_payload
from tests.unit.serving.world import LIMITS, SOURCE, World

BASE = "/api/repo/main"
PAGE = f"{BASE}/simple/a/"
URL = f"{SOURCE}/a/"
FILES = {"a-1.whl": b"one", "a-2.whl": b"two"}


def records_of(files: dict[str, bytes], **record: Any) -> list[FileRecord]:
    """Return the records of files that lie at the source."""
    return [
        FileRecord(filename=name, digest=f"sha256:{sha256_of(data)}", url=name, size_bytes=len(data), **record)
        for name, data in files.items()
    ]


class Site:
    """A world whose channel lists the name `a`, and whose source has its page."""

    def __init__(self, *, limits: ServingLimits = LIMITS) -> None:
        self.ecosystem = TinyEcosystem()
        self.world = World(ecosystem=self.ecosystem, limits=limits)
        self.source = self.world.source

    async def publish(self, *words: str, unread: Iterable[str] = ("noarch/a",), **given: Any) -> None:
        """Publish a revision whose rules drop what has one of these words in it."""
        evaluation = Evaluation(rules=tuple(a_rule(word) for word in words))
        rules = (await put_bytes(self.world.blobs, encode_evaluation(evaluation))).sha256
        await self.world.publish({}, rules=rules, unread=tuple(unread), **given)

    def put(self, files: dict[str, bytes], **record: Any) -> None:
        """Let the source have a page of the name, with its files."""
        self.source.files[URL] = encode_payload(records_of(files, **record))
        self.source.files |= {f"{SOURCE}/noarch/{name}": data for name, data in files.items()}

    async def get(self, path: str = PAGE, **headers: str) -> httpx.Response:
        """Send one request."""
        async with self.world.client() as client:
            return await client.get(path, headers={"Accept": "*/*", **headers})

    def asked(self, url: str = URL) -> int:
        """Count the requests for a page."""
        return [asked for asked, _ in self.source.requests].count(url)

    async def kept(self) -> ReadPage | None:
        """Return what is kept of the name."""
        return await self.world.records.read_pages.get(
            "id-of-forge", source=source_digest(SOURCE), partition="noarch", name="a"
        )


async def a_site(*words: str, limits: ServingLimits = LIMITS) -> Site:
    """Return a site whose source has two files under the name."""
    site = Site(limits=limits)
    await site.world.add_mirror()
    site.put(FILES)
    await site.publish(*words)
    return site


async def test_a_name_is_read_when_a_client_first_asks() -> None:
    """Once, and kept with the shard that it names."""
    site = await a_site()
    pages = [await site.get() for _ in range(3)]
    kept = await site.kept()

    assert [page.json()["files"] for page in pages] == [list(FILES)] * 3
    assert site.asked() == 1
    assert site.source.accepted == ["text/page"]
    assert site.source.homes == [SOURCE]
    assert kept is not None
    assert kept.shard is not None
    assert (kept.name, kept.read_at, kept.etag is None) == ("a", NOON, False)
    assert await site.world.records.shards.get([kept.shard]) == {kept.shard: site.source.files[URL]}


async def test_the_ecosystem_is_told_where_a_page_came_from() -> None:
    """As a run tells it."""
    site = await a_site()
    site.source.content_types[URL] = "text/page"
    site.source.moved[URL] = "https://elsewhere.example/a/"
    await site.get()

    told = site.ecosystem.told[0]
    assert (told.content_type, told.moved_to) == ("text/page", "https://elsewhere.example/a/")
    assert told.source == source_digest(SOURCE)


@pytest.mark.parametrize("first", [PAGE, f"{BASE}/noarch/a-1.whl", f"{BASE}/noarch/a-1.whl.sig"])
async def test_it_is_read_whatever_of_it_is_asked_for(first: str) -> None:
    """A lock file sends clients to files without a look at the page."""
    site = await a_site()
    site.put(FILES, notes={"sig": (f"sha256:{sha256_of(b'signed')}", "a.sig")})
    site.source.files[f"{SOURCE}/noarch/a.sig"] = b"signed"
    got = await site.get(first)
    file = await site.get(f"{BASE}/noarch/a-2.whl")

    assert (got.status_code, file.content, site.asked()) == (200, b"two", 1)


async def test_many_at_once_are_one_request() -> None:
    """In one process."""
    site = await a_site()
    async with site.world.client() as client:
        answers = await asyncio.gather(*(client.get(PAGE) for _ in range(30)))

    assert {page.content for page in answers} == {answers[0].content}
    assert site.asked() == 1
    assert site.world.leases.holders == {}


class GatedSource:
    """A source whose answers wait at a gate."""

    def __init__(self, site: Site) -> None:
        self.gate = asyncio.Event()
        self.was_asked = asyncio.Event()
        self._get = site.source.get

    async def get(self, url: str, **given: Any) -> Fetched | NotModified:
        """Wait, then answer."""
        self.was_asked.set()
        await self.gate.wait()
        return await self._get(url, **given)


async def test_two_processes_ask_once() -> None:
    """Who does not get the lease waits for the page to appear."""
    site = await a_site()
    source = GatedSource(site)
    site.source.get = source.get  # type: ignore[method-assign] # a gate before the source's own
    async with (
        site.world.client(site.world.another_server()) as one,
        site.world.client(site.world.another_server()) as two,
    ):
        asking = [asyncio.create_task(client.get(PAGE)) for client in (one, two, one, two)]
        await source.was_asked.wait()
        await site.world.leases.was_refused.wait()
        source.gate.set()
        answers = await asyncio.gather(*asking)

    assert {page.content for page in answers} == {answers[0].content}
    assert answers[0].json()["files"] == list(FILES)
    assert site.asked() == 1


async def test_the_next_process_takes_over_where_one_fails() -> None:
    """The source answers again by then."""
    site = await a_site()
    source = GatedSource(site)
    site.source.get = source.get  # type: ignore[method-assign] # a gate before the source's own
    site.source.errors[URL] = [UpstreamUnavailable("away")]
    async with (
        site.world.client(site.world.another_server()) as one,
        site.world.client(site.world.another_server()) as two,
    ):
        first = asyncio.create_task(one.get(PAGE))
        await source.was_asked.wait()
        second = asyncio.create_task(two.get(PAGE))
        await site.world.leases.was_refused.wait()
        source.gate.set()
        answers = await asyncio.gather(first, second)

    assert [page.status_code for page in answers] == [503, 200]
    assert site.asked() == 2


async def test_without_leases_everyone_may_ask() -> None:
    """The first who is done is kept."""
    site = await a_site()
    site.world.leases.is_down = True

    assert (await site.get()).json()["files"] == list(FILES)


async def test_nobody_waits_for_ever() -> None:
    """Who waited long enough is told to come back; the reading goes on meanwhile."""
    limits = msgspec.structs.replace(LIMITS, pages=PageLimits(wait_s=0.01))
    site = await a_site(limits=limits)
    source = GatedSource(site)
    site.source.get = source.get  # type: ignore[method-assign] # a gate before the source's own
    got = await site.get()
    source.gate.set()
    while await site.kept() is None:
        await site.get()

    assert (got.status_code, got.headers["Retry-After"]) == (503, "5")
    assert (await site.get()).status_code == 200
    assert site.asked() == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UpstreamUnavailable("https://secret.example is away", retry_after_s=7), 503),
        (UpstreamRefused("https://secret.example says 403"), 502),
        (UpstreamMissing("https://secret.example says 404"), 404),
        (StoreUnavailable("MongoDB is away"), 503),
    ],
)
async def test_a_source_that_gives_nothing_is_asked_again(error: Exception, status: int) -> None:
    """Nothing is kept of that, and where the source lies is not told."""
    site = await a_site()
    site.source.errors[URL] = [error]  # type: ignore[list-item] # every one is a TainError
    got = await site.get()
    kept = await site.kept()
    again = await site.get()

    assert (got.status_code, kept) == (status, None)
    assert got.headers.get("Retry-After") == {503: "7" if "secret" in str(error) else "5"}.get(status)
    assert "secret" not in got.text
    assert again.json()["files"] == list(FILES)


async def test_what_can_not_be_read_is_told_so() -> None:
    """502, and nothing is kept."""
    site = await a_site()
    site.source.files[URL] = b"<html>"
    got = await site.get()

    assert (got.status_code, await site.kept()) == (502, None)


async def test_a_page_without_files_is_kept_as_such() -> None:
    """There is no such project here, until a run reads it again."""
    site = await a_site()
    site.source.files[URL] = b"[]"
    answers = [await site.get() for _ in range(3)]
    kept = await site.kept()

    assert [got.status_code for got in answers] == [404] * 3
    assert kept is not None
    assert (kept.shard, site.asked()) == (None, 1)


async def test_what_was_read_stays_when_the_source_changes() -> None:
    """Also for a server that is started later, and for a revision whose rules are others."""
    site = await a_site()
    first = await site.get()
    site.put({**FILES, "a-3.whl": b"three"})
    second = await site.get()
    async with site.world.client(site.world.another_server()) as client:
        third = await client.get(PAGE)
    await site.publish("a-1")
    fourth = await site.get()

    assert first.content == second.content == third.content
    assert fourth.json()["files"] == ["a-2.whl"]
    assert site.asked() == 1


async def test_of_two_who_read_at_once_the_first_to_keep_it_counts() -> None:
    """NATS was away; everybody shows the same all the same."""
    site = await a_site()
    mine = encode_payload(records_of({"a-9.whl": b"nine"}))
    digest = hashlib.sha256(mine).digest()
    get = site.source.get

    async def get_late(url: str, **given: Any) -> Fetched | NotModified:
        await site.world.records.shards.put({digest: mine})
        await site.world.records.read_pages.put(
            "id-of-forge",
            ReadPage(name="a", shard=digest, read_at=NOON),
            source=source_digest(SOURCE),
            partition="noarch",
        )
        return await get(url, **given)

    site.source.get = get_late  # type: ignore[method-assign] # another process is faster

    assert (await site.get()).json()["files"] == ["a-9.whl"]


async def test_the_rules_of_the_revision_decide() -> None:
    """On the page, on files and on what belongs to them; with the day on which the name was read."""
    site = await a_site("a-1")
    site.put(FILES, notes={"sig": (f"sha256:{sha256_of(b'signed')}", "a.sig")})
    site.world.pass_time(days=3)
    page = await site.get()
    dropped = [await site.get(f"{BASE}/noarch/{name}") for name in ("a-1.whl", "a-1.whl.sig")]
    kept = await site.get(f"{BASE}/noarch/a-2.whl")

    assert page.json()["files"] == ["a-2.whl"]
    assert [got.status_code for got in dropped] == [404, 404]
    assert kept.content == b"two"
    assert len(site.ecosystem.deciding) == 1
    assert site.ecosystem.deciding[0].seen == [Seen(all=site.world.clock.now().date().toordinal())]


async def test_nothing_is_left_where_the_rules_drop_all() -> None:
    """As where there never was anything."""
    site = await a_site("a-1", "a-2")

    assert (await site.get()).status_code == 404
    assert (await site.get(f"{BASE}/noarch/a-1.whl")).status_code == 404


async def test_a_name_that_a_rule_drops_is_not_even_read() -> None:
    """A catalogue of before the rule may list it still."""
    site = await a_site("a")

    assert (await site.get()).status_code == 404
    assert site.source.requests == []


async def test_what_rules_ask_for_besides_the_page_is_read_first() -> None:
    """Licenses stand beside files; who does not have them says nothing of itself."""
    site = await a_site("copyleft")
    notes = {"metadata": (f"sha256:{sha256_of(b'copyleft')}", "a-1.metadata")}
    free = {"metadata": (f"sha256:{sha256_of(b'free')}", "a-2.metadata")}
    gone = {"metadata": (f"sha256:{sha256_of(b'gone')}", "a-3.metadata")}
    one, two = records_of(FILES)
    (three,) = records_of({"a-3.whl": b"three"})
    site.source.files[URL] = encode_payload(
        msgspec.structs.replace(record, notes=said) for record, said in ((one, notes), (two, free), (three, gone))
    )
    site.source.files |= {f"{SOURCE}/noarch/a-1.metadata": b"copyleft", f"{SOURCE}/noarch/a-2.metadata": b"free"}
    pages = [await site.get() for _ in range(2)]

    assert [page.json()["files"] for page in pages] == [["a-2.whl", "a-3.whl"]] * 2
    assert site.asked(f"{SOURCE}/noarch/a-1.metadata") == 1


async def test_nothing_is_let_in_because_the_source_was_away() -> None:
    """A license that could not be asked for is not an unknown one."""
    site = await a_site("copyleft")
    url = f"{SOURCE}/noarch/a.metadata"
    site.put(FILES, notes={"metadata": (f"sha256:{sha256_of(b'copyleft')}", "a.metadata")})
    site.source.files[url] = b"copyleft"
    site.source.errors[url] = [UpstreamUnavailable("away", retry_after_s=1)]
    away, there = await site.get(), await site.get()

    assert (away.status_code, there.status_code) == (503, 404)


async def test_names_of_several_sources_are_laid_over_each_other() -> None:
    """One was read in a run, the other is read now."""
    site = Site()
    await site.world.add_mirror()
    await site.world.add_mirror("second")
    site.put(FILES)
    await site.publish(second={"noarch/a-2.whl": b"another", "noarch/a-3.whl": b"three"})
    page = await site.get()
    files = [await site.get(f"{BASE}/noarch/a-{number}.whl") for number in (2, 3)]

    assert sorted(page.json()["files"]) == ["a-1.whl", "a-2.whl", "a-3.whl"]
    assert [got.content for got in files] == [b"two", b"three"]


async def test_a_source_without_the_name_leaves_the_others() -> None:
    """It listed the name when the list was read."""
    site = Site()
    await site.world.add_mirror()
    await site.world.add_mirror("second")
    await site.publish(second={"noarch/a-3.whl": b"three"})

    assert (await site.get()).json()["files"] == ["a-3.whl"]


async def test_a_source_that_is_away_makes_the_whole_page_wait() -> None:
    """Half a page would send a client to another version."""
    site = Site()
    await site.world.add_mirror()
    await site.world.add_mirror("second")
    site.source.errors[URL] = [UpstreamUnavailable("away")]
    await site.publish(second={"noarch/a-3.whl": b"three"})

    assert (await site.get()).status_code == 503


async def test_older_revisions_say_nothing_of_a_name_that_is_to_be_read() -> None:
    """What its rules leave out now no catalogue tells."""
    site = Site()
    await site.world.add_mirror()
    rules = (await put_bytes(site.world.blobs, encode_evaluation(Evaluation()))).sha256
    await site.world.publish({"noarch/a-1.whl": b"one"}, rules=rules)
    site.put({"a-2.whl": b"two"})
    await site.publish()

    assert (await site.get(f"{BASE}/noarch/a-1.whl")).status_code == 404
    assert (await site.get(f"{BASE}/noarch/a-2.whl")).status_code == 200


async def test_nothing_is_read_for_a_revision_that_was_replaced() -> None:
    """What is gone from the list is gone, also where a client still asks."""
    site = await a_site()
    await site.publish(unread=("noarch/b",))

    assert (await site.get(f"{BASE}/noarch/a-1.whl")).status_code == 404
    assert site.source.requests == []


async def test_names_that_nobody_lists_are_not_asked_for() -> None:
    """A server must not be led to ask its source for anything."""
    site = await a_site()
    answers = [await site.get(f"{BASE}/{path}") for path in ("simple/b/", "noarch/b-1.whl", "pypi/b/1")]

    assert [got.status_code for got in answers] == [404] * 3
    assert site.source.requests == []


async def test_a_name_whose_mirror_is_gone_is_not_there() -> None:
    """Nobody knows where to ask."""
    site = Site()
    await site.publish()

    assert (await site.get()).status_code == 404


async def test_lost_rules_let_nothing_in() -> None:
    """Without them nothing can be decided."""
    site = Site()
    await site.world.add_mirror()
    site.put(FILES)
    await site.world.publish({}, rules=Sha256("e" * 64), unread=("noarch/a",))

    assert (await site.get()).status_code == 503


async def test_a_stopping_server_gives_up_what_it_reads() -> None:
    """And leaves no lease behind."""
    site = await a_site()
    source = GatedSource(site)
    site.source.get = source.get  # type: ignore[method-assign] # a gate before the source's own
    asking = asyncio.create_task(site.get())
    await source.was_asked.wait()
    await site.world.serving.stop()

    assert (await asking).status_code == 503
    assert site.world.leases.holders == {}
    assert await site.kept() is None


async def test_a_published_name_of_the_same_rules_is_still_served_from_before() -> None:
    """A run read it meanwhile: its records are those of the catalogue from now on."""
    site = await a_site()
    unread = await site.get()
    site.put({**FILES, "a-3.whl": b"three"})
    await site.world.publish({f"noarch/{name}": data for name, data in {**FILES, "a-3.whl": b"three"}.items()})
    read = await site.get()

    assert (unread.json()["files"], read.json()["files"]) == (list(FILES), [*FILES, "a-3.whl"])
