"""Whatever a stranger writes into an address or a header: no bug, no file of the machine, no other channel's file."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar

from libs.common.domain.channel import Privacy
from tests.support.loop_thread import LoopThread
from tests.unit.serving.world import TOKEN, World, web_app

OPEN_FILE, HIDDEN_FILE = b"what everybody may read", b"what nobody else may read"
OPEN_PATH, HIDDEN_PATH = "noarch/open-1-0.tiny", "noarch/hidden-1-0.tiny"

SEGMENTS = (
    "main", "hidden", "stage", "noarch", "open-1-0.tiny", "hidden-1-0.tiny", "repodata.json", "..", ".", "", "t",
    "%2e%2e", "%2E.", "%252e%252e", "..%2f..%2fhidden", "..%5c..", "..\\..", "%00", "%ff", "%c0%ae%c0%ae", "%ED%A0%80",
    "%e0%80%af", "simple", "cran", "jupyter", "api", "repo", "etc", "passwd", "proc", "self", "environ", "%20", "*",
    "main%2f..%2fhidden", "main%00", "hidden%2fnoarch", "a" * 3000, "%F0%9F%92%A5", "shards", "~root", "C:", "0" * 48,
)  # fmt: skip
PREFIXES = ("/api/repo/", "/api/repo/t/", "/t/x/api/repo/", "/api/repo//", "/api/repo/./", "/t/../api/repo/")
NAMES = (
    "range", "if-range", "if-none-match", "if-match", "if-modified-since", "accept", "accept-encoding", "x-auth",
    "authorization", "cookie", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-original-url", "x-rewrite-url",
    "host", "cdn-loop", "content-length", "x-http-method-override",
)  # fmt: skip
VALUES = (
    "", "*", "bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-0,1-1,2-2", "bytes=" + "0-0," * 500, "bytes=-0", "items=1-2",
    "bytes=99999999999999999999-", '"x"', 'W/"x"', '"unclosed', "Mon, 99 Xyz 2026 99:99:99 GMT", "0", "*/*;q=9e999",
    "application/vnd.pypi.simple.v1+json;q=-1", ",,,,", "a/b;" * 300, "Basic", "Basic !!!!", "Basic Og==", "=;=;",
    "Basic /////w==", "Bearer", "Bearer  ", "Bearer a.b.c", "Digest x", "None", "tain_session=x; tain_session=y", "-1",
    'tain_session="', "for=127.0.0.1", "127.0.0.1", "/api/repo/hidden/noarch/hidden-1-0.tiny", "hidden", "\xff\xfe",
    "x" * 5000,
)  # fmt: skip

addresses = st.builds(
    lambda prefix, parts, between: prefix + between.join(parts),
    st.sampled_from(PREFIXES),
    st.lists(
        st.sampled_from(SEGMENTS) | st.text(st.characters(codec="ascii", min_codepoint=33), max_size=12), max_size=7
    ),
    st.sampled_from(("/", "/", "/", "//", "%2f")),
)
header_sets = st.dictionaries(
    st.sampled_from(NAMES),
    st.sampled_from(VALUES) | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30),
    max_size=4,
)
FEW = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


class Site:
    """A server with a channel for all and one for nobody, asked as it is over the wire: nothing is tidied up before."""

    def __init__(self, loop: LoopThread) -> None:
        self._loop = loop
        self._app: Litestar = loop.run(self._open())

    async def _open(self) -> Litestar:
        world = World()
        await world.add_channel()
        await world.add_mirror()
        await world.publish({OPEN_PATH: OPEN_FILE})
        await world.add_channel("hidden", privacy=Privacy.PRIVATE)
        await world.add_mirror("other", channel="hidden", channel_id="id-of-hidden")
        await world.publish({HIDDEN_PATH: HIDDEN_FILE}, key="hidden", mirror="id-of-other")
        return web_app(world.serving)

    def ask(self, address: str, headers: Mapping[str, str], *, method: str = "GET") -> tuple[int, bytes]:
        """Return status and body."""
        return self._loop.run(self._ask(address, headers, method))

    async def _ask(self, address: str, headers: Mapping[str, str], method: str) -> tuple[int, bytes]:
        raw_path, _, query = address.partition("?")
        scope: Any = {
            "type": "http", "method": method, "path": unquote(raw_path), "raw_path": raw_path.encode("latin-1"),
            "query_string": query.encode("latin-1"), "scheme": "http", "server": ("tain.example", 80),
            "client": ("192.0.2.1", 1), "root_path": "", "http_version": "1.1", "state": {},
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:])


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Return the server."""
    loop = LoopThread("site")
    yield Site(loop)
    loop.close()


def test_the_files_are_there(site: Site) -> None:
    """Or nothing here could fail."""
    assert site.ask(f"/api/repo/main/{OPEN_PATH}", {}) == (200, OPEN_FILE)
    assert site.ask(f"/api/repo/hidden/{HIDDEN_PATH}", {"x-auth": TOKEN}) == (200, HIDDEN_FILE)
    assert site.ask(f"/api/repo/hidden/{HIDDEN_PATH}", {})[0] == 401


@FEW
@given(address=addresses, headers=header_sets)
def test_a_stranger_finds_nothing_else(site: Site, address: str, headers: dict[str, str]) -> None:
    """By no address, and with no header."""
    status, body = site.ask(address, headers)

    assert status < 500
    assert HIDDEN_FILE not in body
    assert b"root:" not in body
    assert b"PATH=" not in body


@FEW
@given(headers=header_sets)
def test_headers_break_nothing_of_a_file_that_is_there(site: Site, headers: dict[str, str]) -> None:
    """What is sent of it is of it: a range, all, or nothing."""
    for method in ("GET", "HEAD"):
        status, body = site.ask(f"/api/repo/main/{OPEN_PATH}", headers, method=method)

        assert status in {200, 206, 304, 401, 412, 416} or (status, "host" in headers) == (400, True)
        if status in {200, 206}:
            assert body in OPEN_FILE
        assert status != 200 or method == "HEAD" or body == OPEN_FILE


@FEW
@given(token=st.sampled_from(VALUES + SEGMENTS) | st.text(st.characters(codec="ascii", min_codepoint=33), max_size=60))
def test_no_word_is_a_token(site: Site, token: str) -> None:
    """In none of the places where one can stand."""
    path = f"hidden/{HIDDEN_PATH}"
    in_path = token.replace("?", "").replace("\\xff", "")
    ways: tuple[tuple[str, dict[str, str]], ...] = (
        (f"/t/{in_path}/api/repo/{path}", {}),
        (f"/api/repo/t/{in_path}/{path}", {}),
        (f"/api/repo/{path}", {"x-auth": token}),
        (f"/api/repo/{path}", {"authorization": f"Bearer {token}"}),
        (f"/api/repo/{path}", {"authorization": f"Basic {token}"}),
        (f"/api/repo/{path}", {"cookie": f"tain_session={token}"}),
        (f"/api/repo/{path}?token={token}", {}),
    )
    for address, headers in ways:
        status, body = site.ask(address, headers)

        assert 400 <= status < 500, address
        assert HIDDEN_FILE not in body
