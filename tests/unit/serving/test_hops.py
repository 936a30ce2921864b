"""Through how many Tains a request came, and what that is for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.upstream import MemoryDownload, MemoryUpstream
from libs.common.domain.digest import Digest, Expected, sha256_of
from libs.common.domain.errors import MirrorCircle
from services.api.serving.hops import hops_of
from services.api.serving.origin import Wanted
from services.api.serving.passive import Passages, PassiveLimits
from tests.unit.serving.fakes import FakeLeases

_DATA = b"a file that both channels have" * 1000
_OURS, _SOURCE = "https://tain.example/api/repo/first/a.whl", "https://source.example/a.whl"


@pytest.mark.parametrize(
    ("header", "hops"),
    [(None, 0), ("", 0), ("tain", 1), ("Tain ;v=1, other.example, tain", 2), ("tain.example, curtain", 0)],
)
def test_our_own_entries_are_counted(header: str | None, hops: int) -> None:
    """Others are of networks in between."""
    assert hops_of({} if header is None else {"cdn-loop": header}) == hops


def test_mirrors_that_lead_back_to_each_other_are_told_so() -> None:
    """Nobody waits for a file that nobody has."""
    with pytest.raises(MirrorCircle, match="lead back to each other"):
        hops_of({"cdn-loop": ", ".join(["tain"] * 7)})


class _BehindUs(MemoryUpstream):
    """The first channel's files are our own, which come from the source."""

    passages: Passages

    @asynccontextmanager
    async def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AsyncIterator[MemoryDownload]:
        """Begin a download; see the port."""
        if url == _OURS:
            self.files[url] = await self._through_us(hops + 1)
        async with super().open(url, proxy=proxy, home=home, hops=hops, offset=offset) as download:
            yield download

    async def _through_us(self, hops: int) -> bytes:
        wanted = _wanted(_SOURCE, hops=hops)
        return b"".join([piece async for piece in self.passages.pieces(wanted, 0, len(_DATA))])


def _wanted(url: str, *, hops: int = 0) -> Wanted:
    expected = Expected(digest=Digest("sha256", sha256_of(_DATA)), size_bytes=len(_DATA))
    return Wanted(channel="second", ckey="a", expected=expected, url=url, hops=hops)


async def test_a_channel_may_mirror_another_of_ours() -> None:
    """Its files come in through us once more, and do not wait for themselves; also the only one that may come in."""
    upstream = _BehindUs({_SOURCE: _DATA})
    upstream.passages = Passages(
        blobs=MemoryBlobStore(),
        upstream=upstream,
        leases=FakeLeases(),
        holder="us",
        limits=msgspec.structs.replace(PassiveLimits(), at_once=1),
    )

    async with asyncio.timeout(10):
        pieces = [piece async for piece in upstream.passages.pieces(_wanted(_OURS), 0, len(_DATA))]

    assert b"".join(pieces) == _DATA
    assert [url for url, _ in upstream.requests] == [_SOURCE, _OURS]
    assert upstream.hops == [1, 0]
