"""A web server in the test's own event loop, or in a thread, whose answers are planned per path."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from hashlib import sha256

import msgspec

from tests.support.loop_thread import LoopThread


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent for a path.

    `whole` is sent with ETag, Range and If-None-Match as a good server does. `cut_at`
    breaks the connection after so many bytes of the body; `length` tells another length
    than the body has; `gate` holds the second half of the body back until it is set.
    `drop_s` is how long each byte takes, of the head, too. An endless body is sent again
    and again until the client has had enough.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}
    cut_at: int | None = None
    length: int | None = None
    gate: asyncio.Event | None = None
    has_ranges: bool = True
    has_etag: bool = True
    drop_s: float | None = None
    is_endless: bool = False


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asked; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]


class HttpSource:
    """Answers by `files` (the last answer stays), and keeps the requests."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, list[Answer]] = defaultdict(list)
        self.requests: list[Request] = []
        self.at_gate = asyncio.Event()
        self.disconnected = asyncio.Event()
        self.now_connected = 0
        self.most_at_once = 0
        self._at_once = 0
        self._connections: set[asyncio.Task[None]] = set()

    def put(self, path: str, *answers: Answer | bytes) -> str:
        """Plan the answers for a path, one request after the other; returns its URL."""
        self.files[path] = [Answer(body=answer) if isinstance(answer, bytes) else answer for answer in answers]
        return f"{self.url}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it is closed or broken off."""
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        self.now_connected += 1
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    is_whole = await self._answer(request, writer)
                finally:
                    self._at_once -= 1
                if not is_whole:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            self.now_connected -= 1
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self.disconnected.set()

    async def close(self) -> None:
        """Break off all connections."""
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        answers = self.files.get(request.target, [])
        answer = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else Answer(status=404)
        status, headers, body = _by_the_book(answer, request)
        if answer.is_endless:
            return await _pour(body, writer, status, headers)
        length = len(body) if answer.length is None else answer.length
        head = [f"HTTP/1.1 {status} Reason", f"Content-Length: {length}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        if answer.drop_s is not None:
            return await _drip("\r\n".join([*head, "", ""]).encode() + body, writer, answer.drop_s)
        writer.write("\r\n".join([*head, "", ""]).encode())
        half = len(body) // 2
        writer.write(body[: half if answer.cut_at is None else answer.cut_at])
        await writer.drain()
        if answer.gate is not None:
            self.at_gate.set()
            await answer.gate.wait()
        if answer.cut_at is not None:
            return False
        writer.write(body[half:])
        await writer.drain()
        return length == len(body)


@contextmanager
def threaded_http_source() -> Iterator[HttpSource]:
    """Run a source in a thread of its own, for tests that wait for services."""
    thread = LoopThread("http source")
    running = http_source()
    try:
        yield thread.run(running.__aenter__())
    finally:
        thread.run(running.__aexit__(None, None, None))
        thread.close()


@asynccontextmanager
async def http_source(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[HttpSource]:
    """Run a source while the block runs, over https where it has a certificate."""
    source = HttpSource()
    server = await asyncio.start_server(source.serve, "127.0.0.1", 0, ssl=tls)
    source.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield source
    finally:
        server.close()
        await source.close()
        await server.wait_closed()


async def _pour(body: bytes, writer: asyncio.StreamWriter, status: int, headers: Mapping[str, str]) -> bool:
    head = [f"HTTP/1.1 {status} Reason", "Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*head, "", ""]).encode())
    while not writer.is_closing():
        writer.write(body)
        await writer.drain()
    return False


async def _drip(data: bytes, writer: asyncio.StreamWriter, drop_s: float) -> bool:
    for place in range(len(data)):
        writer.write(data[place : place + 1])
        await writer.drain()
        await asyncio.sleep(drop_s)
    return True


def _by_the_book(answer: Answer, request: Request) -> tuple[int, dict[str, str], bytes]:
    headers = dict(answer.headers)
    if answer.status != 200:
        return answer.status, headers, answer.body
    etag = f'"{sha256(answer.body).hexdigest()[:16]}"'
    if answer.has_etag:
        headers.setdefault("ETag", etag)
        if request.headers.get("if-none-match") == etag:
            return 304, headers, b""
    wanted = request.headers.get("range")
    if wanted is None or not answer.has_ranges:
        return 200, headers, answer.body
    start, size = int(wanted.removeprefix("bytes=").rstrip("-")), len(answer.body)
    if start >= size:
        return 416, headers | {"Content-Range": f"bytes */{size}"}, b""
    headers.setdefault("Content-Range", f"bytes {start}-{size - 1}/{size}")
    return 206, headers, answer.body[start:]


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    line = await reader.readline()
    if not line:
        return None
    method, target, _ = line.decode().split(" ")
    headers: dict[str, str] = {}
    while (line := await reader.readline()).strip():
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    return Request(method=method, target=target, headers=headers)
