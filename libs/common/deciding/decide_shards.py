"""source shards -> kept shards: digests, decides and stores payloads, a chunk at a time."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.domain.catalogue import CatalogueEntry
from libs.common.ecosystems.protocol import Deciding
from libs.common.ports.records import Shards


class NamedPayload(msgspec.Struct, frozen=True, kw_only=True):
    """One name's shard as it was read; `tag` is the source's own, None where it has none."""

    name: str
    payload: bytes
    tag: bytes | None = None


class DecidedShard(msgspec.Struct, frozen=True, kw_only=True):
    """One name, read and decided: its source shard's digest and its catalogue entry."""

    name: str
    source: bytes
    entry: CatalogueEntry


async def decide_shards(
    chunk: Sequence[NamedPayload],
    *,
    partition: str,
    deciding: Deciding,
    shards: Shards,
    known: frozenset[bytes] = frozenset(),
    held: Mapping[str, CatalogueEntry] | None = None,
) -> list[DecidedShard]:
    """Decide on a chunk of shards, and store what is not among the `known` digests.

    `held` has entries by name that were made by the same rules: where the shard is
    unchanged, its entry is taken over.
    """
    decided, payloads = await asyncio.to_thread(_decide, chunk, partition=partition, deciding=deciding, held=held or {})
    fresh = {digest: payload for digest, payload in payloads.items() if digest not in known}
    if fresh:
        await shards.put(fresh)
    return decided


def _decide(
    chunk: Sequence[NamedPayload], *, partition: str, deciding: Deciding, held: Mapping[str, CatalogueEntry]
) -> tuple[list[DecidedShard], Mapping[bytes, bytes]]:
    decided: list[DecidedShard] = []
    payloads: dict[bytes, bytes] = {}
    for item in chunk:
        source = hashlib.sha256(item.payload).digest()
        before = held.get(item.name)
        if before is not None and before.tag == (item.tag or source) and not before.missing:
            decided.append(DecidedShard(name=item.name, source=source, entry=before))
            continue
        payloads[source] = item.payload
        outcome = deciding.decide(item.payload, partition=partition, name=item.name)
        kept: bytes | None = None
        if outcome.payload is not None:
            kept = source if outcome.payload is item.payload else hashlib.sha256(outcome.payload).digest()
            payloads[kept] = outcome.payload
        entry = CatalogueEntry(
            tag=item.tag or source,
            shard=kept,
            files=outcome.files,
            size_bytes=outcome.size_bytes,
            excluded=dict(outcome.excluded),
        )
        decided.append(DecidedShard(name=item.name, source=source, entry=entry))
    return decided, payloads
