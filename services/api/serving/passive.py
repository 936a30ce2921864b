"""Pull-through: a file that is not stored is fetched when a client first asks for it.

Once, however many clients ask: in this process by digest, among several processes by a
lease that is renewed while the file comes in. Who does not get the lease waits for the
file to appear in the store, and takes over when the lease runs out. The download goes on
when its clients leave, so that the next one finds the file.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable

import msgspec
import structlog

from libs.common.contracts.messages import CveWord
from libs.common.domain.digest import LISTED, Blob, Expected
from libs.common.domain.errors import (
    ContentMismatch,
    MirrorCircle,
    SourceNotAllowed,
    StoreUnavailable,
    TainError,
    UpstreamMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from libs.common.ports.blobs import BlobStore, Spool
from libs.common.ports.flags import Leases
from libs.common.ports.upstream import Upstream
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from libs.common.vulnerabilities.package_words import keep_package_words, read_words
from services.api.serving.lease import fetch_lease, file_key
from services.api.serving.origin import Wanted
from services.api.serving.passage import Passage
from services.api.serving.pieces import closing

_LOG = structlog.get_logger()


class PassiveLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How files are fetched on request.

    `resumes` is how often in a row a broken download is taken up again that brought less than
    `worth_bytes`: a source that breaks off after every byte is one that does not answer.
    `unknown_max_bytes` bounds a file whose record has no size.
    """

    hold_back_bytes: int = 64 * 1024
    at_once: int = 32
    resumes: int = 3
    worth_bytes: int = 64 * 1024
    resume_pause_s: float = 0.3
    lease_look_s: float = 0.5
    unknown_max_bytes: int = 16 * 1024**3


_Key = tuple[str, int | None, int]


def _nothing(wanted: Wanted, blob: Blob) -> None:
    """Do nothing."""


class Passages:
    """The files that are coming in now, in this process.

    `holder` names this process in leases. `rejected` counts files whose bytes were not
    what their records say. `on_stored` is told of each file that came in.
    """

    def __init__(
        self,
        *,
        blobs: BlobStore,
        upstream: Upstream,
        leases: Leases,
        holder: str,
        limits: PassiveLimits,
        keeping: AdvisoryPorts | None = None,
        on_stored: Callable[[Wanted, Blob], None] = _nothing,
    ) -> None:
        self.rejected = 0
        self._on_stored = on_stored
        self._blobs = blobs
        self._upstream = upstream
        self._leases = leases
        self._holder = holder
        self._limits = limits
        self._keeping = keeping
        self._at_once = defaultdict[int, asyncio.Semaphore](lambda: asyncio.Semaphore(limits.at_once))
        self._passages: dict[_Key, Passage] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopped = False

    @property
    def count(self) -> int:
        """How many files are coming in."""
        return len(self._passages)

    async def pieces(self, wanted: Wanted, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Fetch a file, or join those who wait for it, and yield its bytes as they come in.

        Raises:
            TainError: why it can't be had, also in the middle.
        """
        passage = await self._open(wanted, start)
        async with closing(passage.pieces(start, stop)) as pieces:
            async for piece in pieces:
                yield piece

    async def fetch(self, wanted: Wanted) -> Blob:
        """Fetch a whole file, or wait for it.

        Raises:
            TainError: why it can't be had.
        """
        return await (await self._open(wanted, 0)).stored()

    async def stop(self) -> None:
        """Give up what is coming in."""
        self._is_stopped = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def _open(self, wanted: Wanted, position: int) -> Passage:
        passage = self._join(wanted)
        try:
            await passage.ready(position)
        except TainError:
            if passage.url == wanted.url:
                raise
            # Another channel's source failed us with the same file; ours may have it.
            passage = self._join(wanted)
            await passage.ready(position)
        return passage

    def _join(self, wanted: Wanted) -> Passage:
        key = (str(wanted.expected.digest), wanted.expected.size_bytes, wanted.hops)
        passage = self._passages.get(key)
        if passage is not None:
            return passage
        passage = Passage(blobs=self._blobs, url=wanted.url, hold_back_bytes=self._limits.hold_back_bytes)
        if self._is_stopped:
            passage.fail(_stopping())
            return passage
        self._passages[key] = passage
        task = asyncio.create_task(self._run(key, wanted, passage))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return passage

    async def _run(self, key: _Key, wanted: Wanted, passage: Passage) -> None:
        try:
            blob = await self._obtain(wanted, passage)
            passage.finish(blob)
            self._on_stored(wanted, blob)
        except ContentMismatch as exc:
            self.rejected += 1
            _LOG.warning("artifact_rejected", channel=wanted.channel, ckey=wanted.ckey, reason=exc.message)
            passage.fail(exc)
        except TainError as exc:
            _LOG.warning(
                "artifact_not_fetched", channel=wanted.channel, ckey=wanted.ckey, code=exc.code, reason=exc.message
            )
            passage.fail(_as_seen_by_client(exc))
        finally:
            # Also for what nobody foresaw: those who wait must not wait for ever.
            passage.fail(_stopping())
            del self._passages[key]

    async def _obtain(self, wanted: Wanted, passage: Passage) -> Blob:
        digest = wanted.expected.digest
        async with fetch_lease(self._leases, key=file_key(digest, hops=wanted.hops), holder=self._holder) as lease:
            while not await lease.take():
                blob = await self._blobs.find(digest)
                if blob is not None:
                    return check_blob(blob, wanted.expected)
                await asyncio.sleep(self._limits.lease_look_s)
            # Whoever held the lease before may have stored it.
            blob = await self._blobs.find(digest)
            if blob is not None:
                return check_blob(blob, wanted.expected)
            async with self._at_once[wanted.hops]:
                return await self._download(wanted, passage)

    async def _download(self, wanted: Wanted, passage: Passage) -> Blob:
        spool = self._blobs.spool()
        try:
            passage.begin(spool)
            await self._fill(spool, wanted, passage)
            words = await read_words(spool, ckey=wanted.ckey)
            passage.seal()
            blob = await self._blobs.commit(spool, expected=wanted.expected)
        finally:
            passage.seal()
            spool.close()
        await self._keep(words, wanted)
        _LOG.info("artifact_fetched", channel=wanted.channel, ckey=wanted.ckey, size_bytes=blob.size_bytes)
        return blob

    async def _keep(self, words: tuple[CveWord, ...], wanted: Wanted) -> None:
        """Keep what the file says of CVEs; it is served whether that can be kept or not."""
        if not words or self._keeping is None:
            return
        try:
            await keep_package_words({wanted.ckey: words}, keeping=self._keeping)
        except StoreUnavailable as exc:
            _LOG.warning("package_words_not_kept", channel=wanted.channel, ckey=wanted.ckey, reason=exc.message)

    async def _fill(self, spool: Spool, wanted: Wanted, passage: Passage) -> None:
        """Receive the whole file, going on where the connection broke.

        One without a digest does not go on: nothing would tell parts of two files from one.
        """
        failures = 0
        while True:
            before = spool.size_bytes
            try:
                await self._receive(spool, wanted, passage)
            except UpstreamUnavailable as exc:
                if spool.size_bytes == wanted.expected.size_bytes:
                    return
                failures = 1 if spool.size_bytes >= before + self._limits.worth_bytes else failures + 1
                is_asked_to_wait = exc.retry_after_s is not None
                is_in_parts = wanted.expected.digest.algorithm == LISTED and spool.size_bytes > 0
                if failures > self._limits.resumes or is_asked_to_wait or is_in_parts:
                    raise
                await asyncio.sleep(self._limits.resume_pause_s * failures)
            else:
                return

    async def _receive(self, spool: Spool, wanted: Wanted, passage: Passage) -> None:
        limit = wanted.expected.size_bytes
        async with self._upstream.open(
            wanted.url, proxy=wanted.proxy, home=wanted.home, hops=wanted.hops, offset=spool.size_bytes
        ) as download:
            if limit is not None and download.size_bytes not in (None, limit):
                raise ContentMismatch(f"the source's file has {download.size_bytes} bytes; its record says {limit}")
            # A source that does not follow ranges sends from the start what is here already.
            skip = spool.size_bytes - download.offset
            if skip < 0:
                raise UpstreamUnavailable("the source left out a part of the file")
            async with closing(download.pieces()) as pieces:
                async for piece in pieces:
                    fresh = piece[skip:] if skip else piece
                    skip = max(0, skip - len(piece))
                    if not fresh:
                        continue
                    if spool.size_bytes + len(fresh) > self._most_bytes(wanted):
                        raise ContentMismatch(f"the source's file is longer than {spool.size_bytes} bytes and goes on")
                    # Hashing takes time: 1 ms for each MiB.
                    await asyncio.to_thread(spool.write, fresh)
                    passage.advance()

    def _most_bytes(self, wanted: Wanted) -> int:
        if wanted.expected.size_bytes is not None:
            return wanted.expected.size_bytes
        return self._limits.unknown_max_bytes if wanted.most_bytes is None else wanted.most_bytes


def check_blob(blob: Blob, expected: Expected) -> Blob:
    """Return the blob, where it has the size that the record says.

    Raises:
        ContentMismatch: for another size; the digest is right, so it is the record that is wrong.
    """
    if expected.size_bytes is not None and blob.size_bytes != expected.size_bytes:
        raise ContentMismatch(f"the file has {blob.size_bytes} bytes; its record says {expected.size_bytes}")
    return blob


def _as_seen_by_client(error: TainError) -> TainError:
    """Tell clients what they can act on; where the source is, and why it refuses, is for the operator's log."""
    if isinstance(error, UpstreamUnavailable):
        return UpstreamUnavailable("the file's source can't be had now; try again", retry_after_s=error.retry_after_s)
    if isinstance(error, UpstreamMissing):
        return UpstreamMissing("the file's source does not have it any more")
    if isinstance(error, MirrorCircle):
        return MirrorCircle("the mirrors of this file lead back to each other")
    if isinstance(error, UpstreamRefused | SourceNotAllowed):
        return UpstreamRefused("the file's source does not give it to this server; its operator's log says why")
    return error


def _stopping() -> StoreUnavailable:
    return StoreUnavailable("the server is stopping, or broke off; try again")
