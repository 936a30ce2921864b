"""Routes of package clients.

The framework's own path parameters are normalised, so only the raw path is read; see
`paths.py` for the forms. What is sent to these addresses `routes/package_uploads.py` takes.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from litestar import Request, route
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from services.api.serving.serving import PackageRequest, Serving

PATHS = ("/api/repo/{path:path}", "/t/{token:str}/api/repo/{path:path}")
"""`/api/repo/t/<TOKEN>/…` is in the first."""


def serving_routes(serving: Serving) -> list[HTTPRouteHandler]:
    """Return the handlers of GET and HEAD; `/api/repo/t/<TOKEN>/…` is in the first path."""

    @route(list(PATHS), http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
    async def serve_package(request: Request[Any, Any, Any]) -> ASGIApp:
        """Send an index file, a shard or a package."""
        return await serving.answer(
            PackageRequest(
                method=request.method,
                raw_path=request.scope.get("raw_path") or quote(request.scope["path"]).encode(),
                headers=combined_headers(request.scope["headers"]),
                query=request.scope.get("query_string", b""),
                address=request.client.host if request.client else None,
            )
        )

    return [serve_package]


def combined_headers(raw_headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers by lower-case name; several of one name are one list (RFC 9110 section 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw_headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
