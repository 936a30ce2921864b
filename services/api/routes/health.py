"""/api/system/health: how the parts of the installation are, for who looks after it."""

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from services.api.health.schemas import HealthReport
from services.api.health.show_health import show_health
from services.api.ports import Ports
from services.api.problems import may_answer


class HealthController(Controller):
    """How it is."""

    path = "/api/system/health"
    tags = ("System",)

    @get(summary="Show how everything is", responses=may_answer(401, 403), needs=Action.SYSTEM_VIEW)
    async def show_health(self, request: Request[Identity, None, State], ports: NamedDependency[Ports]) -> HealthReport:
        """Return services, queues, storage, sweeps and what failed lately.

        A part that does not answer in time says so in its `problem`, and what is not known of it is null.
        """
        return await show_health(request.user, ports=ports)
