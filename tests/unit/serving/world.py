"""A server with channels, revisions and a source, all in memory, for tests of serving."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import httpx
import msgspec
from litestar import Litestar

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.seal import JweSeal
from libs.common.domain.catalogue import Catalogue, encode_catalogue
from libs.common.domain.channel import Channel, ChannelKey, PublishedRevision
from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import Mirror, MirrorMode, MirrorType
from libs.common.domain.revision import (
    Contents,
    ContentsEntry,
    ContentsPart,
    IndexFile,
    Revision,
    RevisionMirror,
    encode_contents,
)
from libs.common.ports.blobs import BlobStore, put_bytes
from libs.common.ports.flags import Leases
from libs.common.ports.upstream import Upstream
from services.api.access import Access
from services.api.headers import header_adder
from services.api.problems import exception_handlers
from services.api.serving.passive import PassiveLimits
from services.api.serving.ports import ServedEcosystem
from services.api.serving.routes import serving_routes
from services.api.serving.serving import Serving, ServingLimits
from services.api.serving.source_pages import PageLimits
from tests.support.records import NOON, a_channel, a_mirror
from tests.unit.serving.fakes import CountingIds, FakeClock, FakeLeases, FileRecord, TinyEcosystem, encode_payload

TOKEN = "an-administrators-token"
SOURCE = "https://source.example/forge"
RULES = Sha256("d" * 64)
HOLD_BACK = 1000
LIMITS = ServingLimits(
    counts_every_s=3600,
    passive=PassiveLimits(hold_back_bytes=HOLD_BACK, resume_pause_s=0, lease_look_s=0),
    pages=PageLimits(look_s=0),
)


AnyRecords = MemoryRecords | MongoRecords


class World:
    """Everything behind `/api/repo`; other servers on the same stores come by `another_server`."""

    def __init__(
        self,
        *,
        blobs: BlobStore | None = None,
        upstream: Upstream | None = None,
        leases: Leases | None = None,
        limits: ServingLimits = LIMITS,
        ecosystem: ServedEcosystem | None = None,
        records: AnyRecords | None = None,
    ) -> None:
        self.records: AnyRecords = records or MemoryRecords()
        self.blobs: BlobStore = blobs or MemoryBlobStore()
        self.source = MemoryUpstream()
        self.upstream: Upstream = upstream or self.source
        self.bus = MemoryBus()
        self.leases = FakeLeases()
        self.clock = FakeClock()
        self.ids = CountingIds()
        self.seal = JweSeal(b"k" * 32)
        self._given_leases = leases
        self._limits = limits
        self._ecosystem = ecosystem or TinyEcosystem()
        self.serving = self.another_server()

    def another_server(self, *, records: AnyRecords | None = None, leases: Leases | None = None) -> Serving:
        """Return one more api process on the same stores, reached by connections of its own where these are given."""
        return Serving(
            records=records or self.records,
            blobs=self.blobs,
            upstream=self.upstream,
            seal=self.seal,
            access=Access(TOKEN),
            bus=self.bus,
            leases=leases or self._given_leases or self.leases,
            clock=self.clock,
            ids=self.ids,
            ecosystems=(self._ecosystem,),
            limits=self._limits,
        )

    def client(self, serving: Serving | None = None) -> httpx.AsyncClient:
        """Return a client of the server, in this event loop and without sockets."""
        transport = httpx.ASGITransport(app=web_app(serving or self.serving))  # type: ignore[arg-type] # Litestar names its own ASGI types
        return httpx.AsyncClient(transport=transport, base_url="http://tain.example", headers={"User-Agent": "test"})

    async def add_channel(self, key: str = "main", **changes: Any) -> Channel:
        """Make a channel without a revision."""
        channel = a_channel(key, **changes)
        await self.records.channels.add(channel)
        return channel

    async def add_mirror(self, name: str = "forge", **changes: Any) -> Mirror:
        """Make a mirror of the source."""
        mirror = a_mirror(name, **changes)
        await self.records.mirrors.add(mirror)
        return mirror

    async def publish(
        self,
        files: Mapping[str, bytes],
        *,
        key: str = "main",
        mirror: str = "id-of-forge",
        rules: Sha256 = RULES,
        index: Mapping[str, bytes] | None = None,
        shards: Mapping[str, bytes] | None = None,
        unread: Collection[str] = (),
        second: Mapping[str, bytes] | None = None,
        **record: Any,
    ) -> Revision:
        """Publish a revision that lists these files by `partition/name-…`, and put the files at the source.

        `index` and `shards` are index files and rendered shards by path and `partition/name`;
        `unread` are `partition/name` that the mirror only lists, `second` files of another mirror.
        `record` changes the records of all files.
        """
        channel = await self.records.channels.get(ChannelKey(key)) or await self.add_channel(key)
        number = channel.published.number + 1 if channel.published else 1
        parts = await self._parts(files, dict(shards or {}), record)
        _list_unread(parts, unread)
        if second is not None:
            _add_second(parts, await self._parts(second, {}, record))
        stored = {path: await put_bytes(self.blobs, data) for path, data in (index or {}).items()}
        catalogue = Catalogue(mirror_id=mirror, type=MirrorType.CONDA, mode=MirrorMode.PASSIVE, rules=rules)
        stored_catalogue = (await put_bytes(self.blobs, encode_catalogue(catalogue))).sha256
        revision = Revision(
            id=f"{channel.id}-{number}",
            channel_id=channel.id,
            number=number,
            created_at=self.clock.now(),
            mirrors=tuple(
                RevisionMirror(
                    mirror_id=mirror_id,
                    type=MirrorType.CONDA,
                    mode=MirrorMode.PASSIVE,
                    catalogue=stored_catalogue,
                    rules=rules,
                )
                for mirror_id in (mirror, *(() if second is None else ("id-of-second",)))
            ),
            files={path: IndexFile(blob.sha256, blob.size_bytes) for path, blob in stored.items()},
            contents=(await put_bytes(self.blobs, encode_contents(Contents(parts=parts)))).sha256,
            artifact_count=len(files),
            size_bytes=0,
        )
        await self.records.revisions.add(revision)
        published = PublishedRevision(
            number=number,
            revision_id=revision.id,
            published_at=self.clock.now(),
            artifact_count=len(files),
            size_bytes=0,
        )
        await self.records.channels.publish(channel.id, published, after=number - 1)
        await self.records.revisions.supersede(channel.id, before=number, at=self.clock.now())
        return revision

    def pass_time(self, **amount: float) -> None:
        """Move the clock."""
        self.clock.time += timedelta(**amount)

    async def _parts(
        self, files: Mapping[str, bytes], shards: dict[str, bytes], changes: dict[str, Any]
    ) -> dict[str, ContentsPart]:
        names: dict[tuple[str, str], list[FileRecord]] = {}
        for path, data in files.items():
            partition, _, filename = path.partition("/")
            record = FileRecord(
                filename=filename, digest=f"sha256:{sha256_of(data)}", url=filename, size_bytes=len(data)
            )
            names.setdefault((partition, filename.partition("-")[0]), []).append(
                msgspec.structs.replace(record, **changes)
            )
            self.source.files.setdefault(f"{SOURCE}/{path}", data)
        for path in shards:
            partition, _, name = path.partition("/")
            names.setdefault((partition, name), [])
        parts: dict[str, ContentsPart] = {}
        for (partition, name), records in names.items():
            payload = encode_payload(records)
            digest = hashlib.sha256(payload).digest()
            await self.records.shards.put({digest: payload})
            shard = shards.get(f"{partition}/{name}")
            rendered = None if shard is None else hashlib.sha256(shard).digest()
            if shard is not None and rendered is not None:
                await self.records.rendered_shards.put({rendered: shard})
            part = parts.setdefault(partition, ContentsPart(files_urls=(f"{partition}/",), entries={}))
            part.entries[name] = ContentsEntry(((0, digest),), rendered, len(records), 0, b"")
        return parts


def _list_unread(parts: dict[str, ContentsPart], unread: Collection[str]) -> None:
    for path in unread:
        partition, _, name = path.partition("/")
        part = parts.setdefault(partition, ContentsPart(files_urls=(f"{partition}/",), entries={}))
        part.entries[name] = ContentsEntry(((0, UNREAD),), None, 0, 0, b"")


def _add_second(parts: dict[str, ContentsPart], second: Mapping[str, ContentsPart]) -> None:
    for partition, part in second.items():
        first = parts.get(partition, ContentsPart(files_urls=("",), entries={}))
        entries = dict(first.entries)
        for name, entry in part.entries.items():
            origins = entries[name].origins if name in entries else ()
            entries[name] = msgspec.structs.replace(
                entry, origins=(*origins, *((1, shard) for _, shard in entry.origins))
            )
        parts[partition] = ContentsPart(files_urls=(*first.files_urls, *part.files_urls), entries=entries)


def web_app(serving: Serving) -> Litestar:
    """Return the web application with nothing but the routes of package clients."""
    return Litestar(
        route_handlers=serving_routes(serving),
        exception_handlers=exception_handlers(),
        before_send=[header_adder()],
        logging_config=None,
        openapi_config=None,
    )


def some_bytes(size_bytes: int, *, seed: int = 1) -> bytes:
    """Return bytes that look different everywhere, the same for the same seed."""
    return hashlib.shake_128(seed.to_bytes(4, "big")).digest(size_bytes)


__all__ = ["HOLD_BACK", "LIMITS", "NOON", "RULES", "SOURCE", "TOKEN", "World", "some_bytes", "web_app"]
