"""Sending: piece by piece, at the client's pace, and never less than was promised without a noise."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest

from libs.common.adapters.blobs.spool import MemorySpool
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.domain.digest import Blob, Digest, Expected, Sha256
from libs.common.domain.errors import ContentMismatch, UpstreamMissing
from libs.common.ports.blobs import Spool
from services.api.serving.origin import Wanted
from services.api.serving.passive import Passages, PassiveLimits
from services.api.serving.representation import Answer
from services.api.serving.sender import BlobBody, Body, BytesBody, Sender
from tests.unit.serving.fakes import FakeLeases

_MIB = 1024 * 1024
_GIB = 1024 * _MIB
_SCOPE: Any = {"type": "http"}


class _Client:
    """The server's side of a connection, which a test reads from at its own pace."""

    def __init__(self) -> None:
        self.messages: list[MutableMapping[str, Any]] = []
        self.received = 0
        self.is_gone = asyncio.Event()
        self.is_reading = asyncio.Event()
        self.is_reading.set()

    async def receive(self) -> Any:
        """Tell that the request is over, then that the client left, when it does."""
        if not self.messages:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.is_gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Take a message, when the client reads."""
        await self.is_reading.wait()
        self.messages.append({**message, "body": None})
        self.received += len(message.get("body", b""))
        await asyncio.sleep(0)


class _Body:
    """Says pieces, and counts them."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self._pieces = pieces
        self._error = error
        self.is_closed = False
        self.produced = 0

    async def pieces(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the pieces, whatever is asked."""
        del start, stop
        try:
            for piece in self._pieces:
                self.produced += len(piece)
                yield piece
            if self._error is not None:
                raise self._error
        finally:
            self.is_closed = True


def _sender(body: Body, size_bytes: int | None, sent: list[str] | None = None) -> Sender:
    answer = Answer(status=HTTPStatus.OK, headers=(), body=(0, size_bytes))
    return Sender(answer, body, on_sent=lambda: None if sent is None else sent.append("sent"))


async def _send(sender: Sender, client: _Client) -> None:
    await sender(_SCOPE, client.receive, client.send)


async def test_a_small_file_is_two_messages() -> None:
    """Head and body, and no watching for a client that leaves."""
    client, sent = _Client(), list[str]()

    await _send(_sender(BytesBody(b"small"), 5, sent), client)

    assert [message["type"] for message in client.messages] == ["http.response.start", "http.response.body"]
    assert client.received == 5
    assert sent == ["sent"]


@pytest.mark.parametrize("size_bytes", [9, None])
async def test_a_larger_file_is_sent_in_pieces(size_bytes: int | None) -> None:
    """And ended by a message that says so."""
    client, body, sent = _Client(), _Body(b"abc", b"def", b"ghi"), list[str]()

    await _send(_sender(body, size_bytes, sent), client)

    assert client.received == 9
    assert [message.get("more_body") for message in client.messages[1:]] == [True, True, True, False]
    assert sent == ["sent"]


async def test_an_empty_file_is_sent() -> None:
    """Of known size or not."""
    for size_bytes in (0, None):
        client = _Client()
        await _send(_sender(BytesBody(b""), size_bytes), client)

        assert client.received == 0
        assert client.messages[-1]["more_body"] is False


async def test_what_is_wrong_at_the_start_is_raised_before_the_head() -> None:
    """So that it can be answered as a problem."""
    client = _Client()

    with pytest.raises(UpstreamMissing):
        await _send(_sender(_Body(error=UpstreamMissing("gone")), 9), client)

    assert client.messages == []


async def test_what_goes_wrong_later_leaves_the_answer_unfinished() -> None:
    """The server breaks the connection off then, and the download does not count."""
    client, sent = _Client(), list[str]()

    with pytest.raises(ContentMismatch):
        await _send(_sender(_Body(b"abc", error=ContentMismatch("wrong")), 9, sent), client)

    assert client.messages[-1]["more_body"] is True
    assert sent == []


async def test_less_than_promised_is_never_ended_well() -> None:
    """A blob that was cut short on the disk must not pass for a whole one."""
    client = _Client()

    with pytest.raises(ContentMismatch):
        await _send(_sender(_Body(b"abc"), 9), client)

    assert client.messages[-1]["more_body"] is True


async def test_a_client_that_leaves_is_not_sent_more() -> None:
    """The file is closed at once, and nothing is counted."""
    client, sent = _Client(), list[str]()
    body = _Body(*[b"x" * 10] * 100)
    client.is_gone.set()

    await _send(_sender(body, 1000, sent), client)

    assert body.is_closed
    assert body.produced < 100
    assert sent == []


async def test_a_slow_client_holds_back_the_reading() -> None:
    """Two pieces are on their way at most, however large the file is."""
    client = _Client()
    body = _Body(*[b"x" * 10] * 100)
    client.is_reading.clear()
    sending = asyncio.create_task(_send(_sender(body, 1000), client))
    for _ in range(50):
        await asyncio.sleep(0)

    produced = body.produced
    client.is_reading.set()
    await sending

    assert produced <= 20
    assert client.received == 1000


class _Ledger:
    """Counts the bytes that were made and not yet taken."""

    def __init__(self) -> None:
        self.made = 0
        self.most_held = 0

    def made_now(self, size_bytes: int, *, taken: int) -> None:
        """Note a new piece."""
        self.made += size_bytes
        self.most_held = max(self.most_held, self.made - taken)


class _HugeSpool(MemorySpool):
    """Keeps no bytes, only how many there were; reads as zeros."""

    def __init__(self, ledger: _Ledger, client: _Client) -> None:
        super().__init__()
        self._ledger = ledger
        self._client = client

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Yield zeros."""
        data = bytes(min(size_bytes, self._size_bytes - offset))
        self._ledger.made_now(len(data), taken=self._client.received)
        return data

    def write(self, data: bytes, /) -> int:
        """Count."""
        self._size_bytes += len(data)
        return len(data)


class _HugeStore:
    """A store whose one blob is a gibibyte of zeros."""

    def __init__(self, ledger: _Ledger, client: _Client) -> None:
        self._ledger = ledger
        self._client = client

    async def ping(self) -> None:
        """Be there."""

    def spool(self) -> Spool:
        """Begin a file that takes no room."""
        return _HugeSpool(self._ledger, self._client)

    async def resume(self, digest: Digest) -> Spool:
        """Have nothing to go on with."""
        del digest
        return self.spool()

    async def commit(self, spool: Spool, *, expected: Expected | None = None) -> Blob:
        """Believe it."""
        del expected
        return Blob(sha256=Sha256("a" * 64), size_bytes=spool.size_bytes)

    async def find(self, digest: Digest) -> Blob | None:
        """Have nothing yet."""
        del digest
        return None

    async def read(self, sha256: Sha256, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Yield zeros."""
        del sha256
        piece = bytes(_MIB)
        for offset in range(start, stop or _GIB, _MIB):
            size_bytes = min(_MIB, (stop or _GIB) - offset)
            self._ledger.made_now(size_bytes, taken=self._client.received)
            yield piece[:size_bytes]

    async def remove(self, sha256: Sha256) -> None:
        """Have nothing to remove."""


class _HugeDownload:
    """A gibibyte of zeros from a source."""

    offset = 0
    size_bytes: int | None = _GIB

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield zeros."""
        piece = bytes(_MIB)
        for _ in range(_GIB // _MIB):
            yield piece


class _HugeUpstream(MemoryUpstream):
    """A source whose every file is a gibibyte of zeros."""

    @asynccontextmanager
    async def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AsyncIterator[Any]:
        """Begin a download; see the port."""
        del url, proxy, home, hops, offset
        yield _HugeDownload()


class _Passing:
    """A file that comes in while it is sent."""

    def __init__(self, passages: Passages, wanted: Wanted) -> None:
        self._passages = passages
        self._wanted = wanted

    def pieces(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the bytes as they come in."""
        return self._passages.pieces(self._wanted, start, stop)


async def test_a_gibibyte_from_the_store_is_sent_in_flat_memory() -> None:
    """Counted in bytes that were read and not yet taken."""
    client, ledger = _Client(), _Ledger()
    body = BlobBody(_HugeStore(ledger, client), Sha256("a" * 64))

    await _send(_sender(body, _GIB), client)

    assert client.received == _GIB
    assert ledger.most_held <= 2 * _MIB


async def test_a_gibibyte_that_comes_in_is_sent_in_flat_memory() -> None:
    """What the client has not taken lies in the spool, not in memory."""
    client, ledger = _Client(), _Ledger()
    upstream = _HugeUpstream()
    passages = Passages(
        blobs=_HugeStore(ledger, client), upstream=upstream, leases=FakeLeases(), holder="one", limits=PassiveLimits()
    )
    wanted = Wanted(
        channel="main", ckey="a", expected=Expected(digest=Digest("sha256", "a" * 64), size_bytes=_GIB), url="https://h"
    )

    await _send(_sender(_Passing(passages, wanted), _GIB), client)

    assert client.received == _GIB
    assert ledger.most_held <= 2 * _MIB
