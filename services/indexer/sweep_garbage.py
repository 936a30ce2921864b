"""garbage.sweep, once a day -> what nothing names is gone, garbage.swept.

Marks first, removes then: revisions, then what only they named. Cut off at any line it
leaves what nothing names, for the next sweep. Runs, publications and roll backs may go on meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import structlog

from libs.common.domain.digest import Blob, Digest, Sha256
from libs.common.domain.errors import NotFound
from libs.common.domain.garbage import RUNS_KEPT, RUNS_KEPT_FOR, Amount, GarbageReport, Kind
from libs.common.domain.run import ACTIVE_STATES
from libs.common.ports.records import RenderedShards, Shards
from libs.common.runtime.together import together
from services.indexer.find_roots import Roots, find_latecomers, find_roots
from services.indexer.garbage_ports import GarbagePorts, Keeping
from services.indexer.mark_named import NamedThings
from services.indexer.marks import Marks

_LOG = structlog.get_logger()
_CHUNK = 1_000
_BLOBS_AT_ONCE = 16
_BLOBS_TOLD = 1_000


class Sweep:
    """One sweep, or the dry run of one; `only` narrows it to some blobs."""

    def __init__(
        self, report_id: str, *, keeping: Keeping, is_dry_run: bool, only: Sequence[str] = (), ports: GarbagePorts
    ) -> None:
        self._id = report_id
        self._keeping = keeping
        self._is_dry_run = is_dry_run
        self._only = frozenset(only)
        self._ports = ports
        self._found: dict[Kind, Amount] = {}
        self._told: list[Sha256] = []

    async def sweep(self) -> GarbageReport:
        """Remove what nothing names, and tell what that was.

        Raises:
            StoreUnavailable: when a store does not answer.
        """
        started_at = self._ports.clock.now()
        roots = await find_roots(keeping=self._keeping, now=started_at, ports=self._ports)
        if self._only:
            # The revisions stay, so that what they name does, too.
            roots = msgspec.structs.replace(roots, revisions=(*roots.revisions, *roots.outdated), outdated=())
        named = NamedThings(self._ports)
        refused: str | None = None
        try:
            await named.mark(roots)
        except NotFound as exc:
            refused = f"{exc.message}; what it names can't be known, so nothing is removed: run ./tain verify --repair"
        else:
            await self._sweep_all(roots, named)
        report = GarbageReport(
            id=self._id,
            is_dry_run=self._is_dry_run,
            started_at=started_at,
            finished_at=self._ports.clock.now(),
            older_than=roots.cutoff,
            found=self._found,
            blobs=tuple(self._told),
            refused=refused,
        )
        counts = {kind.value: amount.count for kind, amount in self._found.items()}
        _LOG.info("garbage_swept", report_id=self._id, is_dry_run=self._is_dry_run, refused=refused, **counts)
        return report

    async def _sweep_all(self, roots: Roots, named: NamedThings) -> None:
        self._found = dict.fromkeys(Kind, Amount())
        if not self._only:
            await self._sweep_documents(roots)
            await named.mark_more(await find_latecomers(roots, ports=self._ports))
            await self._sweep_payloads(Kind.SHARDS, self._ports.shards, named.shards, roots.cutoff)
            await self._sweep_payloads(Kind.RENDERED_SHARDS, self._ports.rendered, named.rendered, roots.cutoff)
        await self._sweep_blobs(named.blobs, roots.cutoff)
        if not self._is_dry_run:
            await self._ports.blobs.tidy(older_than=roots.cutoff)
        if not self._only:
            await self._sweep_extracted()

    async def _sweep_documents(self, roots: Roots) -> None:
        ports = self._ports
        self._count(Kind.CATALOGUES, len(roots.stale_heads))
        self._count(Kind.REVISIONS, len(roots.outdated))
        if not self._is_dry_run:
            for head in roots.stale_heads:
                await ports.heads.delete(head.mirror_id)
            await ports.revisions.delete([revision.id for revision in roots.outdated])
            for channel_id in sorted(roots.gone_channels):
                # Put in while the channel was deleted: nobody told the scheduler of it again.
                await ports.uploads.delete_of_channel(channel_id)
                await ports.removals.delete_of_channel(channel_id)
                await ports.attachments.delete_of_channel(channel_id)
        for run_id in await ports.batches.run_ids():
            run = await ports.runs.get(run_id)
            if run is None or run.state not in ACTIVE_STATES:
                self._count(Kind.BATCHES, 1)
                if not self._is_dry_run:
                    await ports.batches.forget(run_id)
        before = ports.clock.now() - RUNS_KEPT_FOR
        for mirror_id in await ports.runs.mirror_ids():
            trimmed = await ports.runs.trim(mirror_id, keep=RUNS_KEPT, before=before, is_dry=self._is_dry_run)
            self._count(Kind.RUNS, trimmed)

    async def _sweep_payloads(self, kind: Kind, store: Shards | RenderedShards, marks: Marks, cutoff: datetime) -> None:
        unnamed: list[bytes] = []
        async for digest in store.digests():
            if digest not in marks:
                unnamed.append(digest)
            if len(unnamed) >= _CHUNK:
                await self._sweep_some(kind, store, unnamed, cutoff)
                unnamed.clear()
        await self._sweep_some(kind, store, unnamed, cutoff)

    async def _sweep_some(
        self, kind: Kind, store: Shards | RenderedShards, unnamed: Sequence[bytes], cutoff: datetime
    ) -> None:
        old = await store.older(unnamed, than=cutoff)
        count = len(old) if self._is_dry_run else await store.sweep(list(old), older_than=cutoff)
        self._count(kind, count, sum(old.values()))

    async def _sweep_blobs(self, marks: Marks, cutoff: datetime) -> None:
        unnamed: list[Blob] = []
        async for blob in self._ports.blobs.older(cutoff):
            if bytes.fromhex(blob.sha256) in marks or (self._only and blob.sha256 not in self._only):
                continue
            unnamed.append(blob)
            if len(unnamed) >= _BLOBS_AT_ONCE:
                await self._sweep_some_blobs(unnamed, cutoff)
                unnamed.clear()
        await self._sweep_some_blobs(unnamed, cutoff)

    async def _sweep_some_blobs(self, unnamed: Sequence[Blob], cutoff: datetime) -> None:
        gone = [True] * len(unnamed)
        if not self._is_dry_run:
            gone = await together(self._ports.blobs.sweep(blob.sha256, older_than=cutoff) for blob in unnamed)
        for blob, is_gone in zip(unnamed, gone, strict=True):
            if is_gone:
                self._count(Kind.BLOBS, 1, blob.size_bytes)
                self._told += [blob.sha256] if len(self._told) < _BLOBS_TOLD else []

    async def _sweep_extracted(self) -> None:
        """Forget what was taken out of files that are no more; who has such a file again can take it out again."""
        files: list[Digest] = []
        async for digest in self._ports.extracted.files():
            files.append(digest)
            if len(files) >= _CHUNK:
                await self._sweep_some_extracted(files)
                files.clear()
        await self._sweep_some_extracted(files)

    async def _sweep_some_extracted(self, files: Sequence[Digest]) -> None:
        for start in range(0, len(files), _BLOBS_AT_ONCE):
            some = files[start : start + _BLOBS_AT_ONCE]
            blobs = await together(self._ports.blobs.find(digest) for digest in some)
            gone = [digest for digest, blob in zip(some, blobs, strict=True) if blob is None]
            self._count(Kind.EXTRACTED, len(gone))
            if gone and not self._is_dry_run:
                await self._ports.extracted.forget(gone)

    def _count(self, kind: Kind, count: int, size_bytes: int = 0) -> None:
        before = self._found[kind]
        self._found[kind] = Amount(count=before.count + count, size_bytes=before.size_bytes + size_bytes)
