"""/api/docs: the OpenAPI document, and a page to browse it; everything it loads comes from here."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath

from libs.common.domain.errors import NotFound
from libs.common.version import VERSION
from services.api.credentials import SESSION_COOKIE

_WEB = Path(__file__).parents[1] / "web"
_ASSETS = {
    "swagger-ui-bundle.js": ("swagger/swagger-ui-bundle.js", "text/javascript"),
    "swagger-ui.css": ("swagger/swagger-ui.css", "text/css"),
    "docs.js": ("docs.js", "text/javascript"),
}
# Swagger UI sets style attributes and draws its icons from data: URLs.
_PAGE_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
_CACHE_CONTROL = "public, max-age=3600"


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One file that the page loads."""

    data: bytes
    media_type: str
    etag: str


class DocsController(Controller):
    """The page and what it loads; none of it is part of the document."""

    include_in_schema = False

    @get("/api/docs", media_type="text/html", needs=None)
    async def show_docs(self) -> Response[bytes]:
        """Return the page."""
        return Response(
            (_WEB / "docs.html").read_bytes(),
            media_type="text/html",
            headers={"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "no-cache"},
        )

    @get("/api/docs/assets/{name:str}", needs=None)
    async def show_asset(self, name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
        """Return a file that the page loads.

        Raises:
            NotFound: for any other name.
        """
        if name not in _ASSETS:
            raise NotFound("the docs page has no such file")
        asset = _read_asset(name)
        headers = {"ETag": asset.etag, "Cache-Control": _CACHE_CONTROL}
        if asset.etag in [
            tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")
        ]:
            return Response(b"", status_code=304, media_type=asset.media_type, headers=headers)
        return Response(asset.data, media_type=asset.media_type, headers=headers)


def openapi_config() -> OpenAPIConfig:
    """Describe the API; the document is at /api/docs/openapi.json."""
    return OpenAPIConfig(
        title="Tain",
        version=VERSION,
        summary="Mirrors of package channels: channels, mirrors, runs.",
        # The framework adds an HTML page for what it does not find below this path; so the path
        # is the document's own, and the page and its 404s are ours.
        path="/api/docs/openapi.json",
        render_plugins=[JsonRenderPlugin(path="/")],
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "X-Auth": SecurityScheme(
                    type="apiKey", name="X-Auth", security_scheme_in="header", description="A token of this server."
                ),
                "Bearer": SecurityScheme(
                    type="http", scheme="bearer", description="A token of this server, or the JWT of a sign-in."
                ),
                "Basic": SecurityScheme(
                    type="http",
                    scheme="basic",
                    description="A token as the password, or as the user name with the password x-auth-token.",
                ),
                SESSION_COOKIE: SecurityScheme(
                    type="apiKey",
                    name=SESSION_COOKIE,
                    security_scheme_in="cookie",
                    description="A browser's sign-in; what changes something takes the header X-CSRF-Token as well.",
                ),
            }
        ),
    )


def _read_asset(name: str) -> Asset:
    path, media_type = _ASSETS[name]
    data = (_WEB / path).read_bytes()
    return Asset(data=data, media_type=media_type, etag=f'"{sha256(data).hexdigest()[:32]}"')
