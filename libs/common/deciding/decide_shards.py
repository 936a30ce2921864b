"""source shards -> kept shards: digests, decides and stores payloads, a chunk at a time."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.domain.catalogue import CatalogueEntry
from libs.common.domain.evaluation import Evaluation, Seen
from libs.common.domain.manifest import ManifestEntry
from libs.common.ecosystems.protocol import Deciding, Ecosystem
from libs.common.ports.records import Shards


class NamedPayload(msgspec.Struct, frozen=True, kw_only=True):
    """One name's shard as it was read; the other fields as in `ManifestEntry`, `source` is its `shard`."""

    name: str
    payload: bytes
    tag: bytes
    source: bytes
    seen: Seen | None = None
    etag: str | None = None
    last_modified: str | None = None
    has_extras: bool = False


class DecidedShard(msgspec.Struct, frozen=True, kw_only=True):
    """One name, read and decided: its entries of manifest and catalogue, the latter None where nothing was decided."""

    name: str
    source: ManifestEntry
    entry: CatalogueEntry | None


class ShardDecider:
    """Decides on shards by one evaluation, and counts what they have; with None it only counts."""

    def __init__(self, deciding: Deciding | None, *, ecosystem: Ecosystem, shards: Shards) -> None:
        self._deciding = deciding
        self._counting = ecosystem.compile(Evaluation())
        self._shards = shards

    async def decide(
        self,
        chunk: Sequence[NamedPayload],
        *,
        partition: str,
        known: frozenset[bytes] = frozenset(),
        held: Mapping[str, CatalogueEntry] | None = None,
    ) -> list[DecidedShard]:
        """Decide on a chunk of shards, and store what is not among the `known` digests.

        `held` has entries by name that were made by the same rules: where the shard is
        unchanged, its entry is taken over.
        """
        decided, payloads = await asyncio.to_thread(self._decide, chunk, partition, held or {})
        fresh = {digest: payload for digest, payload in payloads.items() if digest not in known}
        if fresh:
            await self._shards.put(fresh)
        return decided

    def _decide(
        self, chunk: Sequence[NamedPayload], partition: str, held: Mapping[str, CatalogueEntry]
    ) -> tuple[list[DecidedShard], Mapping[bytes, bytes]]:
        decided: list[DecidedShard] = []
        payloads: dict[bytes, bytes] = {}
        for item in chunk:
            whole = self._counting.decide(item.payload, partition=partition, name=item.name)
            source = ManifestEntry(
                tag=item.tag,
                shard=item.source,
                files=whole.files,
                size_bytes=whole.size_bytes,
                seen=item.seen,
                etag=item.etag,
                last_modified=item.last_modified,
                has_extras=item.has_extras,
            )
            entry = held.get(item.name)
            if entry is None or entry.tag != item.tag or entry.missing:
                payloads[item.source] = item.payload
                entry = self._decide_one(item, partition, payloads)
            decided.append(DecidedShard(name=item.name, source=source, entry=entry))
        return decided, payloads

    def _decide_one(self, item: NamedPayload, partition: str, payloads: dict[bytes, bytes]) -> CatalogueEntry | None:
        if self._deciding is None:
            return None
        outcome = self._deciding.decide(item.payload, partition=partition, name=item.name, seen=item.seen)
        kept: bytes | None = None
        if outcome.payload is not None:
            kept = item.source if outcome.payload is item.payload else hashlib.sha256(outcome.payload).digest()
            payloads[kept] = outcome.payload
        return CatalogueEntry(
            tag=item.tag,
            shard=kept,
            files=outcome.files,
            size_bytes=outcome.size_bytes,
            excluded=dict(outcome.excluded),
        )
