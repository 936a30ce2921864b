"""A discovery document's bytes -> what the provider says of itself, if it may be believed.

Only what stands in it is ever asked: no URL of a token or of a request is.
"""

import ipaddress
from urllib.parse import urlsplit

import msgspec

from libs.common.domain.errors import ProviderUnavailable
from libs.common.ports.oidc import ProviderDocument

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "device_authorization_endpoint")


def document_url(issuer: str) -> str:
    """Return where an issuer's document is (OpenID Connect Discovery 1.0 section 4.1)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read_document(data: bytes, *, issuer: str, allows_http: bool) -> ProviderDocument:
    """Read a document.

    Raises:
        ProviderUnavailable: for what can't be read, is another issuer's, or leads where passwords and
            keys can be read on the way.
    """
    try:
        document = msgspec.json.decode(data, type=ProviderDocument)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ProviderUnavailable(
            f"{document_url(issuer)} is no document of an OpenID provider; check TAIN_OIDC_ISSUER"
        ) from exc
    # Character for character: OpenID Connect Discovery 1.0 section 4.3.
    if document.issuer != issuer:
        raise ProviderUnavailable(
            f"the provider calls itself {document.issuer[:200]}, TAIN_OIDC_ISSUER is {issuer}; "
            "they must be the same to the letter, a slash at the end included"
        )
    for name in _ENDPOINTS:
        endpoint = getattr(document, name)
        if endpoint is not None and not may_be_asked(endpoint, allows_http=allows_http):
            raise ProviderUnavailable(
                f"the provider's {name} is no https address; use a provider with https, "
                "or set TAIN_OIDC_ALLOW_HTTP=true in a network where nobody listens"
            )
    return document


def may_be_asked(url: str, *, allows_http: bool) -> bool:
    """Tell whether secrets may be sent to a URL: by https, on this machine, or where the operator says so."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and (allows_http or _is_this_machine(host)))


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
