"""What a source's answer or silence means, in errors of ours.

Foreign exceptions are not chained: their words and the requests that hang on them hold
whole URLs, and a URL may hold a token.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from libs.common.adapters.upstream.reach import NotPublic, OnlyForTheMachine, metadata_not_allowed, not_allowed
from libs.common.domain.errors import (
    MirrorCircle,
    TainError,
    UpstreamMissing,
    UpstreamRefused,
    UpstreamUnavailable,
    UpstreamUnreachable,
)
from libs.common.domain.source_url import mask_url

_MISSING = frozenset({404, 410})
_CIRCLE = 508
_TRY_LATER = frozenset({408, 425, 429})


def shown(url: str) -> str:
    """Show a URL without its secrets; its query may hold a signature and goes too."""
    try:
        return mask_url(url.partition("?")[0])
    except ValueError:
        return "a URL that can't be read"


def error_of(response: aiohttp.ClientResponse, url: str) -> TainError:
    """Say what an answer without the file means."""
    status, source = response.status, shown(url)
    if status in _MISSING:
        return UpstreamMissing(f"{source} is not there ({status})")
    if status == _CIRCLE:
        return MirrorCircle(f"{source} comes from mirrors that lead back to each other ({status})")
    if status in _TRY_LATER or status >= 500:
        return UpstreamUnavailable(f"{source} can't be had now ({status})", retry_after_s=retry_after_of(response))
    if status in (401, 403):
        return UpstreamRefused(f"{source} may not be read ({status}); check the token in the source's URL")
    if status == 407:
        return _refused_by_proxy(source)
    return UpstreamRefused(f"{source} was answered with {status} instead of the file")


def retry_after_of(response: aiohttp.ClientResponse) -> float | None:
    """Return for how many seconds the host wants to be left alone, None where it does not say so."""
    return _seconds(response.headers.get("Retry-After"), now=datetime.now(UTC))


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn what the HTTP library raises into errors of ours."""
    try:
        yield
    except (aiohttp.ClientError, OSError) as exc:
        raise _meaning(exc, shown(url)) from None


def _meaning(exc: Exception, source: str) -> TainError:
    match exc:
        case aiohttp.InvalidURL():
            return UpstreamRefused(f"{source} is not a URL that can be asked for")
        case aiohttp.ClientHttpProxyError(status=407):
            return _refused_by_proxy(source)
        case aiohttp.ClientProxyConnectionError():
            return UpstreamUnavailable(_what_broke(exc, source))
        case aiohttp.ClientConnectorError(host=host, os_error=(NotPublic() | OnlyForTheMachine()) as refusal):
            return not_allowed(host) if isinstance(refusal, NotPublic) else metadata_not_allowed(host)
        case aiohttp.ClientConnectorDNSError() | aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            is_unknown = isinstance(exc, aiohttp.ClientConnectorDNSError)
            why = "there is no such host" if is_unknown else "it refuses the connection"
            return UpstreamUnreachable(f"{_host(source)} can't be reached: {why}")
        case _:
            is_distrusted = isinstance(exc, ssl.CertificateError)
            return (UpstreamUnreachable if is_distrusted else UpstreamUnavailable)(_what_broke(exc, source))


def _what_broke(exc: Exception, source: str) -> str:
    match exc:
        case ssl.CertificateError():
            return (
                f"{source} can't be reached: its certificate is not trusted; "
                "TAIN_CA_BUNDLE can name your organisation's certificates"
            )
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return f"{source} can't be reached through the proxy"
        case aiohttp.ConnectionTimeoutError():
            return f"{_host(source)} did not answer in time"
        case TimeoutError():
            return f"{source} did not answer in time"
        case aiohttp.ClientConnectorError():
            return f"{_host(source)} can't be reached"
        case _:
            return f"the connection broke while {source} was coming in"


def _host(source: str) -> str:
    """Name the host alone: what is wrong with it is wrong for all of its files."""
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc}"


def _refused_by_proxy(source: str) -> UpstreamRefused:
    return UpstreamRefused(f"{source} may not be read: the proxy wants another user or password (407)")


def _seconds(retry_after: str | None, *, now: datetime) -> float | None:
    if retry_after is None:
        return None
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max((parsedate_to_datetime(retry_after) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
