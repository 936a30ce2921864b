"""The whole application, REST and what package clients read, with people who ask of all kinds, and no server."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Litestar
from litestar.types import HTTPScope

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.channels import MemoryChannels
from libs.common.adapters.memory.dead_letters import MemoryDeadLetters
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.memory.vital_signs import MemoryVitalSigns
from libs.common.domain.access.identity import Identity
from libs.common.ecosystems.registry import ecosystems
from libs.common.runtime.clock import RandomIds
from services.api.ports import Ports
from services.api.serving.routes import serving_routes
from services.api.serving.serving import Serving
from services.api.signing_in.passwords import Passwords
from services.api.web_app import make_web_app
from tests.support.identities import FakeAccess
from tests.support.served import served_packages
from tests.unit.api.harness import QUICK_HASHER, SEAL, FixedClock
from tests.unit.serving.fakes import FakeLeases

JSON = b"application/json"


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def without(self, *words: str) -> "Answer":
        """Return it as it reads where words stand for themselves, and with no date."""
        headers = tuple((name, _struck(value, words)) for name, value in self.headers if name != b"date")
        return Answer(self.status, headers, _struck(self.body, words))


class Gate:
    """The application over stores in memory; requests are of those whose name is in X-Auth."""

    def __init__(self, identities: Mapping[str, Identity], *, channels: MemoryChannels | None = None) -> None:
        self.records = MemoryRecords()
        if channels is not None:
            self.records.channels = channels
        self.blobs = MemoryBlobStore()
        self.identities = dict(identities)
        access = FakeAccess(self.identities)
        self.ports = Ports(
            records=self.records,
            blobs=self.blobs,
            bus=MemoryBus(),
            seal=SEAL,
            clock=FixedClock(),
            ids=RandomIds(),
            access=access,
            passwords=Passwords(QUICK_HASHER),
            dead_letters=MemoryDeadLetters(),
            probes={},
            packages=served_packages(self.records, self.blobs, seal=SEAL),
            sources=MemoryUpstream(),
            signs=MemoryVitalSigns(),
            patience_s=0,
        )
        serving = Serving(
            records=self.records,
            blobs=self.blobs,
            upstream=MemoryUpstream(),
            seal=SEAL,
            access=access,
            bus=MemoryBus(),
            leases=FakeLeases(),
            clock=FixedClock(),
            ids=RandomIds(),
            ecosystems=ecosystems(),
        )
        self.app: Litestar = make_web_app(self.ports, serving=serving_routes(serving))

    async def ask(self, method: str, address: str, *, by: str | None = None, body: Any = None) -> Answer:
        """Send one request, without a client in between: there are very many."""
        path, _, query = address.partition("?")
        headers = [(b"host", b"tain.example"), (b"content-type", JSON)]
        if by is not None:
            headers.append((b"x-auth", by.encode()))
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("192.0.2.7", 40000),
            "server": ("tain.example", 80),
        }
        return await self._send(scope, b"" if body is None else msgspec.json.encode(body))

    async def _send(self, scope: HTTPScope, body: bytes) -> Answer:
        messages: list[Any] = []
        sent = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return sent.pop() if sent else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        start = next(message for message in messages if message["type"] == "http.response.start")
        pieces = [message.get("body", b"") for message in messages if message["type"] == "http.response.body"]
        return Answer(start["status"], tuple((name, value) for name, value in start["headers"]), b"".join(pieces))


def _struck(text: bytes, words: tuple[str, ...]) -> bytes:
    for word in words:
        text = text.replace(word.encode(), b"*")
    return text
