"""source -> manifest, with every name that is new or changed decided on the way.

One conditional request a partition; what the source says is unchanged is not read.
Where a rule lets in what packages need, nothing can be decided before all is read.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

import msgspec
import structlog

from libs.common.deciding.decide_shards import NamedPayload, ShardDecider
from libs.common.deciding.first_days import seen_after_change, with_days
from libs.common.domain.catalogue import CatalogueEntry, CataloguePart
from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.errors import (
    Permanent,
    UnreadableIndex,
    UpstreamMissing,
    UpstreamRefused,
)
from libs.common.domain.evaluation import Seen
from libs.common.domain.manifest import Manifest, ManifestEntry, ManifestPart
from libs.common.domain.mirror import Filters
from libs.common.domain.run import FileFailure, Step
from libs.common.domain.source_url import join_url
from libs.common.ecosystems.protocol import (
    Deciding,
    Ecosystem,
    ShardedIndex,
    ShardRef,
    SourceShard,
    WholeIndex,
)
from libs.common.ports.records import Shards
from libs.common.ports.upstream import Fetched, Upstream
from libs.common.runtime.one_behind import OneBehind
from libs.common.runtime.together import together
from services.scheduler.locate_index import Absent, Found, Origin, Unchanged, forms_to_ask, locate_index
from services.scheduler.progress import Progress

_LOG = structlog.get_logger()
_INDEXES_AT_ONCE = 4
_SHARDS_AT_ONCE = 16
_CHUNK_NAMES = 500
_SHARD_LIMIT = 64 * 1024 * 1024
_PROBLEMS_KEPT = 1000


class SourceReading(msgspec.Struct, frozen=True, kw_only=True):
    """What a source has now, and the fresh decisions by (partition, name)."""

    manifest: Manifest
    decided: Mapping[tuple[str, str], CatalogueEntry]
    problems: tuple[FileFailure, ...]


class SourceReader:
    """Reads one source for one run; holds the ports and what the last run knew.

    `held` has the parts of the last catalogue whose entries hold for unchanged shards.
    Without `deciding` the source is only read. `today` is the day of files that are new.
    """

    def __init__(
        self,
        *,
        ecosystem: Ecosystem,
        origin: Origin,
        filters: Filters,
        deciding: Deciding | None,
        previous: Manifest | None,
        held: Mapping[str, CataloguePart],
        today: date,
        upstream: Upstream,
        shards: Shards,
        progress: Progress,
        index_limit_bytes: int,
    ) -> None:
        self._ecosystem = ecosystem
        self._origin = origin
        self._filters = filters
        self._decider = ShardDecider(deciding, ecosystem=ecosystem, shards=shards)
        self._today = today
        self._source_digest = source_digest(origin)
        is_same = previous is not None and previous.source_digest == self._source_digest
        self._previous = previous if is_same else None
        self._held = held
        self._upstream = upstream
        self._shards = shards
        self._progress = progress
        self._limit = index_limit_bytes
        self._decided: dict[tuple[str, str], CatalogueEntry] = {}
        self._reading = asyncio.Lock()
        self._asking = asyncio.Semaphore(_INDEXES_AT_ONCE)
        self._channel_files: dict[str, bytes | None] = {}
        self._channel_files_lock = asyncio.Lock()

    async def read(self) -> SourceReading:
        """Read every partition.

        Raises:
            Permanent: when the source has no index at all, or none that can be read.
            UpstreamUnavailable: when the source does not answer.
        """
        partitions, is_chosen = self._ecosystem.partitions(self._filters)
        self._progress.begin(Step.CHECK)
        parts: dict[str, ManifestPart] = {}
        refusals: list[str] = []
        outcomes = await together(self._read_partition(partition, is_chosen=is_chosen) for partition in partitions)
        for partition, outcome in zip(partitions, outcomes, strict=True):
            if isinstance(outcome, ManifestPart):
                parts[partition] = outcome
            elif outcome.refusal is not None:
                refusals.append(outcome.refusal)
        if not parts:
            if refusals:
                raise UpstreamRefused(refusals[0])
            raise UpstreamMissing(
                f"the source has no {self._ecosystem.type} index: looked for {', '.join(partitions[:4])}"
                f"{' and more' if len(partitions) > 4 else ''}; check the mirror's source_root and type"
            )
        problems = [
            FileFailure(ckey=ckey, code=code, reason=reason)
            for part in parts.values()
            for ckey, code, reason in part.problems
        ]
        manifest = with_days(Manifest(source_digest=self._source_digest, parts=parts), today=self._today)
        return SourceReading(manifest=manifest, decided=self._decided, problems=tuple(problems))

    async def _read_partition(self, partition: str, *, is_chosen: bool) -> ManifestPart | Absent:
        previous = self._previous.parts.get(partition) if self._previous else None
        forms = forms_to_ask(partition, ecosystem=self._ecosystem, previous=self._previous, is_chosen=is_chosen)
        unreadable: UnreadableIndex | None = None
        while forms:
            async with self._asking:
                located = await locate_index(
                    forms,
                    origin=self._origin,
                    previous=previous,
                    upstream=self._upstream,
                    limit_bytes=self._limit,
                )
                if isinstance(located, Unchanged):
                    return located.part
                if isinstance(located, Absent):
                    if unreadable is not None:
                        raise unreadable
                    return located
                try:
                    async with self._reading:
                        self._progress.begin(Step.READ)
                        return await self._read_index(partition, located, previous)
                except UnreadableIndex as exc:
                    _LOG.warning("index_unreadable", partition=partition, form=located.form.form, reason=exc.message)
                    unreadable = exc
                    forms = forms[forms.index(located.form) + 1 :]
                    previous = None
        if unreadable is not None:
            raise unreadable
        return Absent()

    async def _read_index(self, partition: str, found: Found, previous: ManifestPart | None) -> ManifestPart:
        side_files = await self._side_files(partition)
        index = await asyncio.to_thread(
            self._ecosystem.read_index,
            found.fetched.data,
            form=found.form,
            partition=partition,
            side_files=side_files,
        )
        intake = _Intake(self, partition, previous)
        if isinstance(index, WholeIndex):
            await self._read_whole(index, intake)
        else:
            await self._read_sharded(index, found, intake, previous, side_files=side_files)
        # A shard that could not be had is asked for again: the index may not count as read.
        is_whole = not intake.lost
        return ManifestPart(
            form=found.form.form,
            files_url=index.files_url,
            etag=found.fetched.validators.etag if is_whole else None,
            last_modified=found.fetched.validators.last_modified if is_whole else None,
            index_digest=found.digest if is_whole else None,
            entries=intake.entries,
            problems=tuple(intake.problems[:_PROBLEMS_KEPT]),
        )

    async def _read_whole(self, index: WholeIndex, intake: "_Intake") -> None:
        # While one chunk is decided and stored, the next one is read.
        async with OneBehind() as behind:
            while chunk := await asyncio.to_thread(_take, index.shards, _CHUNK_NAMES):
                await behind.do(intake.take([(shard, None) for shard in chunk]))

    async def _read_sharded(
        self,
        index: ShardedIndex,
        found: Found,
        intake: "_Intake",
        previous: ManifestPart | None,
        *,
        side_files: Mapping[str, bytes],
    ) -> None:
        changed: list[ShardRef] = []
        for ref in index.refs:
            known = previous.entries.get(ref.name) if previous else None
            if known is not None and known.tag == ref.tag:
                intake.entries[ref.name] = known
            else:
                changed.append(ref)
        base = self._origin.url(found.form.path).rpartition("/")[0]
        done = 0
        for start in range(0, len(changed), _CHUNK_NAMES):
            refs = changed[start : start + _CHUNK_NAMES]
            limit = asyncio.Semaphore(_SHARDS_AT_ONCE)
            shards = await together(
                self._fetch_shard(ref, base=base, partition=intake.partition, side_files=side_files, limit=limit)
                for ref in refs
            )
            await intake.take([(shard, ref.tag) for shard, ref in zip(shards, refs, strict=True)])
            done += len(refs)
            self._progress.advance(done, len(changed))

    async def _fetch_shard(
        self,
        ref: ShardRef,
        *,
        base: str,
        partition: str,
        side_files: Mapping[str, bytes],
        limit: asyncio.Semaphore,
    ) -> SourceShard:
        async with limit:
            try:
                answer = await self._upstream.get(
                    join_url(base, ref.url),
                    proxy=self._origin.proxy,
                    home=self._origin.root,
                    accept=ref.accept,
                    limit_bytes=_SHARD_LIMIT,
                )
                if not isinstance(answer, Fetched):
                    raise UnreadableIndex("the source said 304 to a request without conditions")
                if ref.expected is not None and sha256_of(answer.data) != ref.expected.digest.hex:
                    raise UnreadableIndex("the shard's digest is not what the shard index says")
                return await asyncio.to_thread(
                    self._ecosystem.read_shard, answer.data, ref=ref, partition=partition, side_files=side_files
                )
            except Permanent as exc:
                failure = FileFailure(ckey=f"{partition}/{ref.name}", code=exc.code, reason=exc.message)
                return SourceShard(name=ref.name, payload=b"", problems=(failure,))

    async def _side_files(self, partition: str) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        for side in self._ecosystem.side_files(partition):
            for path in side.paths:
                data = await self._side_file(path)
                if data is not None:
                    files[side.name] = data
                    break
        return files

    async def _side_file(self, path: str) -> bytes | None:
        async with self._channel_files_lock:
            if path in self._channel_files:
                return self._channel_files[path]
            try:
                answer = await self._upstream.get(
                    self._origin.url(path),
                    proxy=self._origin.proxy,
                    home=self._origin.root,
                    limit_bytes=self._limit,
                )
                data = answer.data if isinstance(answer, Fetched) else None
            except Permanent:
                data = None
            if "/" not in path:
                self._channel_files[path] = data
            return data

    async def decide(
        self,
        shards: Sequence[tuple[SourceShard, bytes | None]],
        *,
        partition: str,
        known: frozenset[bytes],
    ) -> dict[str, ManifestEntry]:
        """Decide on a chunk of (shard, tag), keep the decisions, and return the manifest's entries."""
        items = await asyncio.to_thread(_named, shards, Seen(all=self._today.toordinal()))
        last = self._previous.parts.get(partition) if self._previous is not None else None
        if last is not None:
            items = await self._with_days(items, last.entries, partition=partition)
        decided = await self._decider.decide(
            items,
            partition=partition,
            known=known,
            held=self._held[partition].entries if partition in self._held else None,
        )
        for shard in decided:
            if shard.entry is not None:
                self._decided[partition, shard.name] = shard.entry
        return {shard.name: shard.source for shard in decided}

    async def _with_days(
        self, items: Sequence[NamedPayload], previous: Mapping[str, ManifestEntry], *, partition: str
    ) -> list[NamedPayload]:
        """Let files that were there keep their days."""
        wanted = [
            previous[item.name].shard
            for item in items
            if item.name in previous and previous[item.name].shard != item.source
        ]
        payloads = await self._shards.get(wanted) if wanted else {}
        return await asyncio.to_thread(
            lambda: [self._with_day(item, previous.get(item.name), payloads, partition) for item in items]
        )

    def _with_day(
        self, item: NamedPayload, old: ManifestEntry | None, payloads: Mapping[bytes, bytes], partition: str
    ) -> NamedPayload:
        if old is None or old.seen is None:
            return item
        if old.shard == item.source:
            return msgspec.structs.replace(item, seen=old.seen)
        seen = seen_after_change(
            old.seen,
            old_files=self._filenames(payloads.get(old.shard), partition),
            new_files=self._filenames(item.payload, partition),
            today=self._today,
        )
        return msgspec.structs.replace(item, seen=seen)

    def _filenames(self, payload: bytes | None, partition: str) -> frozenset[str]:
        if payload is None:
            return frozenset()
        return frozenset(artifact.filename for artifact in self._ecosystem.artifacts(payload, partition=partition))


class _Intake:
    """Collects the entries of one partition."""

    def __init__(self, reader: SourceReader, partition: str, previous: ManifestPart | None) -> None:
        self.partition = partition
        self.entries: dict[str, ManifestEntry] = {}
        self.problems: list[tuple[str, str, str]] = []
        self.lost = 0
        self._reader = reader
        self._previous = previous
        self._known = frozenset(entry.shard for entry in previous.entries.values()) if previous else frozenset()

    async def take(self, shards: Sequence[tuple[SourceShard, bytes | None]]) -> None:
        for shard, tag in shards:
            self.lost += tag is not None and not shard.payload
            self.problems.extend((failure.ckey, failure.code, failure.reason) for failure in shard.problems)
            if not shard.payload and self._previous is not None and shard.name in self._previous.entries:
                # What could not be read stays as it was; its old tag makes the next run try again.
                self.entries[shard.name] = self._previous.entries[shard.name]
        self.entries |= await self._reader.decide(
            [(shard, tag) for shard, tag in shards if shard.payload],
            partition=self.partition,
            known=self._known,
        )


def source_digest(origin: Origin) -> Sha256:
    """Name a source without showing it: the same URL gives the same digest."""
    return sha256_of(origin.root.encode())


def _named(shards: Sequence[tuple[SourceShard, bytes | None]], seen: Seen) -> list[NamedPayload]:
    items: list[NamedPayload] = []
    for shard, tag in shards:
        source = hashlib.sha256(shard.payload).digest()
        items.append(NamedPayload(name=shard.name, payload=shard.payload, tag=tag or source, source=source, seen=seen))
    return items


def _take(shards: Iterator[SourceShard], count: int) -> list[SourceShard]:
    return list(islice(shards, count))
