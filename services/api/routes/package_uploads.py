"""POST on the address that package clients read: twine, and curl for R packages.

Essential reading: the upload API of the public Python index; rest-api.md 15.3 of the incumbent's contract.

The same forms of address as for reading (`serving/paths.py`), with the token where clients send it. Those
who type the address of the index (`…/simple/`, `…/cran`) mean the channel.
"""

from typing import Any
from urllib.parse import quote

from litestar import MediaType, Request, Response, post
from litestar.handlers import HTTPRouteHandler

from libs.common.domain.access.actions import Action
from libs.common.domain.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from services.api.artifacts.schemas import ArtifactFileOut
from services.api.artifacts.take_upload import UploadWish, take_upload
from services.api.credentials import shown_by
from services.api.guards import require, unknown_channel
from services.api.ports import Ports
from services.api.problems import status_of
from services.api.routes.site import site_of
from services.api.serving.find_channel import find_channel
from services.api.serving.paths import parse_path
from services.api.serving.routes import PATHS, combined_headers

_INDEXES = frozenset({(), ("simple",), ("cran",), ("legacy",)})
_SHOW = "an upload takes a token: as the user name with the password x-auth-token, or in the X-Auth header"


def upload_routes(ports: Ports) -> list[HTTPRouteHandler]:
    """Return the handler of POST."""

    @post(list(PATHS), status_code=200, request_max_body_size=None, include_in_schema=False)
    async def receive_package(request: Request[Any, Any, Any]) -> Response[ArtifactFileOut] | Response[str]:
        """Take a file in; what is wrong with it is told as plain text, which these clients show as it is."""
        path = parse_path(request.scope.get("raw_path") or quote(request.scope["path"]).encode())
        headers = combined_headers(request.scope["headers"])
        shown = shown_by(
            headers,
            method=request.method,
            address=request.client.host if request.client else None,
            path_token=path.token,
        )
        identity = await ports.access.identify(shown)
        if not identity.is_signed_in:
            raise NotAuthenticated(_SHOW)
        channel, rest = await find_channel(path.segments, seen_by=identity, channels=ports.channels)
        if channel is None:
            raise unknown_channel(identity)
        require(identity, Action.ARTIFACT_CREATE, channel)
        if rest not in _INDEXES:
            raise NotFound(f"there is nothing to upload to here; send files to /api/repo/{channel.key}")
        wish = UploadWish(
            channel=channel,
            identity=identity,
            content_type=headers.get("content-type", ""),
            overwrite=request.query_params.get("overwrite") == "true",
            site=site_of(request),
        )
        try:
            return Response(await take_upload(wish, request.stream(), ports=ports), status_code=200)
        except (InvalidInput, Conflict) as exc:
            if "json" in headers.get("accept", ""):
                raise
            return Response(f"{exc.message}\n", status_code=status_of(exc), media_type=MediaType.TEXT)

    return [receive_package]
