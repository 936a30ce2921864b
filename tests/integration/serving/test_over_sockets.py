"""Serving over real connections: broken streams, many clients, sources in trouble."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.upstream.http import HttpUpstream
from libs.common.domain.digest import Digest, sha256_of
from tests.integration.serving.wire import Address, listening
from tests.support.http_source import Answer, HttpSource, http_source
from tests.unit.serving.world import HOLD_BACK, World, some_bytes

_PACKAGE = "noarch/a-1-0.conda"
_URL = f"/api/repo/main/{_PACKAGE}"
_DATA = some_bytes(1_200_000)
_DIGEST = Digest("sha256", sha256_of(_DATA))


class _Site:
    """A source on the network, a store on the disk, and a server between them and the clients."""

    def __init__(self, world: World, source: HttpSource, address: Address) -> None:
        self.world = world
        self.source = source
        self.address = address

    def plan(self, *answers: Answer | bytes) -> None:
        """Plan what the source answers for the package."""
        self.source.put(f"/forge/{_PACKAGE}", *answers)

    async def is_stored(self) -> bool:
        """Tell whether the package is in the store."""
        return await self.world.blobs.find(_DIGEST) is not None


@asynccontextmanager
async def _site(
    folder: Path, *, http: Literal["httptools", "h11"] = "httptools", **record: Any
) -> AsyncIterator[_Site]:
    upstream = HttpUpstream()
    try:
        async with http_source() as source:
            world = World(blobs=FileBlobStore(folder), upstream=upstream)
            await world.add_mirror(source_root=f"{source.url}/forge")
            await world.publish({_PACKAGE: _DATA}, index={"noarch/repodata.json": b"{}"}, **record)
            async with listening(world.serving, http=http) as address:
                site = _Site(world, source, address)
                site.plan(_DATA)
                yield site
    finally:
        await upstream.aclose()


async def test_a_hundred_clients_get_a_file_that_is_fetched_once(tmp_path: Path) -> None:
    """All at the same time, byte for byte."""
    async with _site(tmp_path) as site:
        answers = await asyncio.gather(*(site.address.ask(_URL) for _ in range(100)))

        assert {(answer.status, answer.is_whole, answer.body == _DATA) for answer in answers} == {(200, True, True)}
        assert len(site.source.requests) == 1


async def test_clients_are_served_while_the_file_comes_in(tmp_path: Path) -> None:
    """Each from where it asked, long before the source is done."""
    gate = asyncio.Event()
    async with _site(tmp_path) as site:
        site.plan(Answer(body=_DATA, gate=gate))
        async with site.address.connection() as whole, site.address.connection() as part:
            await whole.send(_URL)
            await part.send(_URL, Range="bytes=1000-1999")
            status, headers = await whole.read_head()
            early = await whole.read(500_000)
            part_status, part_headers = await part.read_head()
            early_part, _ = await part.read_body(part_headers)
            was_stored = await site.is_stored()
            gate.set()
            rest = await whole.read(len(_DATA) - len(early))

        assert (status, headers["content-length"], part_status) == (200, str(len(_DATA)), 206)
        assert early_part == _DATA[1000:2000]
        assert not was_stored
        assert early + rest == _DATA
        assert len(site.source.requests) == 1


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("record", [{}, {"size_bytes": None}], ids=["known size", "unknown size"])
async def test_a_wrong_file_breaks_the_connection_off(
    tmp_path: Path, http: Literal["httptools", "h11"], record: dict[str, None]
) -> None:
    """So that no client takes it for whole; the next one gets the right file, if the source has it by then."""
    wrong = _DATA[:-1] + bytes([_DATA[-1] ^ 1])
    async with _site(tmp_path, http=http, **record) as site:
        site.plan(wrong, _DATA)
        broken = await site.address.ask(_URL)
        right = await site.address.ask(_URL)

        assert (broken.status, broken.is_whole) == (200, False)
        assert len(broken.body) <= len(_DATA) - HOLD_BACK
        assert broken.body == wrong[: len(broken.body)]
        assert (right.is_whole, right.body == _DATA) == (True, True)
        assert site.world.serving.passages.rejected == 1


async def test_a_source_that_breaks_off_is_taken_up_again(tmp_path: Path) -> None:
    """From where it broke."""
    async with _site(tmp_path) as site:
        site.plan(Answer(body=_DATA, cut_at=500_000), Answer(body=_DATA, cut_at=500_000), _DATA)
        got = await site.address.ask(_URL)

        assert (got.is_whole, got.body == _DATA) == (True, True)
        assert len(site.source.requests) == 3
        assert all("range" in request.headers for request in site.source.requests[1:])


async def test_a_source_that_always_breaks_off_breaks_the_answer_off(tmp_path: Path) -> None:
    """Nothing is stored, and the client knows that its file is not whole."""
    async with _site(tmp_path) as site:
        site.plan(Answer(body=_DATA, cut_at=1_000_000, has_ranges=False))
        got = await site.address.ask(_URL)

        assert (got.status, got.is_whole) == (200, False)
        assert not await site.is_stored()


async def test_a_source_that_is_down_is_a_problem_answer(tmp_path: Path) -> None:
    """With when to try again, and no word of where the source is."""
    async with _site(tmp_path) as site:
        site.plan(Answer(status=503, headers={"Retry-After": "9"}))
        down = await site.address.ask(_URL)
        site.plan(Answer(status=404))
        missing = await site.address.ask(_URL)

        assert (down.status, down.headers["retry-after"]) == (503, "9")
        assert missing.status == 404
        assert b"127.0.0.1" not in down.body + missing.body


async def test_the_download_goes_on_when_its_client_leaves(tmp_path: Path) -> None:
    """The next client is served from the store."""
    gate = asyncio.Event()
    async with _site(tmp_path) as site:
        site.plan(Answer(body=_DATA, gate=gate))
        async with site.address.connection() as connection:
            await connection.send(_URL)
            await connection.read_head()
            await connection.read(1000)
        gate.set()
        got = await site.address.ask(_URL)

        assert (got.is_whole, got.body == _DATA) == (True, True)
        assert await site.is_stored()
        assert len(site.source.requests) == 1


async def test_a_broken_download_is_resumed_by_the_client(tmp_path: Path) -> None:
    """As conda does: Range without If-Range; and as the careful do: with."""
    async with _site(tmp_path) as site:
        first = await site.address.ask(_URL, Range="bytes=0-999999")
        plain = await site.address.ask(_URL, Range="bytes=1000000-")
        careful = await site.address.ask(_URL, Range="bytes=1000000-", If_Range=first.headers["etag"])
        other = await site.address.ask(_URL, Range="bytes=1000000-", If_Range='"other"')

        assert [answer.status for answer in (first, plain, careful, other)] == [206, 206, 206, 200]
        assert first.body + plain.body == first.body + careful.body == other.body == _DATA
        assert len(site.source.requests) == 1


async def test_one_connection_serves_every_kind_of_answer(tmp_path: Path) -> None:
    """Each ends where the next begins."""
    index = "/api/repo/main/noarch/repodata.json"
    async with _site(tmp_path) as site, site.address.connection() as connection:
        answers = [
            await connection.ask(_URL, method="HEAD"),
            await connection.ask(_URL),
            await connection.ask(_URL, If_None_Match="*"),
            await connection.ask(_URL, Range="bytes=-5"),
            await connection.ask(_URL, Range=f"bytes={len(_DATA)}-"),
            await connection.ask(_URL, If_Match='"other"'),
            await connection.ask(index),
            await connection.ask(index, method="HEAD", If_None_Match="*"),
            await connection.ask("/api/repo/main/noarch/../noarch/repodata.json"),
            await connection.ask("/api/repo/unknown/noarch/repodata.json", method="HEAD"),
            await connection.ask(_URL),
        ]

        assert [answer.status for answer in answers] == [200, 200, 304, 206, 416, 412, 200, 304, 404, 401, 200]
        assert answers[3].body == _DATA[-5:]
        assert answers[-1].body == _DATA


async def test_a_server_that_stops_breaks_open_answers_off(tmp_path: Path) -> None:
    """It does not wait for a source that does not go on."""
    async with _site(tmp_path) as site:
        site.plan(Answer(body=_DATA, gate=asyncio.Event()))
        async with site.address.connection() as connection:
            await connection.send(_URL)
            _, headers = await connection.read_head()
            await site.world.serving.stop()
            _, is_whole = await connection.read_body(headers)

        assert not is_whole
        assert not await site.is_stored()
