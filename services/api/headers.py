"""Headers of every answer, in one place."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

_ALWAYS = {
    # Bytes from elsewhere are served: no browser may guess what they are.
    "X-Content-Type-Options": "nosniff",
    # An address may hold a token.
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
_UNLESS_SET = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


async def add_headers(message: Message, _: Scope) -> None:
    """Complete the head of an answer just before it is sent; problems and unknown addresses too."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in _ALWAYS.items():
        headers[name] = value
    for name, value in _UNLESS_SET.items():
        headers.setdefault(name, value)
