"""HTTP/1.1 as uvicorn reads it, with bounds on what it would keep in memory or wait for.

Essential reading: RFC 6585 section 5 (431), RFC 9110 sections 15.5.9 (408) and 15.5.15 (414).

uvicorn's fast parser takes heads of any size and waits for them for ever; this answers such a
request and closes the connection, before anything of ours has seen it.
"""

import asyncio
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.api.problems import PROBLEM_JSON
from services.api.schemas import Problem

MOST_HEAD_BYTES = 32 * 1024
"""Of all header lines; the largest that is shown here in earnest is a JWT with many roles."""

MOST_HEADERS = 100
MOST_URL_BYTES = 8 * 1024
_HEAD_WITHIN_S = 20.0
_REST_WITHIN_S = 10.0

_WORDS = {
    HTTPStatus.BAD_REQUEST: "this is no HTTP/1.1 request that can be read",
    HTTPStatus.REQUEST_TIMEOUT: f"no whole head of a request came within {_HEAD_WITHIN_S:g} seconds",
    HTTPStatus.REQUEST_URI_TOO_LONG: f"the address is longer than the {MOST_URL_BYTES:,} bytes that are taken here",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        f"the headers are larger than {MOST_HEAD_BYTES:,} bytes, or more than {MOST_HEADERS}; "
        "if cookies or a token make them so, sign in anew"
    ),
}


class _TooMuch(Exception):
    """Stops the parser; the status says why."""


class BoundedHttp(HttpToolsProtocol):
    """One connection of a client."""

    head_within_s = _HEAD_WITHIN_S
    rest_within_s = _REST_WITHIN_S

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._status = HTTPStatus.BAD_REQUEST
        self._is_in_head = True
        self._is_in_message = False
        self._head_bytes = 0
        self._counted = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait(self.head_within_s, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless it is the beginning of a head that never ends."""
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head and not self.transport.is_closing():
            # Lines that have not ended are in the parser's hands, where nobody counts them.
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES + MOST_URL_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._is_in_head = self._is_in_message = True
        self._head_bytes = self._counted = 0
        if self._timer is None:
            self._wait(self.head_within_s, self._give_up)

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        super().on_url(url)
        if not url.isascii():
            # RFC 3986 section 2: whatever else is meant is written as %XX. The parser lets it through.
            self._stop(HTTPStatus.BAD_REQUEST)
        if len(self.url) > MOST_URL_BYTES:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._counted += len(name) + len(value)
        if self._counted > MOST_HEAD_BYTES or len(self.headers) >= MOST_HEADERS:
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Have the head; how long the body may take is a matter of the application."""
        self._is_in_head = False
        self._rest()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Have the whole request."""
        self._is_in_message = False
        self._rest()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Take what is left of a body whose request was answered already, but not for ever."""
        super().on_response_complete()
        if self._is_in_message and not self._is_in_head and not self.transport.is_closing():
            self._wait(self.rest_within_s, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """Say in our words what uvicorn, or one of the bounds, found wrong with a request."""
        del msg
        self._rest()
        if self.cycle is not None and not self.cycle.response_complete:
            # The answer before this one is still on its way: nothing may stand in its middle.
            self.transport.close()
            return
        status = self._status
        problem = Problem(
            type=f"urn:tain:problem:{status.name.lower()}",
            title=status.phrase,
            status=status.value,
            detail=_WORDS[status],
            code=status.name.lower(),
            message=_WORDS[status],
        )
        body = msgspec.json.encode(problem)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            f"content-type: {PROBLEM_JSON}\r\ncontent-length: {len(body)}\r\n"
            "cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _stop(self, status: HTTPStatus) -> None:
        self._status = status
        raise _TooMuch

    def _refuse(self, status: HTTPStatus) -> None:
        self._status = status
        self.send_400_response("")

    def _give_up(self) -> None:
        if self._is_in_message:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            # Nothing was asked: nobody waits for an answer.
            self.transport.close()

    def _wait(self, within_s: float, then: Any) -> None:
        self._rest()
        self._timer = self.loop.call_later(within_s, then)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
