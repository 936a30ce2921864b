"""A folder as a web server that gives each connection so many bytes a second, in a process of its own.

The limit is the connection's, kept by waiting until what was sent is paid for: two
connections are twice as fast as one, and an idle one saves nothing up. Ranges are served.
`GET /sent` tells how many bytes of which path were sent, how many of them not for the first time.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import msgspec

_PIECE_BYTES = 64 * 1024


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """What was sent of one path below the channel; `again_bytes` of it for another time."""

    size_bytes: int
    again_bytes: int
    requests: int


class MeteredSource(msgspec.Struct, frozen=True):
    """A running source; `url` is its channel."""

    url: str

    def sent(self) -> dict[str, Sent]:
        """Return what was sent so far, by path below the channel."""
        with urlopen(f"{self.url.removesuffix('/channel')}/sent", timeout=30) as answer:  # noqa: S310 - our own
            return msgspec.json.decode(answer.read(), type=dict[str, Sent])


@contextmanager
def metered_source(folder: Path, *, bytes_per_s: int) -> Iterator[MeteredSource]:
    """Serve the folder's files while the block runs."""
    command = [sys.executable, "-m", "tests.support.metered_source", str(folder), str(bytes_per_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise RuntimeError("the server has no output to read its port from")
        try:
            yield MeteredSource(f"http://127.0.0.1:{int(process.stdout.readline())}/channel")
        finally:
            process.terminate()


class _Server:
    def __init__(self, folder: Path, bytes_per_s: int) -> None:
        self._folder = folder
        self._bytes_per_s = bytes_per_s
        self._size_bytes: Counter[str] = Counter()
        self._again_bytes: Counter[str] = Counter()
        self._furthest: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests, one after the other, at its speed."""
        paid_until = 0.0
        try:
            while (request := await _read_request(reader)) is not None:
                path, start = request
                if path == "/sent":
                    writer.write(_head(200, len(report := self._report()), ()) + report)
                    continue
                path = path.removeprefix("/channel/")
                paid_until = await self._send(path, start, reader, writer, paid_until)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _send(
        self, path: str, start: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, paid_until: float
    ) -> float:
        place = self._folder / path
        if not place.is_file():
            writer.write(_head(404, 0, ()))
            return paid_until
        size = place.stat().st_size
        span = (f"Content-Range: bytes {start}-{size - 1}/{size}",) if start else ()
        self._requests[path] += 1
        writer.write(_head(206 if start else 200, size - start, span))
        with place.open("rb") as file:
            file.seek(start)
            while piece := file.read(_PIECE_BYTES):
                await asyncio.sleep(paid_until - time.monotonic())
                if reader.at_eof():
                    raise ConnectionResetError
                writer.write(piece)
                await writer.drain()
                self._count(path, start, start := start + len(piece))
                paid_until = max(paid_until, time.monotonic()) + len(piece) / self._bytes_per_s
        return paid_until

    def _report(self) -> bytes:
        sent = {
            path: (self._size_bytes[path], self._again_bytes[path], count) for path, count in self._requests.items()
        }
        return json.dumps(sent).encode()

    def _count(self, path: str, start: int, stop: int) -> None:
        self._size_bytes[path] += stop - start
        self._again_bytes[path] += max(0, min(stop, self._furthest[path]) - start)
        self._furthest[path] = max(stop, self._furthest[path])


def _head(status: int, length: int, more: tuple[str, ...]) -> bytes:
    lines = (f"HTTP/1.1 {status} Answer", f"Content-Length: {length}", "Accept-Ranges: bytes", *more, "", "")
    return "\r\n".join(lines).encode()


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, int] | None:
    line = await reader.readline()
    if not line:
        return None
    start = 0
    while header := (await reader.readline()).strip():
        name, _, value = header.decode().partition(":")
        if name.lower() == "range":
            start = int(value.strip().removeprefix("bytes=").rstrip("-"))
    return line.decode().split(" ")[1], start


async def _run(folder: Path, bytes_per_s: int) -> None:
    server = await asyncio.start_server(_Server(folder, bytes_per_s).serve, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), int(sys.argv[2])))
