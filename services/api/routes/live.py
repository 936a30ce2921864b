"""/api/live: what happens, as server-sent events."""

from functools import partial

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.types import ASGIApp

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from services.api.guards import identify
from services.api.live.stream import live_stream
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.answers import TEXT, answering


class LiveController(Controller):
    """The stream of events."""

    path = "/api/live"
    tags = ("System",)

    @get(
        summary="Follow what happens",
        responses=may_answer(401, 429, 503),
        operation_class=answering({"text/event-stream": TEXT}),
        media_type="text/event-stream",
        needs=Action.ACCOUNT_VIEW,
    )
    async def follow(self, request: Request[Identity, None, State], ports: NamedDependency[Ports]) -> ASGIApp:
        """Send events until the client leaves: `hello` first, then what happens that who asks may see.

        An event is named as on the bus (`mirror.progress`), and its data is a JSON object. After `resync`
        something may have been missed. The stream ends when the sign-in or token does.
        """
        return live_stream(ports.live, request.user, partial(identify, request, ports=ports))
