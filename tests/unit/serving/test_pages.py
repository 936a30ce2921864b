"""Pages that are rendered when a client asks."""

from typing import Any

import httpx
import pytest

from libs.common.domain.channel import Privacy
from libs.common.domain.digest import Digest, sha256_of
from libs.common.domain.errors import UpstreamUnavailable
from tests.unit.serving.fakes import TinyEcosystem
from tests.unit.serving.world import SOURCE, TOKEN, World

JSON, HTML = "application/vnd.tiny.v1+json", "text/html; charset=utf-8"
A1, A2 = "noarch/a-1.whl", "noarch/a-2.whl"
BASE = "/api/repo/main"


class Site:
    """A world with one ecosystem, and a client of its server."""

    def __init__(self, **made: Any) -> None:
        self.ecosystem = TinyEcosystem()
        self.world = World(ecosystem=self.ecosystem, **made)

    async def get(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        """Send one request, which is not redirected."""
        async with self.world.client() as client:
            return await client.request(
                method, path, headers={"Accept": JSON, **{key.replace("_", "-"): it for key, it in headers.items()}}
            )


async def a_site(**record: Any) -> Site:
    """Return a site whose channel has two files of one name."""
    site = Site()
    await site.world.add_mirror()
    await site.world.publish({A1: b"one |told by one| x", A2: b"two"}, **record)
    return site


async def test_a_page_is_rendered_from_the_records_of_its_name() -> None:
    """With the tag of its bytes, in the type that the client takes."""
    site = await a_site()
    got = await site.get(f"{BASE}/simple/a/")

    assert got.status_code == 200
    assert got.json() == {"form": JSON, "files": ["a-1.whl", "a-2.whl"], "extracted": {}, "texts": {}}
    assert got.headers["Content-Type"] == JSON
    assert got.headers["ETag"] == f'"{sha256_of(got.content)}"'
    assert got.headers["Cache-Control"] == "public, max-age=60"
    assert got.headers["Vary"] == "Accept"
    assert int(got.headers["Content-Length"]) == len(got.content)
    assert "Last-Modified" not in got.headers


async def test_a_page_is_rendered_once_for_all_who_ask() -> None:
    """Until its records change."""
    site = await a_site()
    first = [await site.get(f"{BASE}/simple/a/", Accept=kind) for kind in (JSON, "text/html", "*/*", JSON)]
    rendered = site.ecosystem.rendered
    await site.world.publish({A1: b"one"})
    second = await site.get(f"{BASE}/simple/a/")

    assert [got.headers["Content-Type"] for got in first] == [JSON, HTML, HTML, JSON]
    assert rendered == 2
    assert second.json()["files"] == ["a-1.whl"]


async def test_a_page_that_the_client_has_is_304() -> None:
    """Whatever date it sends along; the types of one page have tags of their own."""
    site = await a_site()
    got = await site.get(f"{BASE}/simple/a/")
    tag, date = got.headers["ETag"], "Sun, 17 May 2099 12:00:00 GMT"
    same = await site.get(f"{BASE}/simple/a/", If_None_Match=tag, If_Modified_Since=date)
    other = await site.get(f"{BASE}/simple/a/", If_None_Match=tag, Accept="text/html")
    only_date = await site.get(f"{BASE}/simple/a/", If_Modified_Since=date)

    assert (same.status_code, same.content, same.headers["ETag"], same.headers["Vary"]) == (304, b"", tag, "Accept")
    assert (other.status_code, only_date.status_code) == (200, 200)


async def test_head_of_a_page_has_the_headers_of_get() -> None:
    """And no body."""
    site = await a_site()
    head = await site.get(f"{BASE}/simple/a/", method="HEAD")
    got = await site.get(f"{BASE}/simple/a/")

    assert (dict(head.headers), head.content) == (dict(got.headers), b"")


async def test_a_client_that_takes_no_type_of_a_page_is_told() -> None:
    """406, with what there is; a cache must know what the answer hung on."""
    site = await a_site()
    got = await site.get(f"{BASE}/simple/a/", Accept="image/png")

    assert got.status_code == 406
    assert got.headers["Vary"] == "Accept"
    assert got.headers["Content-Type"] == "application/problem+json"
    assert JSON in got.json()["detail"]


async def test_a_format_in_the_address_chooses_the_type() -> None:
    """For browsers and curl."""
    site = await a_site()
    got = await site.get(f"{BASE}/simple/a/?format={JSON}", Accept="text/html")

    assert got.headers["Content-Type"] == JSON


@pytest.mark.parametrize("path", ["simple/b/", "pypi/a/3", "pypi/b/1", "noarch/b-1.whl.sig", "noarch/a-1.whl.sig"])
async def test_a_page_of_what_is_not_there_is_404(path: str) -> None:
    """Unknown names, and unknown versions of known ones."""
    site = await a_site()

    assert (await site.get(f"{BASE}/{path}")).status_code == 404


async def test_the_list_is_negotiated_too() -> None:
    """An empty one in an empty channel, the revision's in others."""
    site = Site()
    await site.world.add_channel()
    empty = await site.get(f"{BASE}/simple/")
    await site.world.publish({}, index={"simple/index.html": b"<html>", "simple/index.json": b"{}"})
    found = [await site.get(f"{BASE}/simple/", Accept=kind) for kind in (JSON, "text/html")]

    assert (empty.status_code, empty.headers["Content-Type"], empty.headers["Vary"]) == (200, JSON, "Accept")
    assert [got.content for got in found] == [b"{}", b"<html>"]
    assert [got.headers["Content-Type"] for got in found] == [JSON, HTML]
    assert [got.headers["Vary"] for got in found] == ["Accept", "Accept"]


@pytest.mark.parametrize(
    ("base", "path", "location", "url"),
    [
        (BASE, "simple/a", "a/", f"{BASE}/simple/a/"),
        (BASE, "simple/A/", "../a/", f"{BASE}/simple/a/"),
        (f"/t/{TOKEN}{BASE}", "simple/a?format=x%2By", "a/?format=x%2By", f"/t/{TOKEN}{BASE}/simple/a/?format=x%2By"),
        (f"/api/repo/t/{TOKEN}/main", "simple/A", "a/", f"/api/repo/t/{TOKEN}/main/simple/a/"),
    ],
)
async def test_another_address_is_relative(base: str, path: str, location: str, url: str) -> None:
    """So that the token in the path is still there."""
    site = await a_site()
    got = await site.get(f"{base}/{path}")

    assert (got.status_code, got.headers["Location"], got.content) == (301, location, b"")
    assert got.next_request is not None
    assert got.next_request.url == f"http://tain.example{url}"


@pytest.mark.parametrize(
    "path", ["simple/", "simple/a", "simple/a/", "simple/b/", "noarch/a-1.whl", "noarch/a-1.whl.sig"]
)
async def test_of_a_private_channel_nobody_learns_what_it_has(path: str) -> None:
    """Not by pages, and not by where they are moved to: without a token all answers are one."""
    site = Site()
    await site.world.add_channel(privacy=Privacy.PRIVATE)
    await site.world.publish({A1: b"one"})
    refused = await site.get(f"{BASE}/{path}")
    unknown = await site.get(f"/api/repo/other/{path}")

    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="Tain"')
    assert (unknown.status_code, dict(unknown.headers), unknown.json()) == (
        refused.status_code,
        dict(refused.headers),
        refused.json(),
    )


async def test_a_page_of_a_private_channel_is_not_for_shared_caches() -> None:
    """Who has the token as a user name sees it."""
    site = Site()
    await site.world.add_channel(privacy=Privacy.PRIVATE)
    await site.world.publish({A1: b"one"})
    async with site.world.client() as client:
        answers = [
            await client.get(f"{BASE}/simple/a/", auth=auth)
            for auth in ((TOKEN, "x-auth-token"), ("__token__", TOKEN), (TOKEN, ""))
        ]

    assert [got.status_code for got in answers] == [200] * 3
    assert answers[0].headers["Cache-Control"] == "private, max-age=60"


async def test_of_several_mirrors_the_first_that_has_a_file_counts() -> None:
    """The page has the files of all."""
    site = Site()
    await site.world.add_mirror()
    await site.world.add_mirror("second")
    await site.world.publish({A1: b"one"}, second={A1: b"another", A2: b"two", "noarch/b-1.whl": b"b"})
    page = await site.get(f"{BASE}/simple/a/")
    files = [await site.get(f"{BASE}/{path}") for path in (A1, A2, "noarch/b-1.whl")]

    assert page.json()["files"] == ["a-1.whl", "a-2.whl"]
    assert [got.content for got in files] == [b"one", b"two", b"b"]


SIGNATURE = b"signed"
NOTES = {"sig": (f"sha256:{sha256_of(SIGNATURE)}", "a.sig")}


async def test_a_companion_is_fetched_and_kept_like_a_package() -> None:
    """And never counted as one."""
    site = await a_site(notes=NOTES)
    site.world.source.files[f"{SOURCE}/noarch/a.sig"] = SIGNATURE
    answers = [await site.get(f"{BASE}/{A1}.sig", method=method) for method in ("GET", "GET", "HEAD")]
    await site.world.serving.counts.flush()

    assert [got.content for got in answers] == [SIGNATURE, SIGNATURE, b""]
    assert [got.headers["Content-Type"] for got in answers] == ["text/sig"] * 3
    assert answers[0].headers["ETag"] == f'"{sha256_of(SIGNATURE)}"'
    assert site.world.source.requests == [(f"{SOURCE}/noarch/a.sig", 0)]
    assert await site.world.blobs.find(Digest("sha256", sha256_of(SIGNATURE))) is not None
    assert site.world.bus.said == []


async def test_a_companion_that_is_not_what_it_should_be_is_not_served() -> None:
    """As a package that is not."""
    site = await a_site(notes=NOTES)
    site.world.source.files[f"{SOURCE}/noarch/a.sig"] = b"forged"

    assert (await site.get(f"{BASE}/{A1}.sig")).status_code == 502


async def test_a_companion_without_a_size_can_not_fill_the_disk() -> None:
    """It is a text: 16 MiB is far more than any has."""
    site = await a_site(notes={"sig": (f"listed:{'a' * 64}", "a.sig")})
    site.world.source.files[f"{SOURCE}/noarch/a.sig"] = bytes(16 * 1024 * 1024 + 1)
    got = await site.get(f"{BASE}/{A1}.sig", method="HEAD")

    assert got.status_code == 502
    assert await site.world.blobs.find(Digest("listed", "a" * 64)) is None


async def test_what_stands_in_a_package_is_served_once_that_is_stored() -> None:
    """And the page tells of it at once."""
    site = await a_site(is_looked_into=True)
    before = await site.get(f"{BASE}/{A1}.metadata")
    page_before = await site.get(f"{BASE}/simple/a/")
    await site.get(f"{BASE}/{A1}")
    await site.get(f"{BASE}/{A2}")
    await site.world.serving.extraction.settled()
    after = await site.get(f"{BASE}/{A1}.metadata")
    page = await site.get(f"{BASE}/simple/a/")

    assert (before.status_code, page_before.json()["extracted"]) == (404, {})
    assert (after.content, after.headers["Content-Type"]) == (b"told by one", "text/metadata")
    assert after.headers["ETag"] == f'"{sha256_of(b"told by one")}"'
    assert page.json()["extracted"] == {"a-1.whl": sha256_of(b"told by one")}
    assert page.headers["ETag"] != page_before.headers["ETag"]
    assert (await site.get(f"{BASE}/{A2}.metadata")).status_code == 404
    assert (await site.get(f"{BASE}/{A1}.sig")).status_code == 404


async def test_a_part_of_a_package_is_enough() -> None:
    """A lazy client asks for the end of a wheel, which brings all of it in."""
    site = await a_site(is_looked_into=True)
    part = await site.get(f"{BASE}/{A1}", Range="bytes=-4")
    while site.world.serving.passages.count:
        await site.get(f"{BASE}/{A1}")
    await site.world.serving.extraction.settled()

    assert (part.status_code, part.content) == (206, b"e| x"[-4:])
    assert (await site.get(f"{BASE}/{A1}.metadata")).content == b"told by one"


async def test_a_package_that_was_stored_before_is_looked_into_too() -> None:
    """Another channel brought it."""
    site = await a_site()
    await site.get(f"{BASE}/{A1}")
    await site.world.publish({A1: b"one |told by one| x"}, key="other", is_looked_into=True)
    asked = await site.get(f"/api/repo/other/{A1}.metadata")
    page = await site.get("/api/repo/other/simple/a/")

    assert asked.content == b"told by one"
    assert page.json()["extracted"] == {"a-1.whl": sha256_of(b"told by one")}


async def test_a_package_that_was_swept_is_looked_into_when_it_comes_in_again() -> None:
    """What stood in it went with it."""
    site = await a_site(is_looked_into=True)
    of = Digest("sha256", sha256_of(b"one |told by one| x"))
    known: list[object] = []
    for _ in range(2):
        await site.get(f"{BASE}/{A1}")
        await site.get(f"{BASE}/{A1}")
        await site.world.serving.extraction.settled()
        known.append((await site.get(f"{BASE}/simple/a/")).json()["extracted"])
        await site.world.records.extracted.forget([of])
        await site.world.blobs.remove(sha256_of(b"one |told by one| x"))

    assert known == [{"a-1.whl": sha256_of(b"told by one")}] * 2


async def test_what_another_process_found_is_seen_after_some_seconds() -> None:
    """A page does not ask the database each time."""
    site = await a_site(is_looked_into=True)
    await site.get(f"{BASE}/simple/a/")
    await site.world.records.extracted.put(Digest("sha256", sha256_of(b"two")), b"told by two")
    at_once = await site.get(f"{BASE}/simple/a/")
    site.world.pass_time(seconds=10)
    later = await site.get(f"{BASE}/simple/a/")

    assert at_once.json()["extracted"] == {}
    assert later.json()["extracted"] == {"a-2.whl": sha256_of(b"told by two")}


async def test_a_page_shows_what_companions_say() -> None:
    """Fetched once, from the source or out of a file that is stored."""
    told = b"told beside it"
    site = await a_site(notes={"metadata": (f"sha256:{sha256_of(told)}", "a.metadata")})
    site.world.source.files[f"{SOURCE}/noarch/a.metadata"] = told
    pages = [await site.get(f"{BASE}/pypi/a/1") for _ in range(3)]
    await site.world.publish({A1: b"one |told by one| x"}, is_looked_into=True)
    not_yet = await site.get(f"{BASE}/pypi/a/1")
    await site.get(f"{BASE}/{A1}")
    taken_out = await site.get(f"{BASE}/pypi/a/1")

    assert [page.json()["texts"] for page in pages] == [{"a-1.whl": told.decode()}] * 3
    assert site.world.source.requests[:1] == [(f"{SOURCE}/noarch/a.metadata", 0)]
    assert len(site.world.source.requests) == 2
    assert not_yet.json()["texts"] == {}
    assert taken_out.json()["texts"] == {"a-1.whl": "told by one"}


async def test_a_page_does_without_companions_that_can_not_be_had() -> None:
    """For now: they are asked for again."""
    told = b"told beside it"
    site = await a_site(notes={"metadata": (f"sha256:{sha256_of(told)}", "a.metadata")})
    missing = await site.get(f"{BASE}/pypi/a/1")
    url = f"{SOURCE}/noarch/a.metadata"
    site.world.source.files[url] = told
    site.world.source.errors[url] = [UpstreamUnavailable("away", retry_after_s=1)]
    away = await site.get(f"{BASE}/pypi/a/1")
    there = await site.get(f"{BASE}/pypi/a/1")

    assert [page.json()["texts"] for page in (missing, away, there)] == [{}, {}, {"a-1.whl": told.decode()}]


async def test_a_page_of_a_name_that_is_gone_is_gone() -> None:
    """Files go on for a while, pages do not: they show what is there now."""
    site = await a_site(notes=NOTES)
    site.world.source.files[f"{SOURCE}/noarch/a.sig"] = SIGNATURE
    await site.world.publish({"noarch/b-1.whl": b"b"})

    assert (await site.get(f"{BASE}/simple/a/")).status_code == 404
    assert (await site.get(f"{BASE}/{A1}")).status_code == 200
    assert (await site.get(f"{BASE}/{A1}.sig")).status_code == 200
    site.world.pass_time(hours=2)
    assert (await site.get(f"{BASE}/{A1}.sig")).status_code == 404
