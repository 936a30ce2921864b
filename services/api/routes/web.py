"""/ui: the web app. Every address of it answers the same page, which finds by itself what to show."""

import asyncio
from pathlib import Path
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from services.api.web_assets import WebFolder

_FOLDER = WebFolder(Path(__file__).parents[1] / "web")
# The address has the digest of the content in it.
_FOR_EVER = "public, max-age=31536000, immutable"


class WebController(Controller):
    """The page and what it loads; none of it is part of the OpenAPI document."""

    include_in_schema = False

    @get("/", needs=None)
    async def show_home(self) -> Redirect:
        """Lead a browser to the web app."""
        return Redirect("/ui/")

    @get(["/ui", "/ui/{path:path}"], media_type="text/html", needs=None)
    async def show_page(self) -> Response[bytes]:
        """Return the page."""
        assets = await asyncio.to_thread(_FOLDER.now)
        return Response(
            assets.page,
            media_type="text/html",
            headers={"Content-Security-Policy": assets.content_policy, "Cache-Control": "no-cache"},
        )

    @get("/ui/-/{digest:str}/{path:path}", needs=None)
    async def show_file(
        self, digest: FromPath[str], path: FromPath[str], request: Request[Any, Any, Any]
    ) -> Response[bytes]:
        """Return a file that the page loads.

        Raises:
            NotFound: for any other path.
        """
        asset = (await asyncio.to_thread(_FOLDER.known)).get(digest, path.removeprefix("/"))
        headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.gzipped, media_type=asset.media_type, headers=headers)
        return Response(asset.data, media_type=asset.media_type, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Tell whether gzip is among the encodings that a browser takes; one with a weight of 0 is not."""
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
