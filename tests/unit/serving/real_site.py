"""A server on a world that a run filled, with the ecosystems that there are."""

import httpx

from libs.common.ecosystems.registry import ecosystems
from libs.common.runtime.clock import RandomIds
from services.api.access import Access
from services.api.serving.serving import Serving
from tests.support.world import World
from tests.unit.serving.fakes import FakeLeases
from tests.unit.serving.world import LIMITS, TOKEN, web_app

BASE = "/api/repo/main"


class RealSite:
    """What clients of a world's channel see; `others_leases` are those of another server's site."""

    def __init__(self, world: World, *, leases: FakeLeases | None = None) -> None:
        self.world = world
        self.leases = leases or FakeLeases()
        self.serving = Serving(
            records=world.records,
            blobs=world.blobs,
            upstream=world.upstream,
            seal=world.seal,
            access=Access(TOKEN),
            bus=world.bus,
            leases=self.leases,
            clock=world.clock,
            ids=RandomIds(),
            ecosystems=ecosystems(),
            limits=LIMITS,
        )
        transport = httpx.ASGITransport(app=web_app(self.serving))  # type: ignore[arg-type] # Litestar names its own ASGI types
        self.http = httpx.AsyncClient(transport=transport, base_url="http://tain.example")

    async def get(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        """Send one request below the channel."""
        asked = {key.replace("_", "-"): it for key, it in headers.items()}
        return await self.http.request(method, f"{BASE}/{path}", headers=asked)
