"""What is special about sources over HTTP: status codes, redirects, retries, secrets, politeness."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from libs.common.adapters.upstream.clients import HttpLimits
from libs.common.adapters.upstream.http import HttpUpstream, Retries
from libs.common.adapters.upstream.manners import HostLimits
from libs.common.adapters.upstream.open import open_upstream
from libs.common.adapters.upstream.proxies import ProxyRules
from libs.common.adapters.upstream.settings import UpstreamSettings
from libs.common.domain.errors import (
    MirrorCircle,
    SourceNotAllowed,
    TainError,
    UnreadableIndex,
    UpstreamMissing,
    UpstreamRefused,
    UpstreamUnavailable,
    UpstreamUnreachable,
)
from libs.common.ports.upstream import Fetched
from tests.support.http_source import Answer, HttpSource, http_source

DATA = b"a package, byte by byte " * 1000
QUICK = Retries(attempts=3, wait_first_s=0, wait_longest_s=0, jitter_s=0, retry_after_longest_s=0)
SECRETS = ("TOPSECRET", "PASSWORD", "SIGNATURE")


@pytest.fixture
async def source() -> AsyncIterator[HttpSource]:
    """Return a running server."""
    async with http_source() as server:
        yield server


@pytest.fixture
async def upstream() -> AsyncIterator[HttpUpstream]:
    """Return an upstream that does not wait long."""
    http = HttpUpstream(retries=QUICK, limits=HttpLimits(connect_s=5, read_s=0.2))
    yield http
    await http.aclose()


async def _get(upstream: HttpUpstream, url: str, *, proxy: str | None = None) -> bytes:
    answer = await upstream.get(url, proxy=proxy, limit_bytes=1_000_000)
    return answer.data if isinstance(answer, Fetched) else b""


async def _download(upstream: HttpUpstream, url: str, *, offset: int = 0) -> tuple[int, bytes]:
    async with upstream.open(url, offset=offset) as download:
        return download.offset, b"".join([piece async for piece in download.pieces()])


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, UpstreamMissing),
        (410, UpstreamMissing),
        (401, UpstreamRefused),
        (403, UpstreamRefused),
        (407, UpstreamRefused),
        (418, UpstreamRefused),
        (204, UpstreamRefused),
        (304, UpstreamRefused),
        (408, UpstreamUnavailable),
        (429, UpstreamUnavailable),
        (500, UpstreamUnavailable),
        (503, UpstreamUnavailable),
        (508, MirrorCircle),
    ],
)
async def test_a_status_says_whether_to_try_again(
    source: HttpSource, upstream: HttpUpstream, status: int, error: type[TainError]
) -> None:
    """Only what may pass is transient; the message has the status and no secret."""
    url = source.put("/t/TOPSECRET/x.json", Answer(status=status)).replace("//", "//user:PASSWORD@", 1)

    source.put("/t/TOPSECRET/x.json?sig=SIGNATURE", Answer(status=status))
    for attempt in (_get, _download):
        with pytest.raises(error, match=str(status)) as caught:
            await attempt(upstream, f"{url}?sig=SIGNATURE")
        assert not any(secret in str(caught.value) for secret in SECRETS)


async def test_a_failing_source_is_asked_again(source: HttpSource, upstream: HttpUpstream) -> None:
    """A passing outage of an index does not fail the run."""
    url = source.put("/x.json", Answer(status=503), Answer(body=DATA, cut_at=100), DATA)

    assert await _get(upstream, url) == DATA
    assert len(source.requests) == 3


async def test_asking_again_ends(source: HttpSource, upstream: HttpUpstream) -> None:
    """A lasting outage is told after a few attempts."""
    url = source.put("/x.json", Answer(status=500))

    with pytest.raises(UpstreamUnavailable):
        await _get(upstream, url)

    assert len(source.requests) == 3


async def test_what_is_refused_is_not_asked_again(source: HttpSource, upstream: HttpUpstream) -> None:
    """Asking once more with the same token would change nothing."""
    with pytest.raises(UpstreamRefused):
        await _get(upstream, source.put("/x.json", Answer(status=403)))

    assert len(source.requests) == 1


@pytest.mark.parametrize("host", ["169.254.169.254", "0xa9fea9fe", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"])
async def test_no_source_is_where_a_machine_is_told_about_itself(upstream: HttpUpstream, host: str) -> None:
    """Though it is the source's own host, and however it is written; it is not asked a second time."""
    with pytest.raises(SourceNotAllowed, match="TAIN_TRUSTED_HOSTS"):
        await _get(upstream, f"http://{host}/latest/meta-data/")


async def test_opening_is_not_repeated(source: HttpSource, upstream: HttpUpstream) -> None:
    """Whoever opens a download knows how far it came, and asks again by itself."""
    with pytest.raises(UpstreamUnavailable):
        await _download(upstream, source.put("/x.conda", Answer(status=503)))

    assert len(source.requests) == 1


async def test_a_wish_says_through_how_many_tains_it_came(source: HttpSource, upstream: HttpUpstream) -> None:
    """So that mirrors of each other notice (RFC 8586)."""
    url = source.put("/x.json", DATA)
    await upstream.get(url, hops=2, limit_bytes=1_000_000)
    await upstream.get(url, limit_bytes=1_000_000)
    async with upstream.open(url, hops=1):
        pass

    assert [one.headers["cdn-loop"] for one in source.requests] == ["tain, tain, tain", "tain", "tain, tain"]


@pytest.mark.parametrize("form", ["seconds", "date", "rubbish", "none"])
async def test_retry_after_is_passed_on(source: HttpSource, upstream: HttpUpstream, form: str) -> None:
    """A busy source may say how long to wait, in either form of the header."""
    headers = {
        "seconds": {"Retry-After": "90"},
        "date": {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)},
        "rubbish": {"Retry-After": "soon"},
        "none": {},
    }[form]

    with pytest.raises(UpstreamUnavailable) as caught:
        await _download(upstream, source.put("/x.conda", Answer(status=429, headers=headers)))

    if form in ("seconds", "date"):
        assert caught.value.retry_after_s == pytest.approx(90, abs=30)
    else:
        assert caught.value.retry_after_s is None


async def test_a_broken_body_is_not_taken_for_whole(source: HttpSource, upstream: HttpUpstream) -> None:
    """A connection that ends early raises, although half of the bytes came."""
    for answer in (Answer(body=DATA, cut_at=1000), Answer(body=DATA, length=len(DATA) + 5)):
        with pytest.raises(UpstreamUnavailable, match="broke"):
            await _download(upstream, source.put("/x.conda", answer))


async def test_a_source_that_stalls_is_given_up(source: HttpSource, upstream: HttpUpstream) -> None:
    """No download waits for ever for the next byte."""
    gate = asyncio.Event()

    with pytest.raises(UpstreamUnavailable, match="in time"):
        await _download(upstream, source.put("/x.conda", Answer(body=DATA, gate=gate)))

    gate.set()


@pytest.mark.parametrize("connect_s", [0.1, 60.0], ids=["head", "body"])
async def test_a_source_that_sends_drop_by_drop_is_given_up(source: HttpSource, connect_s: float) -> None:
    """It never stalls, and would hold the connection for ever; the head as well as the body."""
    upstream = HttpUpstream(retries=QUICK, limits=HttpLimits(connect_s=connect_s, read_s=0.2, least_bytes=1000))
    url = source.put("/x.conda", Answer(body=DATA, drop_s=0.005))

    for attempt in (_get, _download):
        with pytest.raises(UpstreamUnavailable, match="in time"):
            await attempt(upstream, url)

    await upstream.aclose()


async def test_a_source_that_is_not_there_is_unreachable(upstream: HttpUpstream) -> None:
    """A refused connection may be a restart of the source; the error names the host, for no file of it can be had."""
    async with http_source() as gone:
        url = gone.put("/t/TOPSECRET/x.json", DATA)

    with pytest.raises(UpstreamUnreachable, match="it refuses the connection") as caught:
        await _get(upstream, url)

    assert str(caught.value).startswith(f"{url.partition('/t/')[0]} can't be reached")
    assert "TOPSECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_host_without_an_address_is_unreachable(upstream: HttpUpstream) -> None:
    """Most often its name is mistyped."""
    with pytest.raises(UpstreamUnreachable, match=r"^http://nobody\.invalid can't be reached: there is no such host"):
        await _get(upstream, "http://nobody.invalid/main/noarch/repodata.json")


@pytest.mark.parametrize("url", ["http://", "http://host:99999999/x", "http://[::1", "https://\x00/"])
async def test_a_url_that_can_not_be_asked_is_refused(upstream: HttpUpstream, url: str) -> None:
    """Rubbish in an index never crashes a run."""
    with pytest.raises(UpstreamRefused):
        await _get(upstream, url)


async def test_redirects_are_followed(source: HttpSource, upstream: HttpUpstream) -> None:
    """Channels redirect to content networks; relative URLs then start from there."""
    source.put("/b", Answer(status=302, headers={"Location": "/c/index.json"}))
    source.put("/c/index.json", DATA)
    url = source.put("/a", Answer(status=301, headers={"Location": f"{source.url}/b"}))

    answer = await upstream.get(url, limit_bytes=len(DATA))

    assert isinstance(answer, Fetched)
    assert answer.data == DATA
    assert answer.url == f"{source.url}/c/index.json"


async def test_a_password_goes_along(source: HttpSource, upstream: HttpUpstream) -> None:
    """Also after a redirect on the same host, and with the URL that relative URLs start from."""
    source.put("/a", Answer(status=302, headers={"Location": "/b"}))
    source.put("/b", DATA)

    answer = await upstream.get(f"{source.url}/a".replace("//", "//user:PASS%40WORD@"), limit_bytes=len(DATA))

    assert isinstance(answer, Fetched)
    assert answer.url == f"{source.url}/b".replace("//", "//user:PASS%40WORD@")
    assert [request.headers["authorization"] for request in source.requests] == ["Basic dXNlcjpQQVNTQFdPUkQ="] * 2


async def test_a_password_does_not_follow_to_another_host(source: HttpSource, upstream: HttpUpstream) -> None:
    """Basic credentials are for the host that they were given for."""
    async with http_source() as other:
        other.put("/x.conda", DATA)
        source.put("/x.conda", Answer(status=302, headers={"Location": f"{other.url}/x.conda"}))

        await _download(upstream, f"{source.url}/x.conda".replace("//", "//user:PASSWORD@"))

        assert source.requests[0].headers["authorization"].startswith("Basic ")
        assert "authorization" not in other.requests[0].headers
        assert other.requests[0].headers["host"] == other.url.removeprefix("http://")


async def test_redirects_in_a_circle_end(source: HttpSource, upstream: HttpUpstream) -> None:
    """Five redirects are followed, and no more."""
    url = source.put("/a", Answer(status=302, headers={"Location": "/a"}))

    with pytest.raises(UpstreamRefused, match="more than 5 times"):
        await _get(upstream, url)

    assert len(source.requests) == 6


@pytest.mark.parametrize("location", ["http://", "http://host:99999999/", "http://[::1", "//", "http://h:0/"])
async def test_a_redirect_to_rubbish_is_refused(source: HttpSource, upstream: HttpUpstream, location: str) -> None:
    """A source's mistake never crashes a run."""
    url = source.put("/a", Answer(status=302, headers={"Location": location}))

    with pytest.raises(UpstreamRefused):
        await _get(upstream, url)


async def test_a_redirect_may_hold_signs_that_a_url_may_not(source: HttpSource, upstream: HttpUpstream) -> None:
    """As browsers do; a signature in the query keeps its escapes."""
    source.put("/a%20b%2F%C3%A9.conda?sig=%2Fx%2B", DATA)
    url = source.put("/a", Answer(status=302, headers={"Location": "/a b%2F\u00e9.conda?sig=%2Fx%2B"}))

    assert await _get(upstream, url) == DATA


async def test_a_redirect_does_not_leave_http(source: HttpSource, upstream: HttpUpstream) -> None:
    """A source can't make us read our own files."""
    url = source.put("/a", Answer(status=302, headers={"Location": "file:///etc/passwd"}))

    with pytest.raises(UpstreamRefused, match="not http"):
        await _get(upstream, url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_an_index_can_not_lead_into_our_networks(source: HttpSource, upstream: HttpUpstream, host: str) -> None:
    """A page of a source may name any host; ours are not asked for it."""
    url = source.put("/x.whl", DATA).replace("127.0.0.1", host)

    with pytest.raises(SourceNotAllowed, match="TAIN_TRUSTED_HOSTS"):
        await upstream.get(url, home="https://source.invalid/simple", limit_bytes=len(DATA))
    with pytest.raises(SourceNotAllowed, match=r"leads to .*, which is neither"):
        async with upstream.open(url, home="https://source.invalid/simple"):
            pass
    assert source.requests == []


async def test_a_redirect_can_not_lead_into_our_networks(source: HttpSource, upstream: HttpUpstream) -> None:
    """Neither for an index nor for a file, nor over a connection that another mirror opened."""
    inside = source.url.replace("127.0.0.1", "localhost")
    url = source.put("/a", Answer(status=302, headers={"Location": f"{inside}/secret"}))
    source.put("/secret", DATA)
    assert await _get(upstream, f"{inside}/secret") == DATA

    for attempt in (_get, _download):
        with pytest.raises(SourceNotAllowed, match="leads to localhost"):
            await attempt(upstream, url)

    assert [request.target for request in source.requests] == ["/secret", "/a", "/a"]


async def test_a_redirect_to_a_host_that_is_away_says_nothing_of_the_source(
    source: HttpSource, upstream: HttpUpstream
) -> None:
    """One page of a source must not make a run think that all of it is away."""
    async with http_source() as gone:
        target = gone.url
    url = source.put("/a", Answer(status=302, headers={"Location": f"{target}/b"}))

    with pytest.raises(UpstreamUnavailable, match=r"is redirected to 127\.0\.0\.1, which can't be reached") as caught:
        await _get(upstream, url)

    assert not isinstance(caught.value, UpstreamUnreachable)


async def test_an_endless_body_is_left(source: HttpSource, upstream: HttpUpstream) -> None:
    """Its length is not told, so the limit ends it."""
    url = source.put("/simple/", Answer(body=DATA, is_endless=True))

    with pytest.raises(UnreadableIndex, match="larger than"):
        await _get(upstream, url)


async def test_a_source_may_lead_to_its_own_host(source: HttpSource, upstream: HttpUpstream) -> None:
    """At another port, too: an index and its files may be two servers of one machine."""
    async with http_source() as other:
        there = other.put("/x.whl", DATA)
        url = source.put("/x.whl", Answer(status=302, headers={"Location": there}))

        assert await _get(upstream, url) == DATA
        async with upstream.open(there, home=f"{source.url}/simple") as download:
            assert b"".join([piece async for piece in download.pieces()]) == DATA


@pytest.mark.parametrize("trusted", ["localhost", "127.0.0.0/8,::1", "*"])
async def test_a_trusted_host_may_be_led_to(source: HttpSource, trusted: str) -> None:
    """By its name, or by the network that it stands in."""
    url = source.put("/x.whl", DATA).replace("127.0.0.1", "localhost")
    async with open_upstream(UpstreamSettings(trusted_hosts=trusted)) as upstream:
        answer = await upstream.get(url, home="https://source.invalid/simple", limit_bytes=len(DATA))

    assert isinstance(answer, Fetched)


async def test_cookies_are_not_kept(source: HttpSource, upstream: HttpUpstream) -> None:
    """No source knows us again."""
    url = source.put("/a", Answer(body=DATA, headers={"Set-Cookie": "id=1; Path=/"}))

    await _get(upstream, url)
    await _get(upstream, url)

    assert "cookie" not in source.requests[1].headers


async def test_requests_say_who_asks(source: HttpSource, upstream: HttpUpstream) -> None:
    """A source's operator can tell a mirror from a person."""
    await _get(upstream, source.put("/a", DATA))

    assert source.requests[0].headers["user-agent"].startswith("Tain/")
    assert source.requests[0].headers["user-agent"].endswith("(+mirror)")


async def test_a_source_may_choose_the_form_by_what_is_accepted(source: HttpSource, upstream: HttpUpstream) -> None:
    """Where nothing is wished for, anything is accepted."""
    url = source.put("/simple/", DATA)

    await upstream.get(url, accept="application/json, text/html;q=0.1", limit_bytes=len(DATA))
    await _get(upstream, url)

    assert [request.headers["accept"] for request in source.requests] == ["application/json, text/html;q=0.1", "*/*"]


async def test_text_may_come_compressed(source: HttpSource, upstream: HttpUpstream) -> None:
    """A large repodata.json is asked for in gzip where the source offers it."""
    packed = Answer(body=gzip.compress(DATA), headers={"Content-Encoding": "gzip"})

    assert await _get(upstream, source.put("/repodata.json", packed)) == DATA
    assert source.requests[0].headers["accept-encoding"] == "gzip"


async def test_a_compressed_bomb_is_stopped(source: HttpSource, upstream: HttpUpstream) -> None:
    """The limit counts what comes out, not what comes in."""
    packed = Answer(body=gzip.compress(bytes(5_000_000)), headers={"Content-Encoding": "gzip"})

    with pytest.raises(UnreadableIndex):
        await _get(upstream, source.put("/repodata.json", packed))


@pytest.mark.parametrize("name", ["/repodata.json.zst", "/PACKAGES.gz"])
async def test_packed_files_come_as_they_are(source: HttpSource, upstream: HttpUpstream, name: str) -> None:
    """Some servers call a `.gz` file an encoding; the file's own bytes are what is wanted."""
    packed = gzip.compress(DATA)

    for answer in (Answer(body=packed), Answer(body=packed, headers={"Content-Encoding": "x-gzip"})):
        assert await _get(upstream, source.put(name, answer)) == packed
        assert await _download(upstream, source.put(name, answer)) == (0, packed)
    assert {request.headers["accept-encoding"] for request in source.requests} == {"identity"}


async def test_a_source_without_ranges_starts_over(source: HttpSource, upstream: HttpUpstream) -> None:
    """A source may answer a range with the whole file; the caller is told so."""
    url = source.put("/x.conda", Answer(body=DATA, has_ranges=False))

    assert await _download(upstream, url, offset=10) == (0, DATA)
    assert source.requests[0].headers["range"] == "bytes=10-"


async def test_another_range_than_asked_for_is_not_taken(source: HttpSource, upstream: HttpUpstream) -> None:
    """A cache that mixes up ranges must not mix up files."""
    wrong = Answer(body=DATA, headers={"Content-Range": f"bytes 7-{len(DATA) - 1}/{len(DATA)}"})
    url = source.put("/x.conda", wrong, Answer(body=DATA, has_ranges=False))

    assert await _download(upstream, url, offset=10) == (0, DATA)


async def test_a_host_is_asked_by_few_connections_at_once(source: HttpSource) -> None:
    """A mirror is polite, however many files it wants."""
    upstream = HttpUpstream(limits=HttpLimits(host=HostLimits(connections=3)))
    gate = asyncio.Event()
    url = source.put("/x.conda", Answer(body=DATA, gate=gate))

    downloads = [asyncio.create_task(_download(upstream, url)) for _ in range(10)]
    await source.at_gate.wait()
    gate.set()
    await asyncio.gather(*downloads)

    assert source.most_at_once <= 3
    assert len(source.requests) == 10
    await upstream.aclose()


@pytest.mark.parametrize("status", [429, 503])
async def test_a_host_that_wants_to_be_left_alone_is(source: HttpSource, status: int) -> None:
    """Retry-After is for all that this process wants of the host, index and files, and for no other host."""
    upstream = HttpUpstream(retries=QUICK, limits=HttpLimits(host=HostLimits(patience_s=0)))
    busy = source.put("/busy.conda", Answer(status=status, headers={"Retry-After": "60"}))
    other = source.put("/t/TOPSECRET/other.json", DATA)

    with pytest.raises(UpstreamUnavailable):
        await _download(upstream, busy)
    for attempt in (_get, _download):
        with pytest.raises(UpstreamUnavailable, match="left alone") as caught:
            await attempt(upstream, other)
        assert caught.value.retry_after_s == pytest.approx(60, abs=30)
        assert "TOPSECRET" not in str(caught.value)
    assert [request.target for request in source.requests] == ["/busy.conda"]

    async with http_source() as elsewhere:
        assert await _get(upstream, elsewhere.put("/x", DATA)) == DATA
    await upstream.aclose()


async def test_who_has_patience_waits_for_a_host_that_rests(source: HttpSource) -> None:
    """A fetcher's files wait, and are not lost for it."""
    upstream = HttpUpstream(limits=HttpLimits(host=HostLimits(rest_longest_s=0.1)))
    url = source.put("/x.conda", Answer(status=429, headers={"Retry-After": "3600"}), DATA)

    with pytest.raises(UpstreamUnavailable):
        await _download(upstream, url)

    assert await _download(upstream, url) == (0, DATA)
    await upstream.aclose()


async def test_what_came_in_before_a_break_is_not_lost(source: HttpSource, upstream: HttpUpstream) -> None:
    """Also when the connection ends while nobody reads; the file goes on from its last byte."""
    cut_at = 100_000
    data = DATA * 10
    gate = asyncio.Event()
    url = source.put("/x.conda", Answer(body=data, cut_at=cut_at, gate=gate), data)
    came = bytearray()

    with pytest.raises(UpstreamUnavailable, match="broke"):  # noqa: PT012 - what comes before the break counts
        async with upstream.open(url) as download:
            gate.set()
            await source.disconnected.wait()
            async for piece in download.pieces():
                came += piece

    assert bytes(came) == data[:cut_at]
    assert await _download(upstream, url, offset=len(came)) == (cut_at, data[cut_at:])


async def test_rates_are_kept_over_all_that_is_asked_of_a_host(source: HttpSource) -> None:
    """The limits are the operator's; everything still comes in whole."""
    limits = HostLimits(requests_per_s=1000, bytes_per_s=len(DATA) * 100)
    upstream = HttpUpstream(limits=HttpLimits(host=limits))
    url = source.put("/x.conda", DATA)

    downloads = await asyncio.gather(*(_download(upstream, url) for _ in range(20)))

    assert downloads == [(0, DATA)] * 20
    await upstream.aclose()


async def test_a_mirrors_proxy_is_used(source: HttpSource, upstream: HttpUpstream) -> None:
    """The proxy gets the whole URL, and its own password."""
    source.put("http://channel.invalid/x.conda", DATA)
    proxy = source.url.replace("//", "//user:PASSWORD@")

    assert await _get(upstream, "http://channel.invalid/x.conda", proxy=proxy) == DATA
    assert "proxy-authorization" in source.requests[0].headers


async def test_the_machines_proxy_is_used(source: HttpSource) -> None:
    """HTTP_PROXY is for every source that NO_PROXY does not name."""
    upstream = HttpUpstream(proxies=ProxyRules(http=source.url, no_proxy=("127.0.0.0/8",)))
    source.put("http://channel.invalid/x.conda", b"by the proxy")

    assert await _get(upstream, "http://channel.invalid/x.conda") == b"by the proxy"
    assert await _get(upstream, source.put("/x.conda", b"straight")) == b"straight"
    await upstream.aclose()


async def test_escapes_in_a_url_keep_their_meaning(source: HttpSource, upstream: HttpUpstream) -> None:
    """A slash or percent sign that was escaped stays so."""
    url = source.put("/a%2Fb%25c%20d+e.conda", DATA)

    assert await _get(upstream, url) == DATA
