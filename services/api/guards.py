"""Who gets in: every REST route asks for the administrator's token unless it lies in the open router."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from libs.common.domain.errors import NotAllowed, NotAuthenticated
from services.api.access import Access, Identity


class AdminOnly:
    """A guard; leaves the `Identity` as `request.user` for the handler."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Let administrators pass.

        Raises:
            NotAuthenticated: without a valid token.
            NotAllowed: with a valid token of someone else.
        """
        identity = self._access.identify(
            x_auth=connection.headers.get("x-auth"),
            authorization=connection.headers.get("authorization"),
            path_token=None,
        )
        if identity.name is None:
            raise NotAuthenticated("send your token in the X-Auth header")
        if not identity.is_admin:
            raise NotAllowed("this needs the administrator's token")
        connection.scope["user"] = identity


def name_of(identity: Identity) -> str:
    """Return who asks, by name, behind a guard that lets no one pass without."""
    return identity.name or "unknown"
