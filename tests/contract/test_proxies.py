"""The way to a source: real proxies, with passwords and tunnels, and an organisation's own certificates."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.adapters.upstream.http import HttpUpstream, Retries
from libs.common.adapters.upstream.open import open_upstream
from libs.common.adapters.upstream.settings import UpstreamSettings
from libs.common.domain.errors import SourceNotAllowed, UpstreamRefused, UpstreamUnavailable, UpstreamUnreachable
from libs.common.ports.upstream import Fetched, Upstream
from tests.support.certificates import make_certificate
from tests.support.forward_proxy import forward_proxy
from tests.support.http_source import HttpSource, http_source

DATA = b"a package, byte by byte " * 10_000


@pytest.fixture
async def source() -> AsyncIterator[HttpSource]:
    """Return a running server."""
    async with http_source() as server:
        yield server


async def _download(upstream: Upstream, url: str, *, proxy: str | None = None, offset: int = 0) -> bytes:
    async with upstream.open(url, proxy=proxy, offset=offset) as download:
        return b"".join([piece async for piece in download.pieces()])


async def test_a_mirrors_proxy_gets_its_password_and_the_source_its_own(source: HttpSource) -> None:
    """Two logins at once, and neither is seen by the other side."""
    url = source.put("/x.conda", DATA).replace("//", "//user:PASS%40WORD@")
    upstream = HttpUpstream()

    async with forward_proxy(user="me", password="SECRET") as proxy:
        assert await _download(upstream, url, proxy=proxy.url) == DATA
        assert await _download(upstream, url, proxy=proxy.url, offset=1000) == DATA[1000:]

        assert proxy.targets == [f"{source.url}/x.conda"] * 2
    assert {request.headers["authorization"] for request in source.requests} == {"Basic dXNlcjpQQVNTQFdPUkQ="}
    assert not any("proxy-authorization" in request.headers for request in source.requests)
    await upstream.aclose()


async def test_the_usual_proxy_variables_lead_through_the_proxy(source: HttpSource) -> None:
    """Also to hosts that only the proxy knows; NO_PROXY goes straight."""
    source.put("/x.conda", DATA)
    names = {"channel.invalid": source.url.removeprefix("http://")}
    async with forward_proxy(names=names) as proxy:
        settings = UpstreamSettings(http_proxy=proxy.url, no_proxy="127.0.0.1")
        async with open_upstream(settings) as upstream:
            assert await _download(upstream, "http://channel.invalid/x.conda") == DATA
            assert await _download(upstream, f"{source.url}/x.conda") == DATA

        assert proxy.targets == ["http://channel.invalid/x.conda"]


async def test_https_goes_through_a_tunnel_with_an_organisations_certificate(tmp_path: Path) -> None:
    """The proxy sees where, and never what; who issued the certificate is a setting."""
    bundle, context = make_certificate(tmp_path)
    async with http_source(tls=context) as source, forward_proxy(user="me", password="SECRET") as proxy:
        url = source.put("/t/TOKEN/repodata.json", DATA)
        settings = UpstreamSettings(https_proxy=proxy.url, ca_bundle=str(bundle))
        async with open_upstream(settings) as upstream:
            answer = await upstream.get(url, limit_bytes=len(DATA))

        assert isinstance(answer, Fetched)
        assert answer.data == DATA
        assert proxy.targets == [source.url.removeprefix("https://")]


async def test_a_certificate_that_is_not_trusted_is_said_so(tmp_path: Path) -> None:
    """The operator reads which setting helps."""
    _, context = make_certificate(tmp_path)
    upstream = HttpUpstream(retries=Retries(attempts=1))
    async with http_source(tls=context) as source:
        with pytest.raises(UpstreamUnreachable, match="TAIN_CA_BUNDLE"):
            await upstream.get(source.put("/x", DATA), limit_bytes=len(DATA))
    await upstream.aclose()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_another_password_is_said_so(scheme: str) -> None:
    """Asking again with the same one is of no use; the password stands nowhere."""
    upstream = HttpUpstream()
    async with forward_proxy(user="me", password="SECRET") as proxy:
        wrong = proxy.url.replace("SECRET", "WRONGSECRET")

        with pytest.raises(UpstreamRefused, match="proxy wants another") as caught:
            await _download(upstream, f"{scheme}://127.0.0.1:9/x.conda", proxy=wrong)

    assert "WRONGSECRET" not in str(caught.value)
    await upstream.aclose()


async def test_a_proxy_is_not_asked_for_what_a_source_must_not_lead_to(source: HttpSource) -> None:
    """This machine and addresses are refused here; what a name stands for only the proxy knows."""
    source.put("/x.conda", DATA)
    upstream = HttpUpstream()
    async with forward_proxy(names={"files.invalid": source.url.removeprefix("http://")}) as proxy:
        for inside in ("127.0.0.1", "localhost", "10.0.0.1"):
            with pytest.raises(SourceNotAllowed, match="TAIN_TRUSTED_HOSTS"):
                await upstream.get(
                    f"http://{inside}:9/x.conda", proxy=proxy.url, home="http://index.invalid/", limit_bytes=9
                )
        assert proxy.targets == []
        answer = await upstream.get(
            "http://files.invalid/x.conda", proxy=proxy.url, home="http://index.invalid/", limit_bytes=len(DATA)
        )

    assert isinstance(answer, Fetched)
    await upstream.aclose()


async def test_a_proxy_that_is_not_there_is_said_so(source: HttpSource) -> None:
    """An outage of the proxy is not the source's."""
    upstream = HttpUpstream()
    async with forward_proxy() as gone:
        pass

    with pytest.raises(UpstreamUnavailable, match="through the proxy"):
        await _download(upstream, source.put("/x.conda", DATA), proxy=gone.url)

    await upstream.aclose()
