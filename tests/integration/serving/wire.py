"""A real server on a free port, and a client that sees every byte."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Literal

import msgspec
import uvicorn

from services.api.serving.serving import Serving
from tests.unit.serving.world import web_app


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it came in; `is_whole` is False where the connection ended too early."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


class Connection:
    """One connection; requests go one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, path: str, *, method: str = "GET", **headers: str) -> Received:
        """Send a request and read its whole answer."""
        await self.send(path, method=method, **headers)
        status, answer_headers = await self.read_head()
        has_body = method != "HEAD" and status != 304
        body, is_whole = await self.read_body(answer_headers) if has_body else (b"", True)
        return Received(status=status, headers=answer_headers, body=body, is_whole=is_whole)

    async def send(self, path: str, *, method: str = "GET", **headers: str) -> None:
        """Send a request."""
        lines = [f"{method} {path} HTTP/1.1", "Host: tain.example"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        await self._writer.drain()

    async def read_head(self) -> tuple[int, dict[str, str]]:
        """Read the head of an answer; header names are in lower case."""
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.partition(":") for line in lines[1:] if line)
        return int(lines[0].split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}

    async def read_body(self, headers: Mapping[str, str]) -> tuple[bytes, bool]:
        """Read a body, and tell whether it came whole."""
        try:
            if "content-length" in headers:
                return await self._reader.readexactly(int(headers["content-length"])), True
            return await self._read_chunks()
        except asyncio.IncompleteReadError as exc:
            return exc.partial, False

    async def read(self, size_bytes: int) -> bytes:
        """Read some bytes of a body."""
        return await self._reader.readexactly(size_bytes)

    async def close(self) -> None:
        """Leave, also in the middle."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _read_chunks(self) -> tuple[bytes, bool]:
        body = b""
        while True:
            line = await self._reader.readline()
            if not line:
                return body, False
            size_bytes = int(line, 16)
            chunk = await self._reader.readexactly(size_bytes + 2)
            if not size_bytes:
                return body, True
            body += chunk[:-2]


class Address:
    """Where a server listens."""

    def __init__(self, port: int) -> None:
        self._port = port

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Connect while the block runs."""
        connection = Connection(*await asyncio.open_connection("127.0.0.1", self._port))
        try:
            yield connection
        finally:
            await connection.close()

    async def ask(self, path: str, *, method: str = "GET", **headers: str) -> Received:
        """Ask on a connection of its own."""
        async with self.connection() as connection:
            return await connection.ask(path, method=method, **headers)


class _Server(uvicorn.Server):
    """Leaves signals to the test runner."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def listening(serving: Serving, *, http: Literal["httptools", "h11"] = "httptools") -> AsyncIterator[Address]:
    """Serve on a free port while the block runs."""
    config = uvicorn.Config(
        web_app(serving),
        http=http,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    server = _Server(config)
    # It listens from here on: who connects before the server runs is let in a moment later.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield Address(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await serving.stop()
            await task
