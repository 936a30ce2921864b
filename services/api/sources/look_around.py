"""a source's address and a type -> which indexes it has of that type, as a run would find them.

Rules of this file:
1. Every request is the same one as a run's: the same address, proxy and home, and each form in the same order.
2. Of an index no more is read than it takes to see that it is one, unless it is small enough to be counted.
3. What was found is there also when the time is over in the middle.
4. A source that does not answer for one index is not asked for others.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from libs.common.deciding.told_of import told_of
from libs.common.domain.errors import Permanent, UnreadableIndex, UpstreamMissing, UpstreamRefused
from libs.common.domain.manifest import content_digest
from libs.common.ecosystems.protocol import UNTOLD, Ecosystem, IndexCount, IndexForm, Told
from libs.common.ports.upstream import Fetched, Upstream
from libs.common.runtime.together import together

_MB = 1024 * 1024
_COUNTED_BYTES = 8 * _MB
"""Of one index file that names its files; packed repodata of this size has some 100,000 records."""

_LIST_BYTES = 64 * _MB
"""Of a list of projects, which is asked for whole; that of the largest index has 40 MB."""

_ALL_BYTES = 128 * _MB
_UNPACKED_BYTES = 256 * _MB
_COUNTS_AT_ONCE = 2
_BEGINNING_BYTES = 64
"""What is shorter is counted at once, and so read wholly."""

_BEGINNINGS = {
    ".zst": (b"\x28\xb5\x2f\xfd",),
    ".bz2": (b"BZh",),
    ".gz": (b"\x1f\x8b",),
    ".rds": (b"\x1f\x8b", b"BZh", b"\xfd7zXZ"),
    ".json": (b"{",),
}
"""By the end of a path: how the file begins, where it is what its name says. Some servers send a page for all."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source is asked. `root` and `proxy` hold secrets: never log or show them."""

    root: str
    proxy: str | None = None


class FoundIndex(msgspec.Struct, frozen=True, kw_only=True):
    """One index that is there; `count` is None where it was not counted."""

    partition: str
    size_bytes: int | None
    count: IndexCount | None = None


class SourceLook:
    """One look at a source as one type; `found` fills while it looks."""

    def __init__(self, place: Place, *, ecosystem: Ecosystem, upstream: Upstream) -> None:
        self.ecosystem = ecosystem
        self.found: dict[str, FoundIndex] = {}
        self.refusals: list[UpstreamRefused] = []
        self.unreadable: list[UnreadableIndex] = []
        self._place = place
        self._upstream = upstream
        self._left_bytes = _ALL_BYTES
        self._counting = asyncio.Semaphore(_COUNTS_AT_ONCE)

    async def look(self, partitions: Sequence[str]) -> None:
        """Look for the indexes of some partitions.

        Raises:
            UpstreamUnavailable: when the source does not answer.
            SourceNotAllowed: when it leads where it may not be followed.
        """
        await together(self._look(partition) for partition in partitions)

    async def _look(self, partition: str) -> None:
        for form in self.ecosystem.index_forms(partition):
            try:
                await self._ask(form, partition)
            except UpstreamMissing:
                continue
            except UpstreamRefused as exc:
                # Object stores answer 403 for what is not there: another form may be.
                self.refusals.append(exc)
            except UnreadableIndex as exc:
                self.found.pop(partition, None)
                self.unreadable.append(exc)
            else:
                return

    async def _ask(self, form: IndexForm, partition: str) -> None:
        asked = f"{self._place.root}/{form.path}"
        if form.accept is not None:
            await self._ask_list(form, partition, asked)
            return
        async with self._upstream.open(asked, proxy=self._place.proxy, home=self._place.root) as download:
            size_bytes = download.size_bytes
            most = min(_COUNTED_BYTES, self._left_bytes)
            data = bytearray()
            async for piece in download.pieces():
                data += piece
                if len(data) < _BEGINNING_BYTES:
                    continue
                _check_beginning(data, form.path)
                self.found[partition] = FoundIndex(partition=partition, size_bytes=size_bytes)
                if len(data) > most or (size_bytes or 0) > most:
                    return
        if data:
            _check_beginning(data, form.path)
        self._left_bytes -= len(data)
        await self._count(bytes(data), form, partition, told=UNTOLD)

    async def _ask_list(self, form: IndexForm, partition: str, asked: str) -> None:
        try:
            answer = await self._upstream.get(
                asked, proxy=self._place.proxy, home=self._place.root, accept=form.accept, limit_bytes=_LIST_BYTES
            )
        except UnreadableIndex:
            # Larger than any list that we know, and one all the same.
            self.found[partition] = FoundIndex(partition=partition, size_bytes=None)
            return
        if not isinstance(answer, Fetched):
            raise UnreadableIndex("the source said 304 to a request without conditions")
        told = told_of(answer, asked=asked, source=content_digest(self._place.root))
        await self._count(answer.data, form, partition, told=told)

    async def _count(self, data: bytes, form: IndexForm, partition: str, *, told: Told) -> None:
        async with self._counting:
            count = await asyncio.to_thread(
                self.ecosystem.count_index,
                data,
                form=form,
                partition=partition,
                told=told,
                limit_bytes=_UNPACKED_BYTES,
            )
        self.found[partition] = FoundIndex(partition=partition, size_bytes=len(data), count=count)


def why_nothing(look: SourceLook) -> Permanent | None:
    """Return what the source said instead, where it has no index; None where it just has none."""
    return next(iter((*look.unreadable, *look.refusals)), None)


def _check_beginning(data: bytearray, path: str) -> None:
    beginnings = next((known for ending, known in _BEGINNINGS.items() if path.endswith(ending)), None)
    start = bytes(data[:_BEGINNING_BYTES])
    if beginnings is not None and not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(beginnings):
        raise UnreadableIndex(f"{path} is there and is something else; is it a page to log in on?")
