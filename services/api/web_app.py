"""Ports -> the web application: routes, errors, headers, documentation."""

from collections.abc import Sequence

from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from services.api.headers import header_adder
from services.api.ports import Ports
from services.api.problems import exception_handlers
from services.api.readable_request import ReadableRequest
from services.api.request_limits import RequestLimits
from services.api.routes.checked import checked
from services.api.routes.docs import openapi_config
from services.api.routes.package_uploads import upload_routes
from services.api.routes.table import rest_routes


def make_web_app(
    ports: Ports, *, serving: Sequence[ControllerRouterHandler] = (), public_url: str | None = None
) -> Litestar:
    """Put the application together; `serving` are the routes of package clients."""
    app = Litestar(
        route_handlers=[*rest_routes(ports), *upload_routes(ports), *serving],
        dependencies={"ports": Provide(lambda: ports, sync_to_thread=False, use_cache=True)},
        exception_handlers=exception_handlers(),
        before_send=[header_adder(public_url=public_url)],
        middleware=[RequestLimits()],
        request_class=ReadableRequest,
        openapi_config=openapi_config(),
        # Our own logging knows what must not be logged; the framework's logs whole addresses.
        logging_config=None,
        debug=False,
    )
    return checked(app)
