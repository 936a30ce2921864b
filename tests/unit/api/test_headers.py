"""Headers that keep browsers and caches from mixing people, and limits on what a request may be."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.types import HTTPResponseStartEvent

from libs.common.domain.errors import InvalidInput
from services.api.headers import header_adder
from services.api.problems import exception_handlers
from services.api.request_limits import MOST_PARAMETERS, RequestLimits
from services.api.trusted_proxies import read_trusted_proxies
from tests.unit.api.harness import Api

HSTS = "strict-transport-security"


async def headers_of(
    *headers: tuple[bytes, bytes], public_url: str | None = None, scheme: str = "http"
) -> dict[str, str]:
    """Return what an answer with these headers is sent with."""
    message: HTTPResponseStartEvent = {"type": "http.response.start", "status": 200, "headers": list(headers)}
    await header_adder(public_url=public_url)(message, {"type": "http", "scheme": scheme})  # type: ignore[arg-type]
    return {name.decode().lower(): value.decode() for name, value in message["headers"]}


@pytest.mark.parametrize("path", ["/api/system", "/nowhere", "/api/channels", "/api/docs", "/api/account"])
async def test_every_answer_keeps_other_origins_out(api: Api, path: str) -> None:
    """Problems and pages too; and none says what serves it."""
    headers = (await api.client.get(path)).headers

    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "default-src" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers
    assert HSTS not in headers


@pytest.mark.parametrize(
    ("public_url", "scheme", "is_sent"),
    [
        ("https://packages.example", "https", True),
        ("https://packages.example", "http", False),
        ("http://packages.example", "https", False),
        (None, "https", False),
    ],
)
async def test_browsers_are_told_to_keep_to_https_where_that_is_known(
    public_url: str | None, scheme: str, *, is_sent: bool
) -> None:
    """RFC 6797 section 7.2: never over http; and never where the operator did not say so."""
    assert (HSTS in await headers_of(public_url=public_url, scheme=scheme)) is is_sent


async def test_what_a_cache_keeps_for_one_person_is_not_for_another() -> None:
    """A browser's cache knows one from the other by what it sent."""
    private = await headers_of((b"cache-control", b"private, max-age=60"), (b"vary", b"Accept"))
    public = await headers_of((b"cache-control", b"public, max-age=60"), (b"vary", b"Accept"))
    neither = await headers_of()

    assert private["vary"] == "Accept, Authorization, Cookie, X-Auth"
    assert public["vary"] == "Accept"
    assert neither["cache-control"] == "no-store"


async def test_an_address_with_too_many_parameters_is_refused(api: Api) -> None:
    """Each costs time to read, and nothing of ours has more than a few."""
    few = await api.ask("GET", "/api/channels?" + "&".join(["limit=5"] * MOST_PARAMETERS))
    many = await api.ask("GET", "/api/channels?" + "&".join(["limit=5"] * (MOST_PARAMETERS + 1)))

    assert (few.status_code, many.status_code, many.json()["field"]) == (200, 400, "query")


@post("/eat", opt={"needs": None})
async def eat(request: Request[object, object, object]) -> Response[str]:  # type: ignore[type-var]
    """Take a body."""
    return Response(str(len(await request.body())), status_code=200)


@get("/wait", opt={"needs": None})
async def wait_for_leave(request: Request[object, object, object]) -> Response[str]:  # type: ignore[type-var]
    """Look whether the client has left, as the sending of packages does."""
    await request.body()
    return Response((await request.receive())["type"])


class Wire:
    """A client whose pieces come when their turn is; the application stands still until then."""

    def __init__(self, *pieces: bytes | Callable[[], Awaitable[None]]) -> None:
        self._pieces = list(pieces)
        self.sent: list[object] = []

    async def receive(self) -> dict[str, object]:
        """Return the next piece, or that the client left."""
        while self._pieces:
            piece = self._pieces.pop(0)
            if isinstance(piece, bytes):
                return {
                    "type": "http.request",
                    "body": piece,
                    "more_body": any(isinstance(it, bytes) for it in self._pieces),
                }
            await piece()
        return {"type": "http.disconnect"}

    async def send(self, message: object) -> None:
        """Keep what is sent."""
        self.sent.append(message)


async def answer_to(wire: Wire, method: str, path: str, *, grace_s: float) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return status, headers and body of what an application with limits answers."""
    app = Litestar(
        [eat, wait_for_leave],
        middleware=[RequestLimits(grace_s=grace_s, least_bytes_per_s=10**9)],
        exception_handlers=exception_handlers(),
        logging_config=None,
        openapi_config=None,
    )
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
        "scheme": "http", "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2), "root_path": "",
        "http_version": "1.1", "asgi": {"version": "3.0", "spec_version": "2.3"}, "state": {},
    }  # fmt: skip
    await app(scope, wire.receive, wire.send)  # type: ignore[arg-type]
    start, *parts = wire.sent
    body = b"".join(part["body"] for part in parts)  # type: ignore[index]
    return start["status"], dict(start["headers"]), body  # type: ignore[index]


async def never() -> None:
    """Wait for what does not come."""
    await asyncio.Event().wait()


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """408, and the connection ends: what comes of it later must not be read as a request."""
    status, headers, body = await answer_to(Wire(b"abc", never, b"def"), "POST", "/eat", grace_s=0.02)

    assert (status, headers[b"connection"]) == (408, b"close")
    assert b"the body came too slowly" in body


async def test_a_body_that_comes_in_pieces_is_taken() -> None:
    """However many there are."""
    assert (await answer_to(Wire(*[b"abc"] * 50), "POST", "/eat", grace_s=5))[::2] == (200, b"150")


async def test_an_answer_may_take_as_long_as_it_takes() -> None:
    """Once the request is whole, waiting is waiting for the client to leave: a download of an hour is fine."""
    leaves = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, leaves.set)

    async def later() -> None:
        await leaves.wait()

    status, _, body = await answer_to(Wire(b"", later), "GET", "/wait", grace_s=0.02)

    assert (status, body) == (200, b"http.disconnect")


@pytest.mark.parametrize("text", [None, "", " , "])
def test_no_proxy_is_trusted_by_default(text: str | None) -> None:
    """Anyone could say that they come from anywhere."""
    assert read_trusted_proxies(text) == []


def test_proxies_are_addresses_and_networks() -> None:
    """Of both families."""
    assert read_trusted_proxies("192.0.2.7, 10.1.0.0/16,2001:db8::/32") == ["192.0.2.7", "10.1.0.0/16", "2001:db8::/32"]


@pytest.mark.parametrize("text", ["*", "proxy.example", "10.1.2.3/16", "192.0.2.7:80", "0x7f.1"])
def test_what_is_no_address_is_no_proxy(text: str) -> None:
    """`*` would let everybody forge where they come from."""
    with pytest.raises(InvalidInput, match="TAIN_TRUSTED_PROXIES"):
        read_trusted_proxies(text)
