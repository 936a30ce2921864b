"""Headers of every answer, in one place."""

from collections.abc import Awaitable, Callable

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

AddHeaders = Callable[[Message, Scope], Awaitable[None]]

_ALWAYS = {
    # Bytes from elsewhere are served: no browser may guess what they are.
    "X-Content-Type-Options": "nosniff",
    # An address may hold a token.
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    # No page of another origin shares a window with ours, or loads our answers as its own parts.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_UNLESS_SET = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_BY_WHOM = "Authorization, Cookie, X-Auth"
"""What of a request says who asks: a browser's cache must not show one person what another one got (RFC 9111 4.1)."""

_HTTPS_ONLY = "max-age=31536000"


def header_adder(*, public_url: str | None = None) -> AddHeaders:
    """Return what completes the head of an answer just before it is sent; of problems and unknown addresses too.

    Where the operator says that this server is known by an https:// address, browsers that come
    by https are told to keep to it (RFC 6797); by http the header would mean nothing.
    """
    is_https_known = public_url is not None and public_url.lower().startswith("https://")

    async def add_headers(message: Message, scope: Scope) -> None:
        """Set what is always set, and what the route left open."""
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _ALWAYS.items():
            headers[name] = value
        for name, value in _UNLESS_SET.items():
            headers.setdefault(name, value)
        if headers["Cache-Control"].startswith("private"):
            vary = headers.get("Vary")
            headers["Vary"] = f"{vary}, {_BY_WHOM}" if vary else _BY_WHOM
        if is_https_known and scope.get("scheme") == "https":
            headers["Strict-Transport-Security"] = _HTTPS_ONLY

    return add_headers
