"""One who looks on: a connection to /api/live without a socket, read event by event."""

import asyncio
from types import TracebackType
from typing import Any, Self

import msgspec
from litestar.types import ASGIApp

_WITHIN_S = 20


class Told(msgspec.Struct, frozen=True):
    """One event: its name and its data; a heartbeat has no name."""

    name: str
    data: Any = None


def told_in(text: str) -> list[Told]:
    """Read the events of a part of a stream; the wish to come again after a while is none."""
    told = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            told.append(Told(fields["event"], msgspec.json.decode(fields["data"])))
        elif block == ":":
            told.append(Told(""))
    return told


class Looker:
    """Asks as a client does; while it is `held` it takes nothing of what is sent."""

    def __init__(self, app: ASGIApp, **headers: str) -> None:
        self._app = app
        self._headers = [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self._asked = False
        self._left = asyncio.Event()
        self._takes = asyncio.Event()
        self._takes.set()
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._waiting: list[Told] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __aenter__(self) -> Self:
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/api/live",
            "raw_path": b"/api/live",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"tain.example"), *self._headers],
            "client": ("192.0.2.7", 40000),
            "server": ("tain.example", 80),
        }
        self._task = asyncio.create_task(self._answer(scope))
        start = await self._next_message()
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        if self.status != 200:
            self.body = (await self._next_message())["body"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._takes.set()
        self._left.set()
        async with asyncio.timeout(_WITHIN_S):
            await self._task

    async def next(self) -> Told | None:
        """Return the next event or heartbeat; None at the end of the stream."""
        while not self._waiting:
            message = await self._next_message()
            if not message.get("more_body"):
                return None
            self._waiting = told_in(message["body"].decode())
        return self._waiting.pop(0)

    def hold(self) -> None:
        """Take nothing from now on."""
        self._takes.clear()

    def release(self) -> None:
        """Take again what is sent."""
        self._takes.set()

    @property
    def is_over(self) -> bool:
        """Tell whether the server has done with it."""
        return self._task.done()

    async def end(self) -> None:
        """Wait until the server has done with it."""
        async with asyncio.timeout(_WITHIN_S):
            await self._task

    async def _answer(self, scope: Any) -> None:
        await self._app(scope, self._receive, self._send)

    async def _receive(self) -> Any:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self._takes.wait()
        self._sent.put_nowait(message)

    async def _next_message(self) -> dict[str, Any]:
        async with asyncio.timeout(_WITHIN_S):
            return await self._sent.get()
