"""/api/system, /readyz, /livez: open to all, for clients that look for a server and for those that watch it."""

from litestar import Controller, get
from litestar.di import NamedDependency

from libs.common.version import VERSION
from services.api.check_readiness import check_readiness
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.schemas import HealthOut, SystemOut

_READY_WITHIN_S = 2.0


class SystemController(Controller):
    """What anyone may know of this server."""

    tags = ("System",)

    @get("/api/system", summary="Say what this server is", needs=None)
    async def show_system(self) -> SystemOut:
        """Return the service name that clients look for (`repo`), and the version."""
        return SystemOut(service_name="repo", product="tain", version=VERSION)

    @get("/readyz", summary="Tell whether everything is up", responses=may_answer(503), needs=None)
    async def show_readiness(self, ports: NamedDependency[Ports]) -> HealthOut:
        """Answer 200 when MongoDB, NATS, the blob store and all five services answer, else name what is missing."""
        await check_readiness(ports.probes, within_s=_READY_WITHIN_S)
        return HealthOut(status="ready")

    @get("/livez", summary="Tell whether this process answers", needs=None)
    async def show_liveness(self) -> HealthOut:
        """Answer 200."""
        return HealthOut(status="live")
