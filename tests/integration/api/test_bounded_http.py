"""What a request may weigh and how long it may take to come, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from services.api.bounded_http import MOST_HEAD_BYTES, MOST_HEADERS, MOST_URL_BYTES, BoundedHttp


class Hasty(BoundedHttp):
    """Bounds that a test can wait for."""

    head_within_s = 0.3
    rest_within_s = 0.3


async def polite(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Read nothing, and tell who asked by which way."""
    del receive
    assert scope["type"] == "http"
    body = json.dumps([scope["client"][0] if scope["client"] else None, scope["scheme"]]).encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@asynccontextmanager
async def serving(
    protocol: type[BoundedHttp], *, proxies: list[str] | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Serve as the api does, and yield a connection to it."""
    config = uvicorn.Config(
        polite,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or [],
        port=0,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        await server.shutdown()


async def answers_to(
    data: bytes, *, protocol: type[BoundedHttp] = BoundedHttp, proxies: list[str] | None = None
) -> str:
    """Send bytes, and return all that comes until the server ends the connection."""
    async with serving(protocol, proxies=proxies) as (reader, writer):
        writer.write(data)
        return (await asyncio.wait_for(reader.read(), 10)).decode()


def request(*lines: str, path: str = "/") -> bytes:
    """Return a request that ends its connection."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: t", "Connection: close", *lines, "", ""]).encode()


async def test_a_usual_request_is_answered() -> None:
    """With a large token in it, too, and nothing that says what serves it."""
    answer = await answers_to(request("X-Auth: " + "x" * 30_000, path="/" + "a" * 8_000))

    assert answer.startswith("HTTP/1.1 200 ")
    assert "server:" not in answer.lower()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(request("X: " + "x" * MOST_HEAD_BYTES), 431, id="large-header"),
        pytest.param(request(*["X: y"] * MOST_HEADERS), 431, id="many-headers"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"x" * (2 * MOST_HEAD_BYTES), 431, id="endless-header"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"x" * (2 * MOST_HEAD_BYTES), 431, id="endless-name"),
        pytest.param(request(path="/" + "a" * MOST_URL_BYTES), 414, id="long-path"),
        pytest.param(request(path="/?" + "a" * MOST_URL_BYTES), 414, id="long-query"),
        pytest.param(b"GET /" + b"a" * (2 * MOST_URL_BYTES), 414, id="endless-path"),
        pytest.param(b"GET /?a=\xff HTTP/1.1\r\nHost: t\r\n\r\n", 400, id="no-ascii"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, id="tls"),
        pytest.param(request("Content-Length: 3", "Transfer-Encoding: chunked"), 400, id="two-lengths"),
        pytest.param(request("Content-Length: 3", "Content-Length: 4"), 400, id="two-other-lengths"),
    ],
)
async def test_what_is_too_much_is_refused_before_anyone_reads_it(data: bytes, status: int) -> None:
    """As a problem, and the connection ends with it."""
    head, _, body = (await answers_to(data)).partition("\r\n\r\n")

    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "content-type: application/problem+json" in head
    assert "connection: close" in head
    assert json.loads(body)["status"] == status


async def test_a_head_that_does_not_end_is_not_waited_for() -> None:
    """Also where it is the second one of its connection."""
    first = await answers_to(b"GET / HTTP/1.1\r\nHost: t\r\n", protocol=Hasty)
    second = await answers_to(b"GET / HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n", protocol=Hasty)

    assert first.startswith("HTTP/1.1 408 ")
    assert second.startswith("HTTP/1.1 200 ")
    assert "HTTP/1.1 408 " in second


async def test_who_connects_and_asks_nothing_is_shown_out() -> None:
    """Without a word, for nobody waits for one."""
    assert not await answers_to(b"", protocol=Hasty)


async def test_the_rest_of_a_body_that_nobody_reads_is_not_waited_for() -> None:
    """The answer was given before it came."""
    answer = await answers_to(b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\nabc", protocol=Hasty)

    assert answer.startswith("HTTP/1.1 200 ")
    assert answer.count("HTTP/1.1") == 1


async def test_who_is_no_proxy_can_not_say_where_it_comes_from() -> None:
    """By default nobody is one."""
    forged = request("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "Forwarded: for=192.0.2.7;proto=https")

    for proxies in (None, ["192.0.2.1", "10.0.0.0/8"]):
        answer = await answers_to(forged, proxies=proxies)
        assert json.loads(answer.partition("\r\n\r\n")[2]) == ["127.0.0.1", "http"]


async def test_a_proxy_tells_who_asked() -> None:
    """The last one that is no proxy itself: what stands before it the client may have written."""
    told = request("X-Forwarded-For: 203.0.113.9, 192.0.2.7, 127.0.0.2", "X-Forwarded-Proto: https")

    answer = await answers_to(told, proxies=["127.0.0.0/8"])
    assert json.loads(answer.partition("\r\n\r\n")[2]) == ["192.0.2.7", "https"]
