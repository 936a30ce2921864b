"""Opening the upstream of a service by its settings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from libs.common.adapters.upstream.files import FileUpstream
from libs.common.adapters.upstream.http import HttpUpstream
from libs.common.adapters.upstream.proxies import proxy_rules
from libs.common.adapters.upstream.routing import RoutingUpstream


@asynccontextmanager
async def open_upstream(
    *,
    file_sources: Sequence[str | Path] = (),
    http_proxy: str | None = None,
    https_proxy: str | None = None,
    no_proxy: str | None = None,
    ca_bundle: str | Path | None = None,
) -> AsyncIterator[RoutingUpstream]:
    """Give a service its upstream, and close the connections at the end.

    `file_sources` are the folders that file URLs may lie below; the rest is as the
    settings of that name have it.

    Raises:
        InvalidInput: for a proxy of another kind than http, or unreadable certificates.
    """
    http = HttpUpstream(
        proxies=proxy_rules(http=http_proxy, https=https_proxy, no_proxy=no_proxy),
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
    )
    try:
        yield RoutingUpstream(http=http, files=FileUpstream(folders=tuple(Path(folder) for folder in file_sources)))
    finally:
        await http.aclose()
