"""Sends an answer piece by piece, at the client's pace, in flat memory whatever the file's size."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent, Receive, Scope, Send

from libs.common.domain.digest import Sha256
from libs.common.domain.errors import ContentMismatch
from libs.common.ports.blobs import BlobStore
from services.api.serving.pieces import closing
from services.api.serving.representation import Answer


class Body(Protocol):
    """Where an answer's bytes come from."""

    def pieces(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to, not including, `stop`, or to the end.

        Raises:
            TainError: when they can't be had; before the first piece it becomes a problem
                answer, after it the connection is broken off.
        """


class BytesBody:
    """A file that is in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def pieces(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the bytes at once."""
        yield self._data[start:stop]


class BlobBody:
    """A file that is in the blob store."""

    def __init__(self, blobs: BlobStore, sha256: Sha256) -> None:
        self._blobs = blobs
        self._sha256 = sha256

    def pieces(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the bytes as the store reads them."""
        return self._blobs.read(self._sha256, start=start, stop=stop)


def _nothing() -> None:
    """Do nothing."""


class Sender:
    """An ASGI application that sends one answer.

    The first piece is at hand before the headers go out, so that whatever is wrong by
    then is told as a problem. What goes wrong later is raised: the server then closes the
    connection in the middle of the body, and no client takes that for a whole file.
    `on_sent` is called once the client got everything.
    """

    def __init__(self, answer: Answer, body: Body, *, on_sent: Callable[[], None] = _nothing) -> None:
        self._answer = answer
        self._body = body
        self._on_sent = on_sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; `scope` was read when the answer was decided."""
        del scope
        if self._answer.body is None:
            await send(self._start())
            await send(_piece(b"", more_body=False))
            return
        start, stop = self._answer.body
        async with closing(self._body.pieces(start, stop)) as pieces:
            first = await anext(pieces, b"")
            await send(self._start())
            if stop is not None and len(first) == stop - start:
                await send(_piece(first, more_body=False))
            elif not await self._stream(first, pieces, receive, send):
                return
        self._on_sent()

    def _start(self) -> HTTPResponseStartEvent:
        return {"type": "http.response.start", "status": self._answer.status, "headers": list(self._answer.headers)}

    async def _stream(self, first: bytes, pieces: AsyncIterator[bytes], receive: Receive, send: Send) -> bool:
        """Send the pieces one after the other; False where the client left."""
        gone = asyncio.create_task(_wait_for_leave(receive))
        try:
            sent = len(first)
            await send(_piece(first, more_body=True))
            async for piece in pieces:
                if gone.done():
                    return False
                sent += len(piece)
                # `send` waits while the client is slow: nothing piles up here.
                await send(_piece(piece, more_body=True))
            self._check_whole(sent)
            await send(_piece(b"", more_body=False))
            return True
        finally:
            gone.cancel()

    def _check_whole(self, sent: int) -> None:
        start, stop = self._answer.body or (0, None)
        if stop is not None and sent != stop - start:
            raise ContentMismatch(f"{sent} bytes came where {stop - start} were promised")


async def _wait_for_leave(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _piece(data: bytes, *, more_body: bool) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": data, "more_body": more_body}
