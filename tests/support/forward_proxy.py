"""A small real forwarding proxy: whole URLs for http, CONNECT for https, a password where one is set."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import urlsplit

from tests.support.loop_thread import LoopThread

_PIECE_BYTES = 64 * 1024


class ForwardProxy:
    """Passes requests on; `targets` keeps what it was asked for, `names` says where made-up hosts are.

    `answers` keeps (target, status) of what was answered over http.
    """

    def __init__(self, *, user: str | None = None, password: str = "", names: Mapping[str, str] | None = None) -> None:
        self.url = ""
        self.targets: list[str] = []
        self.answers: list[tuple[str, int]] = []
        self._login = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}" if user else None
        self._names = dict(names or {})
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one request on and its answer back; a tunnel until either side closes."""
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        try:
            method, target, lines = await _read_head(reader)
            self.targets.append(target)
            if self._login is not None and f"proxy-authorization: {self._login}".lower() not in map(str.lower, lines):
                writer.write(b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            await self._pass(method, target, lines, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            with suppress(ConnectionError):
                await writer.drain()
            writer.close()

    async def close(self) -> None:
        """Break off all connections."""
        tasks = tuple(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass(
        self,
        method: str,
        target: str,
        lines: list[str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        parts = urlsplit(target if method != "CONNECT" else f"//{target}")
        host, _, port = self._names.get(parts.netloc, parts.netloc).partition(":")
        source_reader, source_writer = await asyncio.open_connection(host, int(port or 80))
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                await _pass_both_ways(reader, writer, source_reader, source_writer)
                return
            path = parts._replace(scheme="", netloc="").geturl()
            own = ("proxy-authorization:", "connection:")
            kept = [line for line in lines if not line.lower().startswith(own)]
            head = [f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]
            source_writer.write("\r\n".join(head).encode())
            self.answers.append((target, await _pass_answer(source_reader, writer)))
        finally:
            source_writer.close()


@contextmanager
def threaded_forward_proxy() -> Iterator[ForwardProxy]:
    """Run a proxy in a thread of its own, for tests that wait for services."""
    thread = LoopThread("forward proxy")
    running = forward_proxy()
    try:
        yield thread.run(running.__aenter__())
    finally:
        thread.run(running.__aexit__(None, None, None))
        thread.close()


@asynccontextmanager
async def forward_proxy(
    *, user: str | None = None, password: str = "", names: Mapping[str, str] | None = None
) -> AsyncIterator[ForwardProxy]:
    """Run a proxy while the block runs."""
    proxy = ForwardProxy(user=user, password=password, names=names)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    login = f"{user}:{password}@" if user else ""
    proxy.url = f"http://{login}127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, str, list[str]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    return method, target, lines


async def _pass_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Pass one answer back, with which the connection ends; return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
    writer.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
    await _pump(reader, writer)
    return int(head.split(b" ")[1])


async def _pass_both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    source_reader: asyncio.StreamReader,
    source_writer: asyncio.StreamWriter,
) -> None:
    pumps = {
        asyncio.create_task(_pump(reader, source_writer)),
        asyncio.create_task(_pump(source_reader, writer)),
    }
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
