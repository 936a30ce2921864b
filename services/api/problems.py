"""Errors as answers: the one table from error to HTTP status, and RFC 9457 bodies.

Every error of this server is `application/problem+json`, also those that the web
framework finds (no such route, wrong method, unreadable body). Addresses and tokens of
the request never stand in it.
"""

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.routes import HTTPRoute
from litestar.types import ExceptionHandlersMap

from libs.common.domain import errors
from services.api.schemas import Problem

PROBLEM_JSON = "application/problem+json"


class StillWorking(errors.Transient):
    """What was asked for takes longer than an answer can wait; it goes on."""

    code = "still_working"


class Outdated(errors.Conflict):
    """What was to be changed is no longer as whoever wants to change it knew it."""

    code = "outdated"


class TooLarge(errors.InvalidInput):
    """What was sent is larger than it may be."""

    code = "too_large"


class TooSlow(errors.Transient):
    """A request's body comes more slowly than anyone should wait for."""

    code = "too_slow"


class TooManyStreams(errors.Transient):
    """Somebody has more streams open than one may."""

    code = "too_many_streams"


class TooManyWatchers(errors.Transient):
    """As many look on as this server takes, or it is about to end."""

    code = "too_many_watchers"


class NotAcceptable(errors.Permanent):
    """What was asked for is not there in any media type that the client takes."""

    code = "not_acceptable"


STATUS_OF: Mapping[type[errors.TainError], HTTPStatus] = {
    errors.InvalidInput: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.SourceNotAllowed: HTTPStatus.BAD_REQUEST,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    errors.NotKept: HTTPStatus.GONE,
    errors.UpstreamMissing: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    Outdated: HTTPStatus.PRECONDITION_FAILED,
    errors.UpstreamRefused: HTTPStatus.BAD_GATEWAY,
    errors.MirrorCircle: HTTPStatus.LOOP_DETECTED,
    errors.UnreadableIndex: HTTPStatus.BAD_GATEWAY,
    errors.ContentMismatch: HTTPStatus.BAD_GATEWAY,
    errors.Permanent: HTTPStatus.INTERNAL_SERVER_ERROR,
    StillWorking: HTTPStatus.GATEWAY_TIMEOUT,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    errors.UpstreamUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyStreams: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Transient: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.TainError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The nearest class in the tree counts."""

_RETRY_AFTER_S = 5
_COME_AGAIN = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
_PACKAGE_PATHS = ("/api/repo/", "/t/")
_LOG = structlog.get_logger()


class NotReady(errors.Transient):
    """The server can't do its work yet; `missing` names what it waits for."""

    code = "not_ready"

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"not ready: {', '.join(missing)} did not answer")
        self.missing = missing


def may_answer(*statuses: int) -> dict[int, ResponseSpec]:
    """Document the problems that a route may answer with."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            generate_examples=False,
            description=HTTPStatus(status).phrase,
            media_type=PROBLEM_JSON,
        )
        for status in statuses
    }


def exception_handlers() -> ExceptionHandlersMap:
    """Return the table for the web framework."""
    return {errors.TainError: _answer_error, HTTPException: _answer_http_error, Exception: _answer_bug}


def status_of(error: errors.TainError) -> HTTPStatus:
    """Return the HTTP status of an error."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def _answer_error(request: Request[Any, Any, Any], error: errors.TainError) -> Response[Problem]:
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.warning("request_failed", method=request.method, code=error.code, reason=error.message)
    return _respond(
        request,
        status,
        code=error.code,
        detail=error.message,
        field=error.field if isinstance(error, errors.InvalidInput) else None,
        missing=error.missing if isinstance(error, NotReady) else (),
        headers=_retry_after(error) if status in _COME_AGAIN else {},
    )


def _answer_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        detail = "there is nothing at this address; /api/docs lists what there is"
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _answer_bug(request, error)
    elif status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        detail = _too_large(request)
    else:
        detail = _plain(error)
    headers = {"Allow": _allowed(request)} if status is HTTPStatus.METHOD_NOT_ALLOWED else {}
    return _respond(request, status, code=status.name.lower(), detail=detail, field=_field(error), headers=headers)


def _answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _LOG.error("request_broke", method=request.method, exc_info=error)
    return _respond(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="something went wrong on this server; its log has the details",
    )


def _respond(
    request: Request[Any, Any, Any],
    status: HTTPStatus,
    *,
    code: str,
    detail: str,
    field: str | None = None,
    missing: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[Problem]:
    all_headers = dict(headers or {})
    if status is HTTPStatus.UNAUTHORIZED:
        # pip, uv and R only ask for a password where Basic is offered; a browser should not for the API.
        is_package = request.scope["path"].startswith(_PACKAGE_PATHS)
        all_headers["WWW-Authenticate"] = f'{"Basic" if is_package else "Bearer"} realm="Tain"'
    if status is HTTPStatus.REQUEST_TIMEOUT:
        # The rest of the body may still come; it must not be taken for another request.
        all_headers["Connection"] = "close"
    if status is HTTPStatus.NOT_ACCEPTABLE:
        all_headers["Vary"] = "Accept"
    problem = Problem(
        type=f"urn:tain:problem:{code}",
        title=status.phrase,
        status=status.value,
        detail=detail,
        code=code,
        message=detail,
        field=field,
        missing=missing,
    )
    return Response(problem, status_code=status.value, media_type=PROBLEM_JSON, headers=all_headers)


def _retry_after(error: errors.TainError) -> dict[str, str]:
    wish_s = error.retry_after_s if isinstance(error, errors.UpstreamUnavailable | errors.TooManyAttempts) else None
    return {"Retry-After": str(math.ceil(wish_s) if wish_s is not None else _RETRY_AFTER_S)}


def _allowed(request: Request[Any, Any, Any]) -> str:
    """Name the methods that an address has (RFC 9110 section 15.5.6); the framework does not say."""
    routes = [route for route in request.app.routes if isinstance(route, HTTPRoute)]
    methods = {method for route in routes if _is_at(route, request.scope["path"]) for method in route.methods}
    return ", ".join(sorted(methods))


def _is_at(route: HTTPRoute, path: str) -> bool:
    pattern = ""
    for part in route.path_components:
        if isinstance(part, str):
            pattern += f"/{re.escape(part)}"
        else:
            pattern += "/.+" if part.type is Path else "/[^/]+"
    return re.fullmatch(pattern or "/", path) is not None


def _too_large(request: Request[Any, Any, Any]) -> str:
    limit = request.route_handler.resolve_request_max_body_size()
    return f"the body is larger than the {limit:,} bytes that are taken here; send less at a time"


def _plain(error: HTTPException) -> str:
    """Say what was wrong with the request, without the framework's mention of its address."""
    faults = _faults(error)
    if faults:
        return "; ".join(f"{key}: {message}" for key, message in faults)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return f"the request can't be read: {error.detail}"
    return error.detail


def _field(error: HTTPException) -> str | None:
    faults = _faults(error)
    return faults[0][0] if faults else None


def _faults(error: HTTPException) -> list[tuple[str, str]]:
    """Return the parts of the request that are wrong; the framework calls the body `data`."""
    if not isinstance(error.extra, list):
        return []
    faults = [(str(part.get("key", "request")), str(part.get("message", ""))) for part in error.extra]
    return [
        ("body" if key == "data" else key, "an object is expected as JSON" if message == "'data'" else message)
        for key, message in faults
    ]
