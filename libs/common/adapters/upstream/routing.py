"""One upstream for all sources, chosen by the URL's scheme."""

from contextlib import AbstractAsyncContextManager

from libs.common.domain.errors import SourceNotAllowed
from libs.common.ports.upstream import Download, Fetched, NotModified, Upstream, Validators


class RoutingUpstream:
    """Implements `ports.upstream.Upstream` by one upstream for http and https, and one for file."""

    def __init__(self, *, http: Upstream, files: Upstream) -> None:
        self._upstreams = {"http": http, "https": http, "file": files}

    async def get(
        self,
        url: str,
        *,
        proxy: str | None = None,
        home: str | None = None,
        hops: int = 0,
        accept: str | None = None,
        validators: Validators | None = None,
        limit_bytes: int,
    ) -> Fetched | NotModified:
        """Return a whole file; see the port."""
        return await self._choose(url, home).get(
            url,
            proxy=proxy,
            home=home,
            hops=hops,
            accept=accept,
            validators=validators,
            limit_bytes=limit_bytes,
        )

    def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AbstractAsyncContextManager[Download]:
        """Begin a download; see the port."""
        return self._choose(url, home).open(url, proxy=proxy, home=home, hops=hops, offset=offset)

    def _choose(self, url: str, home: str | None) -> Upstream:
        upstream = self._upstreams.get(_scheme(url))
        if upstream is None:
            raise SourceNotAllowed("sources are read by http, https and file URLs only")
        if home is not None and _scheme(url) == "file" != _scheme(home):
            raise SourceNotAllowed("the source's index points to a file of this server")
        return upstream


def _scheme(url: str) -> str:
    return url.partition(":")[0].lower()
