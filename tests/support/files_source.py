"""Files on a local port, which a test can change, break and switch off while it runs.

It serves in a thread of its own; where speed is measured `static_server.py` serves as a process.
"""

import asyncio
import base64
import hashlib
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.utils import formatdate

import msgspec
from aiohttp import web

from tests.support.eventually import eventually
from tests.support.faults import Corrupt, Fault, Held, Missing, ServerError, Slow, Truncated, WrongSize
from tests.support.loop_thread import LoopThread

_MADE_AT = 1_700_000_000
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request that came in, and how it was answered."""

    path: str
    full_path: str
    method: str
    status: int
    range: str | None
    is_conditional: bool


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """One form of a file; a source without validators must be asked for the whole of it each time."""

    data: bytes
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = {}
    has_validators: bool = True

    @property
    def etag(self) -> str:
        """Its strong validator."""
        return f'"{hashlib.sha256(self.data).hexdigest()[:20]}"'


Files = Mapping[str, bytes | Sequence[Offered]]
"""Path below the source -> its bytes, or the forms that a client may choose from by its Accept; never none."""


class FilesSource:
    """Files under one or more path prefixes.

    A prefix may hold a token (`/t/SECRET/repo/main`); paths outside of the prefixes are 404.
    Where there is a `user` (`name:password`), nothing is shown without it.
    """

    def __init__(self, files: Files, *, prefixes: Sequence[str], user: str | None = None) -> None:
        self._prefixes = tuple(prefixes)
        self._user = user
        self._faults: dict[str, Fault] = {}
        self._failures: Counter[str] = Counter()
        self._files: Mapping[str, Sequence[Offered]] = {}
        self._revision = 0
        self._log: list[Request] = []
        self._lock = threading.Lock()
        self._released = asyncio.Event()
        self.publish_files(files)
        self._thread = LoopThread("source")
        self._runner, self._port = self._thread.run(_serve(self._answer))

    @property
    def url(self) -> str:
        """The source's URL, under the first prefix, with its user."""
        return self.url_under(self._prefixes[0])

    def url_under(self, prefix: str) -> str:
        """The source's URL under one of the prefixes."""
        return f"http://{f'{self._user}@' if self._user else ''}127.0.0.1:{self._port}{prefix}"

    def publish_files(self, files: Files) -> None:
        """Switch to a new state: these files below the source."""
        offered = {path: (Offered(data=of),) if isinstance(of, bytes) else tuple(of) for path, of in files.items()}
        with self._lock:
            self._files = offered
            self._revision += 1

    def break_files(self, faults: Mapping[str, Fault]) -> None:
        """Let these paths go wrong from now on."""
        self._thread.call(self._released.clear)
        self._faults = {**self._faults, **faults}

    def mend(self) -> None:
        """Take all faults away; what is held is released."""
        self._faults = {}
        self.release()

    def release(self) -> None:
        """Let held files go on, those to come too."""
        self._thread.call(self._released.set)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests since the last `forget`."""
        with self._lock:
            return tuple(self._log)

    def forget(self) -> None:
        """Begin a new request log."""
        with self._lock:
            self._log = []

    def count(self, path: str) -> int:
        """How often a path below the source was asked for."""
        return sum(request.path == path for request in self.requests)

    def counts(self) -> Counter[str]:
        """How often each path below the source was asked for."""
        return Counter(request.path for request in self.requests)

    def wait_for_request(self, path: str, *, within_s: float = 20) -> None:
        """Return once the path was asked for."""
        eventually(lambda: self.count(path), within_s=within_s, what=f"a request for {path}")

    def etags(self) -> dict[str, str]:
        """Return the validator of the first form of each file."""
        with self._lock:
            return {path: forms[0].etag for path, forms in self._files.items()}

    def close(self) -> None:
        """Switch the source off; its port then refuses connections. May be called twice."""
        if self._runner is None:
            return
        self._thread.run(self._runner.cleanup())
        self._thread.close()
        self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = self._below_prefix(request.path)
        if self._user and request.headers.get("Authorization") != _basic(self._user):
            challenge = {"WWW-Authenticate": 'Basic realm="source"'}
            return self._logged(request, path or "", web.Response(status=401, headers=challenge))
        with self._lock:
            forms = self._files.get(path, ()) if path is not None else ()
            made_at = formatdate(_MADE_AT + self._revision, usegmt=True)
        if path is None or not forms:
            return self._logged(request, path or "", web.Response(status=404))
        fault = self._faults.get(path)
        if isinstance(fault, Missing):
            return self._logged(request, path, web.Response(status=404))
        if isinstance(fault, ServerError) and self._still_fails(path, fault):
            return self._logged(request, path, web.Response(status=503))
        form = _chosen(forms, request.headers.get("Accept", "*/*"))
        headers = {"Accept-Ranges": "bytes", "Content-Type": form.content_type, **form.headers}
        if len(forms) > 1:
            headers["Vary"] = "Accept"
        if form.has_validators:
            headers |= {"ETag": form.etag, "Last-Modified": made_at}
            if request.headers.get("If-None-Match") == form.etag or (
                "If-None-Match" not in request.headers and request.headers.get("If-Modified-Since") == made_at
            ):
                return self._logged(request, path, web.Response(status=304, headers=headers))
        return await self._send(request, path, form.data, fault, headers)

    async def _send(
        self, request: web.Request, path: str, data: bytes, fault: Fault | None, headers: dict[str, str]
    ) -> web.StreamResponse:
        status = 200
        start = _range_start(request)
        half = max(0, len(data) // 2 - start)
        if isinstance(fault, Corrupt):
            data = bytes(byte ^ 0x55 for byte in data)
        if isinstance(fault, WrongSize):
            data += b"more"
        if start:
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            data = data[start:]
        if not isinstance(fault, Truncated | Held | Slow) or request.method == "HEAD":
            return self._logged(request, path, web.Response(status=status, body=data, headers=headers))
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = len(data)
        self._logged(request, path, response)
        await response.prepare(request)
        await self._trickle(request, response, data, fault=fault, half=half)
        return response

    async def _trickle(
        self,
        request: web.Request,
        response: web.StreamResponse,
        data: bytes,
        *,
        fault: Truncated | Held | Slow,
        half: int,
    ) -> None:
        if isinstance(fault, Slow):
            step = max(1, len(data) // fault.pieces)
            for place in range(0, len(data), step):
                await response.write(data[place : place + step])
                await asyncio.sleep(fault.pause_s)
            return
        await response.write(data[:half])
        if isinstance(fault, Held):
            await self._released.wait()
            await response.write(data[half:])
        elif request.transport is not None:
            request.transport.close()

    def _still_fails(self, path: str, fault: ServerError) -> bool:
        self._failures[path] += 1
        return fault.times is None or self._failures[path] <= fault.times

    def _below_prefix(self, full_path: str) -> str | None:
        for prefix in self._prefixes:
            if full_path.startswith(f"{prefix}/"):
                return full_path[len(prefix) + 1 :]
        return None

    def _logged(self, request: web.Request, path: str, response: web.StreamResponse) -> web.StreamResponse:
        entry = Request(
            path=path,
            full_path=request.path,
            method=request.method,
            status=response.status,
            range=request.headers.get("Range"),
            is_conditional="If-None-Match" in request.headers or "If-Modified-Since" in request.headers,
        )
        with self._lock:
            self._log.append(entry)
        return response


def _chosen(forms: Sequence[Offered], accept: str) -> Offered:
    """Return the form that Accept weighs most, the first where it has no wish (RFC 9110 12.5.1)."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=")
        weights[media.strip()] = float(quality) if parameters else 1.0
    other = weights.get("*/*", 0.0)
    return max(forms, key=lambda form: weights.get(form.content_type.partition(";")[0], other))


def _basic(user: str) -> str:
    return f"Basic {base64.b64encode(user.encode()).decode()}"


def _range_start(request: web.Request) -> int:
    wanted = request.headers.get("Range", "")
    start = wanted.removeprefix("bytes=").partition("-")[0]
    return int(start) if start.isdecimal() else 0


async def _serve(answer: _Handler) -> tuple[web.AppRunner | None, int]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    return runner, int(runner.addresses[0][1])
