"""The incumbent's command-line client, request by request, and what it must be answered.

Each test sends what one command of the client sends (docs/compatibility.md names them), checks the
exact status, and holds the answers against `golden/<test>.json`. What differs from time to time
stands there by its kind: `<id>`, `<time>`, `<sha256>`, `<token>`, `<jwt>`. Keys that are new in an
answer break no client, and no test.

A change of an answer that is meant is written with `TAIN_WRITE_GOLDEN=1`; look at the difference
before it is committed: a key that goes is a client that breaks.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from httpx import Response

from tests.unit.api.harness import TOKEN, Api

GOLDEN = Path(__file__).parent / "golden"
WRITES = os.environ.get("TAIN_WRITE_GOLDEN") == "1"

_KINDS = (
    (re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"), "<jwt>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b[0-9a-f]{48}\b"), "<token>"),
    (re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"), "<time>"),
)
_BY_KEY = {"size": "<bytes>", "refresh_token": "<refresh token>"}
_HEADERS = ("content-type", "content-disposition", "location", "www-authenticate", "retry-after")


class Client:
    """The incumbent's client: it knows an address that ends in `/api`, an opaque token, and perhaps a JWT."""

    def __init__(self, api: Api, *, name: str) -> None:
        self._api = api
        self._name = name
        self.token: str | None = TOKEN
        self.jwt: str | None = None
        self.exchanges: list[dict[str, Any]] = []

    async def call(self, method: str, path: str, body: object = None, *, expect: int) -> Any:
        """Send a normal call: `X-Auth`, and JSON where there is a body, also with GET."""
        headers = {} if self.token is None else {"X-Auth": self.token}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        answer = await self._send(method, path, headers, content, shown=body)
        return self._check(answer, expect)

    async def call_as_signed_in(self, method: str, path: str, body: object = None, *, expect: int) -> Any:
        """Send what manages tokens: a Bearer JWT, the word None where there is none, always as JSON."""
        headers = {"Authorization": f"Bearer {self.jwt}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        return self._check(await self._send(method, path, headers, content, shown=body), expect)

    async def send_untyped(self, method: str, path: str, body: object, *, expect: int) -> Any:
        """Send JSON without saying so, as `system --diagnose-blobs` does."""
        headers = {} if self.token is None else {"X-Auth": self.token}
        return self._check(await self._send(method, path, headers, json.dumps(body).encode(), shown=body), expect)

    async def upload(self, path: str, filename: str, data: bytes, *, filetype: str, expect: int) -> Any:
        """Send a file as multipart: `content`, `filetype`, `size`."""
        headers = {} if self.token is None else {"X-Auth": self.token}
        answer = await self._api.client.post(
            f"/api{path}",
            files={"content": (filename, data)},
            data={"filetype": filetype, "size": str(len(data))},
            headers=headers,
        )
        self._note("POST", path, headers, {"filetype": filetype, "content": filename}, answer)
        return self._check(answer, expect)

    def hold_against_golden(self) -> None:
        """Compare what was answered with what is promised."""
        file = GOLDEN / f"{self._name}.json"
        written = json.dumps(self.exchanges, indent=1, ensure_ascii=False) + "\n"
        if WRITES:
            file.write_text(written)
        found = list(differences(json.loads(file.read_text()), self.exchanges))
        assert not found, "\n".join(found)

    async def _send(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None, *, shown: object
    ) -> Response:
        address = path if path.startswith("/auth/realms/") else f"/api{path}"
        request = self._api.client.build_request(method, address, content=content, headers=headers)
        answer = await self._api.client.send(request, follow_redirects=False)
        self._note(method, path, headers, shown, answer)
        return answer

    def _note(self, method: str, path: str, headers: dict[str, str], body: object, answer: Response) -> None:
        ways = [name for name in ("X-Auth", "Authorization") if name in headers]
        exchange: dict[str, Any] = {"request": f"{method} {normal(path)}", "auth": ways}
        if body is not None:
            exchange["body"] = normal(body)
        exchange["status"] = answer.status_code
        exchange["headers"] = {name: normal(answer.headers[name]) for name in _HEADERS if name in answer.headers}
        if answer.content:
            is_json = "json" in answer.headers.get("content-type", "")
            exchange["answer"] = normal(answer.json() if is_json else answer.text)
        self.exchanges.append(exchange)

    @staticmethod
    def _check(answer: Response, expect: int) -> Any:
        assert answer.status_code == expect, answer.text
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.json() if answer.content and is_json else answer.text


def differences(golden: Any, found: Any, place: str = "$") -> Iterator[str]:
    """Say what of the golden answers is not as it was; what came to them by and by is no difference."""
    if isinstance(golden, dict) and isinstance(found, dict):
        for key, value in golden.items():
            if key in found:
                yield from differences(value, found[key], f"{place}.{key}")
            else:
                yield f"{place}.{key} is gone"
    elif isinstance(golden, list) and isinstance(found, list) and len(golden) == len(found):
        for number, (one, other) in enumerate(zip(golden, found, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif golden != found:
        yield f"{place} is {found!r} and was {golden!r}"


def normal(value: Any) -> Any:
    """Replace what differs from time to time by its kind; keys too, for some are ids."""
    if isinstance(value, dict) and str(value.get("type")).startswith("urn:tain:problem:"):
        # Its words are for people, and may become better ones.
        value |= dict.fromkeys(("detail", "message"), "<words>")
    if isinstance(value, dict):
        return {normal(key): _BY_KEY.get(key) or normal(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [normal(inner) for inner in value]
    if not isinstance(value, str):
        return value
    for pattern, kind in _KINDS:
        value = pattern.sub(kind, value)
    return value.replace(TOKEN, "<token>")
