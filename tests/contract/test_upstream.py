"""What every upstream must do: http, files, and the one in memory that other tests use."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest

from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.upstream.files import FileUpstream
from libs.common.adapters.upstream.http import HttpUpstream
from libs.common.domain.errors import UnreadableIndex, UpstreamMissing
from libs.common.ports.upstream import Fetched, NotModified, Upstream, Validators
from tests.support.http_source import Answer, HttpSource, http_source

DATA = bytes(range(256)) * 1000


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """An upstream, and how to put a file where it reads; `put(name, data)` returns the URL."""

    upstream: Upstream
    put: Callable[[str, bytes], str]


@pytest.fixture(params=["http", "file", "memory"])
async def source(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Source]:
    """Return an empty source of each kind."""
    if request.param == "http":
        async with http_source() as server:
            http = HttpUpstream()
            yield Source(upstream=http, put=partial(_serve, server))
            await http.aclose()
    elif request.param == "file":

        def put(name: str, data: bytes) -> str:
            (tmp_path / name).write_bytes(data)
            return f"file://{tmp_path}/{name}"

        yield Source(upstream=FileUpstream(folders=(tmp_path,)), put=put)
    else:
        memory = MemoryUpstream()

        def remember(name: str, data: bytes) -> str:
            url = f"http://memory/{name}"
            memory.files[url] = data
            return url

        yield Source(upstream=memory, put=remember)


def _serve(server: HttpSource, name: str, data: bytes) -> str:
    kind = {"Content-Type": "Text/HTML; charset=utf-8"} if name.endswith(".html") else {}
    return server.put(f"/{name}", Answer(body=data, headers=kind))


async def _fetch(upstream: Upstream, url: str, validators: Validators | None = None) -> Fetched:
    answer = await upstream.get(url, validators=validators, limit_bytes=len(DATA))
    if isinstance(answer, NotModified):
        raise TypeError("the file was not modified")
    return answer


async def test_a_file_is_returned_whole(source: Source) -> None:
    """The bytes, and the URL that relative URLs in them start from."""
    url = source.put("index.json", DATA)

    answer = await _fetch(source.upstream, url)

    assert answer.data == DATA
    assert answer.url == url


async def test_the_kind_of_file_is_told(source: Source) -> None:
    """By its media type, to which web servers add a charset."""
    url = source.put("index.html", DATA)
    if isinstance(source.upstream, MemoryUpstream):
        source.upstream.content_types[url] = "text/html"

    answer = await source.upstream.get(url, home=url, accept="text/html", limit_bytes=len(DATA))

    assert isinstance(answer, Fetched)
    assert answer.content_type in ("text/html", "Text/HTML; charset=utf-8")


async def test_a_kind_that_is_not_known_is_not_made_up(source: Source) -> None:
    """Whoever reads the file looks into it then."""
    answer = await _fetch(source.upstream, source.put("simple", DATA))

    assert answer.content_type is None


async def test_a_missing_file_is_said_to_be_missing(source: Source) -> None:
    """404 is no outage; the caller may go on to the next form of an index."""
    url = source.put("index.json", DATA).replace("index.json", "other.json")

    with pytest.raises(UpstreamMissing, match=r"other\.json"):
        await source.upstream.get(url, limit_bytes=10)
    with pytest.raises(UpstreamMissing):
        async with source.upstream.open(url):
            pass


async def test_an_unchanged_file_is_not_sent_again(source: Source) -> None:
    """A second run with nothing new costs one conditional request."""
    url = source.put("index.json", DATA)
    first = await _fetch(source.upstream, url)

    second = await source.upstream.get(url, validators=first.validators, limit_bytes=len(DATA))

    assert isinstance(second, NotModified)


async def test_a_changed_file_is_sent_again(source: Source) -> None:
    """Known validators that no longer hold bring the new bytes."""
    url = source.put("index.json", DATA)
    first = await _fetch(source.upstream, url)
    source.put("index.json", b"new")

    second = await _fetch(source.upstream, url, first.validators)

    assert second.data == b"new"
    assert second.validators != first.validators


async def test_a_file_may_be_exactly_as_large_as_allowed(source: Source) -> None:
    """The limit is the largest size that is allowed."""
    url = source.put("index.json", DATA)

    assert (await _fetch(source.upstream, url)).data == DATA
    with pytest.raises(UnreadableIndex, match=f"{len(DATA) - 1} bytes"):
        await source.upstream.get(url, limit_bytes=len(DATA) - 1)


async def test_a_download_comes_in_pieces(source: Source) -> None:
    """A file of any size is streamed, and its size is known from the start."""
    url = source.put("pack.conda", DATA)

    async with source.upstream.open(url) as download:
        pieces = [piece async for piece in download.pieces()]

    assert download.offset == 0
    assert download.size_bytes == len(DATA)
    assert b"".join(pieces) == DATA


async def test_a_download_goes_on_where_it_broke_off(source: Source) -> None:
    """A range is asked for, and the size is still that of the whole file."""
    url = source.put("pack.conda", DATA)

    async with source.upstream.open(url, offset=1000) as download:
        rest = b"".join([piece async for piece in download.pieces()])

    assert download.offset == 1000
    assert download.size_bytes == len(DATA)
    assert rest == DATA[1000:]


@pytest.mark.parametrize("offset", [len(DATA), len(DATA) + 1])
async def test_a_range_beyond_the_end_starts_over(source: Source, offset: int) -> None:
    """A file that shrank meanwhile is fetched from its start."""
    url = source.put("pack.conda", DATA)

    async with source.upstream.open(url, offset=offset) as download:
        whole = b"".join([piece async for piece in download.pieces()])

    assert download.offset == 0
    assert whole == DATA


async def test_a_download_may_be_left_early(source: Source) -> None:
    """A stopped run drops its transfers, and the next download works."""
    url = source.put("pack.conda", DATA * 20)

    async with source.upstream.open(url) as download:
        async for _ in download.pieces():
            break

    async with source.upstream.open(url) as download:
        assert b"".join([piece async for piece in download.pieces()]) == DATA * 20
