"""The finished application -> what each route takes is checked, and written into its documentation.

A route that names nothing, or names an action and has no guard, would be open to all: the application does
not start then.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from libs.common.domain.access.actions import NEEDS
from services.api.credentials import SESSION_COOKIE
from services.api.guards import is_access_guard
from services.api.problems import may_answer

TOKEN, BEARER, BASIC, COOKIE = "X-Auth", "Bearer", "Basic", SESSION_COOKIE
"""The names of the ways to show who one is, in the OpenAPI document."""

_ANY_WAY: list[dict[str, list[str]]] = [{TOKEN: []}, {BEARER: []}, {BASIC: []}, {COOKIE: []}]
_NO_ONE: dict[str, list[str]] = {}
_UNCHECKED_BELOW = ("/api/repo/", "/t/", "/api/docs/openapi.json")
"""What package clients read and send to asks for access itself; the document is the framework's own route."""


def checked(app: Litestar) -> Litestar:
    """Return an application whose routes are guarded, and told of as they are.

    Raises:
        RuntimeError: naming the route at fault.
    """
    for path, handler in _handlers(app):
        if "needs" not in handler.opt:
            raise RuntimeError(f"{_name(path, handler)} does not say what it takes: give it needs=Action.… or None")
        _check(path, handler)
        _document(path, handler)
    return app


def _handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith(_UNCHECKED_BELOW):
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"}:
                    yield route.path, handler


def _check(path: str, handler: HTTPRouteHandler) -> None:
    action = handler.opt["needs"]
    if action is None:
        return
    if not any(map(is_access_guard, handler.resolve_guards())):
        raise RuntimeError(f"{_name(path, handler)} needs {action.value}, and nobody guards it")
    if NEEDS[action].standing is not None and "{channel:" not in path:
        raise RuntimeError(f"{_name(path, handler)} needs {action.value} on a channel, and its address names none")
    if "also" in handler.opt and NEEDS[handler.opt["also"]].standing is not None:
        raise RuntimeError(f"{_name(path, handler)} also needs an action of channels; that is for its handler to check")


def _document(path: str, handler: HTTPRouteHandler) -> None:
    """Tell of the answers that the guard gives, and of the ways to show who one is."""
    if not any(map(is_access_guard, handler.resolve_guards())):
        return
    # Wrong tokens are refused, and too many of them from one address for a while.
    statuses = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}
    if handler.opt["needs"] is not None:
        statuses.add(HTTPStatus.FORBIDDEN)
    if "{channel:" in path:
        statuses.add(HTTPStatus.NOT_FOUND)
    handler.responses = {**may_answer(*sorted(statuses)), **(handler.responses or {})}
    handler.security = _ANY_WAY if handler.opt["needs"] is not None else [_NO_ONE, *_ANY_WAY]


def _name(path: str, handler: HTTPRouteHandler) -> Any:
    return f"{'/'.join(sorted(handler.http_methods))} {path}"
