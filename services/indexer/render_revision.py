"""catalogues, last revision -> contents and index files; only what changed is rendered.

The grain is the name: a name whose shards are those of the last revision keeps its
rendered shard and summary. The grain of files is the partition: one whose names are all
unchanged keeps its index files. A name that a mirror only lists (`UNREAD`) has no records
here; who asks for it reads them.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound
from libs.common.domain.manifest import UNREAD, ShardDigest
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import Contents, ContentsEntry, ContentsPart, IndexFile
from libs.common.ecosystems.protocol import Ecosystem, PartitionWriter, RenderedShard
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import BlobStore, Spool, put_bytes
from libs.common.ports.records import RenderedShards, Shards
from libs.common.runtime.one_behind import OneBehind
from services.indexer.gather_catalogues import Layer

_CHUNK_NAMES = 500
_CONFLICTS_KEPT = 1000

_NO_RECORDS = b""
_NOTHING = RenderedShard(data=None, summary=b"", files=0, size_bytes=0)

Origins = tuple[tuple[int, ShardDigest], ...]


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """The last revision, with its mirrors at their places in the new one.

    `places` maps a place in the old revision to the place in the new; a mirror that is
    gone has none, and `is_whole` tells that there is none such.
    """

    contents: Contents
    files: Mapping[str, IndexFile]
    places: Mapping[int, int]
    is_whole: bool


class Rendering(msgspec.Struct, frozen=True, kw_only=True):
    """What a new revision consists of; `written` counts the index files and shards made for it."""

    contents: Contents
    files: dict[str, IndexFile]
    conflicts: tuple[str, ...]
    written: int


class RevisionRenderer:
    """Renders one revision of one channel."""

    def __init__(
        self,
        *,
        layers: Sequence[Layer],
        before: Before | None,
        shards: Shards,
        rendered: RenderedShards,
        blobs: BlobStore,
    ) -> None:
        self._layers = layers
        self._before = before
        self._shards = shards
        self._rendered = rendered
        self._blobs = blobs
        self._conflicts: list[str] = []
        self._written = 0

    async def render(self) -> Rendering:
        """Render every partition, then the channel's own files.

        Raises:
            NotFound: when a shard is lost, or was swept since the catalogues were replaced.
            StoreUnavailable: when a store does not answer.
        """
        parts: dict[str, ContentsPart] = {}
        files: dict[str, IndexFile] = {}
        for type_ in _types(self._layers):
            ecosystem = ecosystem_of(type_)
            own: dict[str, ContentsPart] = {}
            for partition in sorted(_partitions(self._layers, type_)):
                own[partition], part_files = await self._render_partition(partition, type_, ecosystem)
                files |= part_files
            summaries = (
                (partition, name, entry.summary)
                for partition, part in own.items()
                for name, entry in part.entries.items()
                if _shards_of(entry.origins)
            )
            channel_files = await asyncio.to_thread(ecosystem.render_channel, summaries)
            for path, data in channel_files.items():
                files[path] = await self._put(data, path)
            parts |= own
        return Rendering(
            contents=Contents(parts=parts),
            files=files,
            conflicts=tuple(self._conflicts[:_CONFLICTS_KEPT]),
            written=self._written,
        )

    async def _render_partition(
        self, partition: str, type_: MirrorType, ecosystem: Ecosystem
    ) -> tuple[ContentsPart, dict[str, IndexFile]]:
        files_urls, origins = _merge(self._layers, partition, type_)
        known = self._known(partition)
        is_same = known is not None and {name: entry.origins for name, entry in known.items()} == origins
        paths = ecosystem.partition_files(partition)
        if is_same and known is not None and self._before is not None:
            files = {path: self._before.files[path] for path in paths if path in self._before.files}
            return ContentsPart(files_urls=files_urls, entries=known), files
        spools = {path: self._blobs.spool() for path in paths}
        try:
            writer = ecosystem.write_partition(partition, sinks=spools)
            entries = await self._write(partition, origins, known or {}, ecosystem, writer)
            existing = await asyncio.to_thread(writer.finish)
            files = {path: await self._commit(spools[path]) for path in paths if path in existing}
        finally:
            for spool in spools.values():
                spool.close()
        return ContentsPart(files_urls=files_urls, entries=entries), files

    async def _write(
        self,
        partition: str,
        origins: Mapping[str, Origins],
        known: Mapping[str, ContentsEntry],
        ecosystem: Ecosystem,
        writer: PartitionWriter,
    ) -> dict[str, ContentsEntry]:
        entries: dict[str, ContentsEntry] = {}
        async with OneBehind() as storing:
            async for chunk, payloads in self._chunks(origins):
                made, rendered, conflicts = await asyncio.to_thread(
                    _render_chunk,
                    partition,
                    chunk,
                    payloads=payloads,
                    known=known,
                    ecosystem=ecosystem,
                    writer=writer,
                )
                if rendered:
                    # Shards before the index that names them: all are stored before this returns.
                    await storing.do(self._rendered.put(rendered))
                self._written += len(rendered)
                self._conflicts.extend(conflicts)
                entries |= made
        return entries

    async def _chunks(
        self, origins: Mapping[str, Origins]
    ) -> AsyncIterator[tuple[Mapping[str, Origins], Mapping[bytes, bytes]]]:
        """Yield names in order with their payloads; the next chunk is read while one is rendered."""
        names = sorted(origins)
        chunks = [
            {name: origins[name] for name in names[start : start + _CHUNK_NAMES]}
            for start in range(0, len(names), _CHUNK_NAMES)
        ]
        reading = [asyncio.create_task(self._payloads(chunk)) for chunk in chunks[:1]]
        try:
            for place, chunk in enumerate(chunks):
                payloads = await reading.pop()
                reading.extend(asyncio.create_task(self._payloads(following)) for following in chunks[place + 1 :][:1])
                yield chunk, payloads
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)

    async def _payloads(self, chunk: Mapping[str, Origins]) -> Mapping[bytes, bytes]:
        digests = [shard for places in chunk.values() for shard in _shards_of(places)]
        payloads = await self._shards.get(digests) if digests else {}
        for digest in digests:
            if digest not in payloads:
                raise NotFound(f"shard {digest.hex()} is missing; ./tain verify --repair brings it back")
        return payloads

    def _known(self, partition: str) -> dict[str, ContentsEntry] | None:
        """Return the last revision's entries with their origins as places of the new one."""
        before = self._before
        if before is None or partition not in before.contents.parts:
            return None
        last = before.contents.parts[partition].entries
        if all(old == new for old, new in before.places.items()) and before.is_whole:
            return last
        entries: dict[str, ContentsEntry] = {}
        for name, entry in last.items():
            origins = tuple((before.places.get(place, -1), shard) for place, shard in entry.origins)
            entries[name] = entry if origins == entry.origins else msgspec.structs.replace(entry, origins=origins)
        return entries

    async def _commit(self, spool: Spool) -> IndexFile:
        self._written += 1
        blob = await self._blobs.commit(spool)
        return IndexFile(sha256=blob.sha256, size_bytes=blob.size_bytes)

    async def _put(self, data: bytes, path: str) -> IndexFile:
        last = self._before.files.get(path) if self._before is not None else None
        blob = await put_bytes(self._blobs, data)
        if last is None or last.sha256 != blob.sha256:
            self._written += 1
        return IndexFile(sha256=Sha256(blob.sha256), size_bytes=blob.size_bytes)


def _render_chunk(
    partition: str,
    chunk: Mapping[str, Origins],
    *,
    payloads: Mapping[bytes, bytes],
    known: Mapping[str, ContentsEntry],
    ecosystem: Ecosystem,
    writer: PartitionWriter,
) -> tuple[dict[str, ContentsEntry], dict[bytes, bytes], list[str]]:
    entries: dict[str, ContentsEntry] = {}
    rendered: dict[bytes, bytes] = {}
    conflicts: list[str] = []
    for name, origins in chunk.items():
        shards = _shards_of(origins)
        payload = payloads[shards[0]] if shards else _NO_RECORDS
        if len(shards) > 1:
            payload, clashes = ecosystem.merge([payloads[shard] for shard in shards])
            conflicts.extend(f"{partition}/{filename}" for filename in clashes)
        entry = known.get(name)
        if entry is None or entry.origins != origins:
            shard = ecosystem.render_shard(payload, partition=partition, name=name) if shards else _NOTHING
            entry = _entry(origins, shard)
            if shard.data is not None and entry.rendered is not None:
                rendered[entry.rendered] = shard.data
        entries[name] = entry
        writer.add(name, payload, rendered_sha256=entry.rendered)
    return entries, rendered, conflicts


def _entry(origins: Origins, shard: RenderedShard) -> ContentsEntry:
    digest = hashlib.sha256(shard.data).digest() if shard.data is not None else None
    return ContentsEntry(
        origins=origins, rendered=digest, files=shard.files, size_bytes=shard.size_bytes, summary=shard.summary
    )


def _shards_of(origins: Origins) -> list[ShardDigest]:
    return [shard for _, shard in origins if shard != UNREAD]


def _types(layers: Sequence[Layer]) -> list[MirrorType]:
    return sorted({layer.catalogue.type for layer in layers})


def _partitions(layers: Sequence[Layer], type_: MirrorType) -> set[str]:
    return {partition for layer in layers if layer.catalogue.type == type_ for partition in layer.catalogue.parts}


def _merge(layers: Sequence[Layer], partition: str, type_: MirrorType) -> tuple[tuple[str, ...], dict[str, Origins]]:
    files_urls: list[str] = []
    origins: dict[str, Origins] = {}
    # Half a million names that nobody read have the same few origins.
    unread: dict[Origins, Origins] = {}
    for place, layer in enumerate(layers):
        part = layer.catalogue.parts.get(partition) if layer.catalogue.type == type_ else None
        files_urls.append(part.files_url if part is not None else "")
        if part is None:
            continue
        for name, entry in part.entries.items():
            if entry.shard is not None:
                made = (*origins.get(name, ()), (place, entry.shard))
                origins[name] = made if entry.shard != UNREAD else unread.setdefault(made, made)
    return tuple(files_urls), origins
