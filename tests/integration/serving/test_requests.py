"""Requests of package clients, through the web framework."""

import re
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.contracts.messages import ArtifactServed
from libs.common.domain.channel import Privacy
from libs.common.domain.digest import Digest, sha256_of
from libs.common.domain.errors import UpstreamMissing, UpstreamUnavailable
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.conda.names import KNOWN_SUBDIRS
from tests.unit.serving.world import SOURCE, TOKEN, World, some_bytes

_PACKAGE = "noarch/a-1-0.conda"
_URL = f"/api/repo/main/{_PACKAGE}"
_DATA = some_bytes(10_000)
_INDEX = b'{"packages":{"a":1}}'
_SHARD = b"rendered shard of a"


async def _world(**record: Any) -> World:
    world = World()
    await world.add_mirror()
    await world.publish(
        {_PACKAGE: _DATA}, index={"noarch/repodata.json": _INDEX}, shards={"noarch/a": _SHARD}, **record
    )
    return world


@pytest.mark.parametrize(
    "url",
    [
        "/api/repo/main/noarch/repodata.json",
        f"/t/{TOKEN}/api/repo/main/noarch/repodata.json",
        f"/api/repo/t/{TOKEN}/main/noarch/repodata.json",
        "/api/repo/main/noarch/%72epodata.json",
        "/api/repo/main/noarch/repodata.json?x=1",
    ],
)
async def test_an_index_is_served_at_every_form_of_its_address(url: str) -> None:
    """With a token before or after the base, or without."""
    world = await _world()
    async with world.client() as client:
        got = await client.get(url)

    assert (got.status_code, got.content) == (200, _INDEX)
    assert got.headers["ETag"] == f'"{sha256_of(_INDEX)}"'
    assert got.headers["Cache-Control"] == "public, max-age=60"
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["Last-Modified"] == "Sun, 17 May 2026 12:00:00 GMT"
    assert "Content-Encoding" not in got.headers
    assert "Repr-Digest" not in got.headers


@pytest.mark.parametrize("path", ["noarch/repodata.json", "linux-64/repodata.json", _PACKAGE])
async def test_head_answers_as_get(path: str) -> None:
    """Header by header, before and after the file was fetched."""
    world = await _world()
    async with world.client() as client:
        first = await client.head(f"/api/repo/main/{path}")
        got = await client.get(f"/api/repo/main/{path}")
        second = await client.head(f"/api/repo/main/{path}")

    assert dict(first.headers) == dict(got.headers) == dict(second.headers)
    assert int(got.headers["Content-Length"]) == len(got.content)
    assert first.content == b""


async def test_head_fetches_nothing() -> None:
    """The record says it all; so it is with a client that has the file."""
    world = await _world()
    async with world.client() as client:
        head = await client.head(_URL)
        same = await client.get(_URL, headers={"If-None-Match": head.headers["ETag"]})
        beyond = await client.get(_URL, headers={"Range": "bytes=10000-"})

    assert (head.status_code, same.status_code, beyond.status_code) == (200, 304, 416)
    assert head.headers["Content-Length"] == "10000"
    assert beyond.headers["Content-Range"] == "bytes */10000"
    assert world.source.requests == []


async def test_head_of_a_file_of_unknown_size_fetches_it() -> None:
    """For HEAD must say what GET would."""
    world = await _world(size_bytes=None)
    async with world.client() as client:
        head = await client.head(_URL)
        got = await client.get(_URL)

    assert head.headers["Content-Length"] == got.headers["Content-Length"] == "10000"
    assert len(world.source.requests) == 1


async def test_a_file_of_unknown_size_is_sent_without_length() -> None:
    """While it is fetched; after that it is known."""
    world = await _world(size_bytes=None)
    async with world.client() as client:
        first = await client.get(_URL)
        second = await client.get(_URL)

    assert first.content == second.content == _DATA
    assert "Content-Length" not in first.headers
    assert second.headers["Content-Length"] == "10000"


async def test_a_package_is_fetched_once_and_then_served_from_the_store() -> None:
    """With headers that say what it is, and that caches ask before they give it to others."""
    world = await _world()
    async with world.client() as client:
        first = await client.get(_URL)
        second = await client.get(_URL)

    assert first.content == second.content == _DATA
    assert dict(first.headers) == dict(second.headers)
    assert world.source.requests == [(f"{SOURCE}/{_PACKAGE}", 0)]
    assert first.headers["ETag"] == f'"{sha256_of(_DATA)}"'
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["Content-Type"] == "application/octet-stream"
    assert re.fullmatch(r"sha-256=:[A-Za-z0-9+/]{43}=:", first.headers["Repr-Digest"])
    assert first.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_package_known_by_md5_keeps_its_tag() -> None:
    """Before and after its sha256 is known."""
    world = await _world(digest="md5:781e5e245d69b566979b86e28d23f2c7", size_bytes=10)
    world.source.files[f"{SOURCE}/{_PACKAGE}"] = b"0123456789"
    async with world.client() as client:
        before = await client.get(_URL)
        after = await client.get(_URL)

    assert before.content == after.content == b"0123456789"
    assert before.headers["ETag"] == after.headers["ETag"] == '"md5-781e5e245d69b566979b86e28d23f2c7"'
    assert "Repr-Digest" not in after.headers


async def test_a_shard_is_served_by_its_digest() -> None:
    """For good: its name is its content."""
    world = await _world()
    async with world.client() as client:
        got = await client.get(f"/api/repo/main/noarch/shards/{sha256_of(_SHARD)}.zst")

    assert (got.status_code, got.content) == (200, _SHARD)
    assert got.headers["Content-Type"] == "application/zstd"
    assert got.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_shards_date_does_not_change_with_the_revision() -> None:
    """Its bytes can't either."""
    world = await _world()
    url = f"/api/repo/main/noarch/shards/{sha256_of(_SHARD)}.zst"
    async with world.client() as client:
        first = await client.get(url)
        world.pass_time(hours=1)
        await world.publish({}, shards={"noarch/a": b"newer"})
        second = await client.get(url)

    assert first.headers["Last-Modified"] == second.headers["Last-Modified"]


async def test_a_new_revision_is_seen_by_tag_and_by_date() -> None:
    """At once, in the next request."""
    world = await _world()
    url = "/api/repo/main/noarch/repodata.json"
    async with world.client() as client:
        old = await client.get(url)
        by_tag, by_date = {"If-None-Match": old.headers["ETag"]}, {"If-Modified-Since": old.headers["Last-Modified"]}
        same = [(await client.get(url, headers=condition)).status_code for condition in (by_tag, by_date)]
        world.pass_time(seconds=1)
        await world.publish({}, index={"noarch/repodata.json": b"new"})
        changed = [(await client.get(url, headers=condition)).content for condition in (by_tag, by_date)]

    assert same == [304, 304]
    assert changed == [b"new", b"new"]


async def test_an_empty_index_gives_way_to_a_full_one() -> None:
    """Also for a client that compares dates only."""
    world = World()
    await world.add_channel()
    url = "/api/repo/main/linux-64/repodata.json"
    async with world.client() as client:
        empty = await client.get(url)
        world.pass_time(minutes=1)
        await world.publish({}, index={"linux-64/repodata.json": _INDEX})
        full = await client.get(url, headers={"If-Modified-Since": empty.headers["Last-Modified"]})

    assert (empty.status_code, full.status_code, full.content) == (200, 200, _INDEX)


async def test_not_modified_repeats_what_caches_need() -> None:
    """And has neither length nor body."""
    world = await _world()
    async with world.client() as client:
        same = await client.get("/api/repo/main/noarch/repodata.json", headers={"If-None-Match": "*"})

    assert same.status_code == 304
    assert same.headers["ETag"] == f'"{sha256_of(_INDEX)}"'
    assert same.headers["Cache-Control"] == "public, max-age=60"
    assert same.content == b""


@pytest.mark.parametrize("subdir", KNOWN_SUBDIRS)
async def test_a_new_conda_channel_has_every_index_of_every_subdir(subdir: str) -> None:
    """Rattler remembers a missing shard index for ever, conda for a week."""
    world = World(ecosystem=CondaEcosystem())
    await world.add_channel()
    there = ("repodata.json", "repodata.json.zst", "repodata_shards.msgpack.zst")
    async with world.client() as client:
        found = [await client.head(f"/api/repo/main/{subdir}/{file}") for file in there]
        shards = await client.get(f"/api/repo/main/{subdir}/{there[2]}")
        missing = await client.get(f"/api/repo/main/{subdir}/current_repodata.json")

    assert {answer.status_code for answer in found} == {200}
    assert len({answer.headers["ETag"] for answer in found}) == len(there)
    assert shards.headers["Content-Type"] == "application/zstd"
    assert missing.status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_clients_only_read(method: str) -> None:
    """There are no uploads."""
    world = await _world()
    async with world.client() as client:
        refused = await client.request(method, "/api/repo/main")

    assert refused.status_code == 405
    assert refused.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "path",
    [
        "main",
        "main/",
        "main/noarch",
        "main/noarch/b-1-0.conda",
        "main/noarch//repodata.json",
        "main/noarch/%2e%2e/noarch/repodata.json",
        "main/noarch%2frepodata.json",
        "main/..%2fmain/noarch/repodata.json",
    ],
)
async def test_nothing_else_is_there(path: str) -> None:
    """No way around an address."""
    world = await _world()
    async with world.client() as client:
        request = client.build_request("GET", "/api/repo/x")
        request.url = httpx.URL("http://tain.example", raw_path=f"/api/repo/{path}".encode())
        missing = await client.send(request)

    assert missing.status_code == 404
    assert missing.json()["code"] == "not_found"


@pytest.mark.parametrize("privacy", [Privacy.PRIVATE, Privacy.AUTHENTICATED])
async def test_without_a_token_private_and_unknown_look_alike(privacy: Privacy) -> None:
    """Channel, subchannel, file there or not: nothing can be learned."""
    world = await _world()
    await world.add_channel("secret", privacy=privacy)
    await world.add_channel("main/secret", privacy=privacy)
    paths = (
        "secret/noarch/repodata.json",
        "secret/noarch/x-1-0.conda",
        "unknown/noarch/repodata.json",
        "main/secret/noarch/repodata.json",
        "main/unknown/noarch/repodata.json",
        "main/secret/x.json",
        "main/unknown/x.json",
        "main/secret",
        "main/unknown",
        "Not-A-Name/noarch/repodata.json",
    )
    async with world.client() as client:
        answers = [await client.get(f"/api/repo/{path}") for path in paths]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Basic realm="Tain"'}
    assert len({answer.content for answer in answers}) == 1


async def test_with_a_token_private_channels_are_read_and_unknown_ones_are_missing() -> None:
    """By each way in which clients send it; never for shared caches."""
    world = await _world()
    await world.add_channel("secret", privacy=Privacy.PRIVATE)
    path = "secret/noarch/repodata.json"
    async with world.client() as client:
        answers = [
            await client.get(f"/api/repo/{path}", headers={"X-Auth": TOKEN}),
            await client.get(f"/api/repo/{path}", auth=(TOKEN, "x-auth-token")),
            await client.get(f"/api/repo/{path}", headers={"Authorization": f"Bearer {TOKEN}"}),
            await client.get(f"/api/repo/t/{TOKEN}/{path}"),
            await client.get(f"/t/{TOKEN}/api/repo/{path}"),
        ]
        unknown = await client.get(f"/t/{TOKEN}/api/repo/unknown/noarch/repodata.json")
        below = await client.get(f"/t/{TOKEN}/api/repo/main/unknown/noarch/repodata.json")

    assert [answer.status_code for answer in answers] == [200] * 5
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, max-age=60"}
    assert (unknown.status_code, below.status_code) == (404, 404)


async def test_a_wrong_token_is_refused_and_never_repeated() -> None:
    """Also for a public channel: the client believes in something that is not so."""
    world = await _world()
    async with world.client() as client:
        refused = await client.get("/t/wrong-token-1234/api/repo/main/noarch/repodata.json")

    assert refused.status_code == 401
    assert "wrong-token-1234" not in refused.text + str(refused.headers)


async def test_a_subchannel_is_a_channel_of_its_own() -> None:
    """Its name wins where it can be no partition."""
    world = await _world()
    await world.publish({}, key="main/stage", index={"noarch/repodata.json": b"stage"})
    async with world.client() as client:
        stage = await client.get("/api/repo/main/stage/noarch/repodata.json")
        main = await client.get("/api/repo/main/noarch/repodata.json")
        package = await client.get(f"/api/repo/main/stage/{_PACKAGE}")

    assert (stage.content, main.content) == (b"stage", _INDEX)
    assert package.status_code == 404


async def test_a_wrong_file_is_a_problem_and_not_stored() -> None:
    """Small enough to be looked at before anything is sent."""
    world = await _world(size_bytes=10, digest=f"sha256:{sha256_of(b'0123456789')}")
    world.source.files[f"{SOURCE}/{_PACKAGE}"] = b"9876543210"
    async with world.client() as client:
        bad = await client.get(_URL)

    assert bad.status_code == 502
    assert bad.json()["code"] == "content_mismatch"
    assert bad.headers["Cache-Control"] == "no-store"
    assert await world.blobs.find(Digest("sha256", sha256_of(b"9876543210"))) is None


@pytest.mark.parametrize(
    ("error", "status"),
    [(UpstreamMissing("gone"), 404), (UpstreamUnavailable("down", retry_after_s=7), 503)],
    ids=["missing", "down"],
)
async def test_what_the_source_does_not_give_is_a_problem(
    error: UpstreamMissing | UpstreamUnavailable, status: int
) -> None:
    """That no cache keeps; the next request asks again."""
    world = await _world()
    world.source.errors[f"{SOURCE}/{_PACKAGE}"] = [error]
    async with world.client() as client:
        bad = await client.get(_URL)
        good = await client.get(_URL)

    assert bad.status_code == status
    assert bad.headers["Cache-Control"] == "no-store"
    assert bad.headers.get("Retry-After") == ("7" if status == 503 else None)
    assert good.content == _DATA


async def test_a_file_of_a_deleted_mirror_says_so() -> None:
    """GET and HEAD alike, unless it is stored."""
    world = await _world()
    await world.records.mirrors.delete("id-of-forge")
    async with world.client() as client:
        got, head = await client.get(_URL), await client.head(_URL)

    assert (got.status_code, head.status_code) == (404, 404)
    assert "mirror" in got.json()["detail"]


async def test_a_stored_file_with_another_size_than_its_record_is_not_served() -> None:
    """The record is wrong, so the file is not what it promises."""
    world = await _world(size_bytes=9)
    spool = world.blobs.spool()
    spool.write(_DATA)
    await world.blobs.commit(spool)
    async with world.client() as client:
        bad = await client.get(_URL)

    assert bad.status_code == 502


async def test_downloads_are_counted_when_the_last_byte_is_sent() -> None:
    """A resumed one once; HEAD, 304 and parts in the middle not."""
    world = await _world()
    async with world.client() as client:
        await client.head(_URL)
        await client.get(_URL, headers={"Range": "bytes=0-99"})
        await client.get(_URL, headers={"If-None-Match": "*"})
        await client.get("/api/repo/main/noarch/repodata.json")
        await client.get(_URL)
        await client.get(_URL, headers={"Range": "bytes=100-"})
    await world.serving.stop()

    (served,) = world.bus.said
    assert isinstance(served, ArtifactServed)
    assert (served.channel, served.counts, served.by_user) == ("main", {_PACKAGE: 2}, {"": {_PACKAGE: 2}})


@settings(max_examples=50, deadline=None)
@given(
    header=st.from_regex(r"bytes=[0-9]{0,5}-[0-9]{0,5}", fullmatch=True) | st.text(alphabet="bytes=-0123,", max_size=15)
)
async def test_any_range_of_a_file_is_a_right_slice(header: str) -> None:
    """Fetched now or stored: status, place and bytes agree."""
    world = await _world()
    async with world.client() as client:
        for got in (
            await client.get(_URL, headers={"Range": header}),
            await client.get(_URL, headers={"Range": header}),
        ):
            if got.status_code == 206:
                place = re.fullmatch(r"bytes (\d+)-(\d+)/10000", got.headers["Content-Range"])
                assert place is not None
                assert got.content == _DATA[int(place[1]) : int(place[2]) + 1]
            else:
                assert (got.status_code, got.content) in ((200, _DATA), (416, b""))
    await world.serving.stop()
