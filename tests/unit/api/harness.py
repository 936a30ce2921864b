"""The REST API over records, bus and seal that need no server."""

from datetime import datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from litestar import Litestar
from litestar.testing import AsyncTestClient

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.dead_letters import MemoryDeadLetters
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.memory.vital_signs import MemoryVitalSigns
from libs.common.adapters.seal import JweSeal
from libs.common.contracts.message import Message
from libs.common.domain.channel import Channel
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy
from libs.common.domain.run import Run
from libs.common.runtime.clock import RandomIds
from services.api.access import Access
from services.api.ports import Ports
from services.api.signing_in.jwts import Jwts
from services.api.signing_in.passwords import Passwords
from services.api.web_app import make_web_app
from tests.support.records import NOON
from tests.support.served import served_packages
from tests.support.world import World

TOKEN = "a-token-for-tests-only"
AUTH = {"X-Auth": TOKEN}
SEAL = JweSeal(bytes(32))
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""What protects no password, and costs tests no time."""


class FixedClock:
    """A clock that stands still; implements `ports.clock.Clock`."""

    def now(self) -> datetime:
        """Return noon."""
        return NOON


async def _all_is_well() -> frozenset[str]:
    return frozenset()


class Web:
    """One web application for all tests, for putting it together takes longer than any of them."""

    def __init__(self) -> None:
        self.ports = _ports(MemoryRecords(), MemoryBlobStore(), MemoryBus(), MemoryDeadLetters(), file_sources=())
        self.app: Litestar = make_web_app(self.ports)

    def stand_on(self, world: World, *, bus: MemoryBus) -> None:
        """Put the stores of a world behind it."""
        self.use(_ports(world.records, world.blobs, bus, MemoryDeadLetters(), file_sources=()))

    def use(self, ports: Ports) -> None:
        """Put other adapters behind it."""
        vars(self.ports).update(vars(ports))


class Api:
    """The API and everything behind it; requests are the administrator's unless headers say otherwise."""

    def __init__(self, web: Web, *, allowed: Path) -> None:
        self.allowed = allowed
        self.records = MemoryRecords()
        self.blobs = MemoryBlobStore()
        self.upstream = MemoryUpstream()
        self.bus = MemoryBus()
        self.seal = SEAL
        self.dead_letters = MemoryDeadLetters()
        self.signs = MemoryVitalSigns()
        self._web = web
        self._use()
        self.ports = web.ports
        self.app = web.app
        self.client = AsyncTestClient(self.app)

    def stands_on(self, world: World) -> None:
        """Put the stores of a world, where mirrors really run, behind the API."""
        self.records, self.blobs, self.upstream = world.records, world.blobs, world.upstream
        self._use()

    def _use(self) -> None:
        file_sources = (str(self.allowed),)
        stores = self.records, self.blobs, self.bus, self.dead_letters
        self._web.use(_ports(*stores, file_sources=file_sources, upstream=self.upstream, signs=self.signs))

    async def ask(
        self, method: str, path: str, *, json: Any = None, content: bytes | None = None, **headers: str
    ) -> Any:
        """Send one request as the administrator."""
        sent = AUTH | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, path, json=json, content=content, headers=sent)

    async def holds(self, *things: Channel | Mirror | Run | Policy) -> None:
        """Store channels, mirrors, runs and policies."""
        for thing in things:
            if isinstance(thing, Channel):
                assert await self.records.channels.add(thing)
            elif isinstance(thing, Mirror):
                assert await self.records.mirrors.add(thing)
            elif isinstance(thing, Policy):
                assert await self.records.policies.add(thing)
            else:
                await self.records.runs.add(thing)

    def said(self, kind: type[Message]) -> list[Message]:
        """Return what was said of one kind."""
        return [message for message in self.bus.said if isinstance(message, kind)]


def _ports(
    records: MemoryRecords,
    blobs: MemoryBlobStore,
    bus: MemoryBus,
    dead_letters: MemoryDeadLetters,
    *,
    file_sources: tuple[str, ...],
    upstream: MemoryUpstream | None = None,
    signs: MemoryVitalSigns | None = None,
) -> Ports:
    ports = Ports(
        records=records,
        blobs=blobs,
        bus=bus,
        seal=SEAL,
        clock=FixedClock(),
        ids=RandomIds(),
        access=Access(TOKEN, people=records, jwts=Jwts(bytes(32)), clock=FixedClock(), kept_s=0),
        passwords=Passwords(QUICK_HASHER),
        dead_letters=dead_letters,
        probes={"mongodb": _all_is_well},
        packages=served_packages(records, blobs, seal=SEAL, upstream=upstream),
        sources=upstream or MemoryUpstream(),
        signs=signs or MemoryVitalSigns(),
        file_sources=file_sources,
        patience_s=0,
    )
    # The client of these tests waits for the whole of an answer; `tests/support/live.py` looks on.
    ports.live.end()
    return ports


def a_wish(**changes: object) -> dict[str, object]:
    """Return what a client sends to make a mirror."""
    wish: dict[str, object] = {
        "mirror_name": "mm",
        "source_root": "https://source.example/forge",
        "mirror_mode": "passive",
        "cron": "0 0 * * *",
        "mirror_type": "conda",
        "filters": {},
        "run_now": False,
    }
    return wish | changes
