"""a name that no run has read -> what its source has of it, read once and kept.

Once, however many clients ask: in this process by name, among several processes by a lease.
What was read is kept in the database, shard first, and stays as it is until a run reads the
name: also where the channel is frozen, and where the source has something else by then.
"""

import asyncio
import hashlib
from collections import defaultdict

import msgspec
import structlog

from libs.common.deciding.told_of import told_of
from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import (
    MirrorCircle,
    NotFound,
    SourceNotAllowed,
    TainError,
    UnreadableIndex,
    UpstreamMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from libs.common.domain.manifest import content_digest, source_digest
from libs.common.domain.mirror import Filters
from libs.common.domain.read_page import ReadPage
from libs.common.domain.source_url import join_url
from libs.common.ecosystems.protocol import ShardRef
from libs.common.ports.clock import Clock
from libs.common.ports.flags import Leases
from libs.common.ports.secrets import Seal
from libs.common.ports.upstream import Fetched, Upstream
from services.api.serving.lease import fetch_lease
from services.api.serving.origin import Source, find_source
from services.api.serving.ports import Records, ServedEcosystem

_LOG = structlog.get_logger()


class PageLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How names are read on request; a client waits `wait_s` at most, while the reading goes on."""

    at_once: int = 16
    wait_s: float = 12
    look_s: float = 0.2
    most_bytes: int = 64 * 1024 * 1024


class SourcePages:
    """Reads names of sources; `holder` names this process in leases."""

    def __init__(
        self,
        *,
        records: Records,
        upstream: Upstream,
        leases: Leases,
        seal: Seal,
        clock: Clock,
        holder: str,
        limits: PageLimits,
    ) -> None:
        self._records = records
        self._upstream = upstream
        self._leases = leases
        self._seal = seal
        self._clock = clock
        self._holder = holder
        self._limits = limits
        self._at_once = defaultdict[int, asyncio.Semaphore](lambda: asyncio.Semaphore(limits.at_once))

    async def read(
        self, mirror_id: str, *, ecosystem: ServedEcosystem, partition: str, name: str, hops: int
    ) -> ReadPage:
        """Return what is kept of a name, or read it now; `hops` as in `hops.py`.

        Raises:
            NotFound: when the source has no such name, or the mirror is gone.
            UpstreamUnavailable: when the source can't be had now.
            UpstreamRefused: when it gives nothing.
            UnreadableIndex: when what it gives can't be understood.
            StoreUnavailable: when a store does not answer.
        """
        source = await find_source(mirror_id, mirrors=self._records.mirrors, seal=self._seal)
        digest = source_digest(source.root)

        async def kept() -> ReadPage | None:
            return await self._records.read_pages.get(mirror_id, source=digest, partition=partition, name=name)

        page = await kept()
        if page is not None:
            return page
        key = sha256_of(f"{mirror_id}\n{digest}\n{partition}\n{name}\n{hops}".encode())
        async with fetch_lease(self._leases, key=f"page.{key}", holder=self._holder) as lease:
            while not await lease.take():
                await asyncio.sleep(self._limits.look_s)
                page = await kept()
                if page is not None:
                    return page
            # Whoever held the lease before may have read it.
            page = await kept()
            if page is not None:
                return page
            async with self._at_once[hops]:
                page = await self._ask(source, ecosystem=ecosystem, partition=partition, name=name, hops=hops)
            return await self._records.read_pages.put(mirror_id, page, source=digest, partition=partition)

    async def _ask(
        self, source: Source, *, ecosystem: ServedEcosystem, partition: str, name: str, hops: int
    ) -> ReadPage:
        refs = ecosystem.named_shards(partition, Filters(projects=(name,)), source_root=source.root)
        ref = next((ref for ref in refs or () if ref.name == name), None)
        if ref is None:
            raise NotFound("this channel has no such file")
        try:
            return await self._read(source, ref, ecosystem=ecosystem, partition=partition, hops=hops)
        except UpstreamMissing as exc:
            raise NotFound("the source lists this project, and does not have it any more") from exc
        except TainError as exc:
            _LOG.warning("name_not_read", partition=partition, name=name, code=exc.code, reason=exc.message)
            raise _as_seen_by_client(exc) from exc

    async def _read(
        self, source: Source, ref: ShardRef, *, ecosystem: ServedEcosystem, partition: str, hops: int
    ) -> ReadPage:
        url = join_url(source.root, ref.url)
        answer = await self._upstream.get(
            url,
            proxy=source.proxy,
            home=source.root,
            hops=hops,
            accept=ref.accept,
            limit_bytes=self._limits.most_bytes,
        )
        if not isinstance(answer, Fetched):
            raise UnreadableIndex("the source said 304 to a request without conditions")
        told = told_of(answer, asked=url, source=content_digest(source.root))
        shard = await asyncio.to_thread(
            ecosystem.read_shard, answer.data, ref=ref, partition=partition, side_files={}, told=told
        )
        digest = hashlib.sha256(shard.payload).digest() if shard.payload else None
        if digest is not None:
            # The shard before the page that names it.
            await self._records.shards.put({digest: shard.payload})
        _LOG.info("name_read", partition=partition, name=ref.name, problems=len(shard.problems))
        return ReadPage(
            name=ref.name,
            shard=digest,
            read_at=self._clock.now(),
            etag=answer.validators.etag,
            last_modified=answer.validators.last_modified,
        )


def _as_seen_by_client(error: TainError) -> TainError:
    """Tell clients what they can act on; where the source is, and why it refuses, is for the operator's log."""
    if isinstance(error, UpstreamUnavailable):
        return UpstreamUnavailable(
            "the project's source can't be had now; try again", retry_after_s=error.retry_after_s
        )
    if isinstance(error, MirrorCircle):
        return MirrorCircle("the mirrors of this project lead back to each other")
    if isinstance(error, UpstreamRefused | SourceNotAllowed):
        return UpstreamRefused("the project's source does not give it to this server; its operator's log says why")
    if isinstance(error, UnreadableIndex):
        return UnreadableIndex("the project's source gives something that can't be read; its operator's log says more")
    return error
