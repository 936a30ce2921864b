"""Opening the upstream of a service by its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from libs.common.adapters.upstream.clients import HttpLimits
from libs.common.adapters.upstream.files import FileUpstream
from libs.common.adapters.upstream.http import HttpUpstream, Retries
from libs.common.adapters.upstream.manners import HostLimits
from libs.common.adapters.upstream.named_hosts import named
from libs.common.adapters.upstream.proxies import proxy_rules
from libs.common.adapters.upstream.reach import Reach
from libs.common.adapters.upstream.routing import RoutingUpstream
from libs.common.adapters.upstream.settings import UpstreamSettings

_MB = 1_000_000


@asynccontextmanager
async def open_upstream(
    settings: UpstreamSettings, *, patience_s: float = HostLimits().patience_s, retries: Retries | None = None
) -> AsyncIterator[RoutingUpstream]:
    """Give a service its upstream, and close the connections at the end.

    `patience_s` is how long a request may wait for a host that asked to be left alone, `retries` how
    often and how fast one that failed is made again.

    Raises:
        InvalidInput: for a proxy of another kind than http, or unreadable certificates.
    """
    http = HttpUpstream(
        reach=Reach(named(settings.trusted_hosts)),
        proxies=proxy_rules(http=settings.http_proxy, https=settings.https_proxy, no_proxy=settings.no_proxy),
        ca_bundle=Path(settings.ca_bundle) if settings.ca_bundle else None,
        retries=retries,
        limits=HttpLimits(
            connect_s=settings.connect_timeout_s,
            read_s=settings.read_timeout_s,
            host=HostLimits(
                connections=settings.host_connections,
                requests_per_s=settings.host_requests_per_s,
                bytes_per_s=settings.host_mb_per_s * _MB,
                patience_s=patience_s,
            ),
        ),
    )
    folders = tuple(Path(folder) for folder in settings.file_sources)
    try:
        yield RoutingUpstream(http=http, files=FileUpstream(folders=folders))
    finally:
        await http.aclose()
