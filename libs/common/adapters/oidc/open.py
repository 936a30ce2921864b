"""Opening the provider of a service by its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from libs.common.adapters.oidc.http import Credentials, ProviderHttp
from libs.common.adapters.oidc.provider import HttpOidcProvider
from libs.common.adapters.upstream.proxies import proxy_rules
from libs.common.adapters.upstream.settings import UpstreamSettings


@asynccontextmanager
async def open_provider(
    settings: UpstreamSettings, *, issuer: str, client_id: str, client_secret: str | None, allows_http: bool
) -> AsyncIterator[HttpOidcProvider]:
    """Give a service its provider, and close the connections at the end.

    Raises:
        InvalidInput: for an issuer that may not be asked, another kind of proxy than http, or unreadable certificates.
    """
    http = ProviderHttp(
        ca_bundle=Path(settings.ca_bundle) if settings.ca_bundle else None,
        proxies=proxy_rules(http=settings.http_proxy, https=settings.https_proxy, no_proxy=settings.no_proxy),
    )
    try:
        yield HttpOidcProvider(issuer, http=http, who=Credentials(client_id, client_secret), allows_http=allows_http)
    finally:
        await http.aclose()
