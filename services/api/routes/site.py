"""Our own address, as whoever asks knows it."""

from typing import Any

from litestar import Request


def site_of(request: Request[Any, Any, Any]) -> str:
    """Return it without a slash at its end."""
    return str(request.base_url).rstrip("/")
