"""shards as they are read -> entries of the manifest, and what was decided of them on the way."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from libs.common.deciding.decide_shards import NamedPayload, ShardDecider
from libs.common.deciding.first_days import seen_after_change
from libs.common.domain.catalogue import CatalogueEntry, CataloguePart
from libs.common.domain.evaluation import Evaluation, Seen
from libs.common.domain.manifest import UNREAD, Manifest, ManifestEntry
from libs.common.ecosystems.protocol import Deciding, Ecosystem
from libs.common.ports.records import Shards


class ReadShard(msgspec.Struct, frozen=True, kw_only=True):
    """A shard that was read; without a `tag` of its source it goes by the digest of its payload.

    All else as in `ManifestEntry`.
    """

    name: str
    payload: bytes
    tag: bytes | None = None
    etag: str | None = None
    last_modified: str | None = None
    has_extras: bool = False


class ShardTaker:
    """Decides and stores what is read of a source; `decided` has what came of it, by (partition, name).

    Without `deciding` shards are only counted and stored. `today` is the day of files that are new.
    """

    def __init__(
        self,
        *,
        ecosystem: Ecosystem,
        shards: Shards,
        previous: Manifest | None,
        today: date,
    ) -> None:
        self.decided: dict[tuple[str, str], CatalogueEntry] = {}
        self.evaluation: Evaluation | None = None
        self._ecosystem = ecosystem
        self._shards = shards
        self._previous = previous
        self._today = today
        self._held: Mapping[str, CataloguePart] = {}
        self._decider = ShardDecider(None, ecosystem=ecosystem, shards=shards)

    def decide_by(
        self, evaluation: Evaluation, deciding: Deciding | None, *, held: Mapping[str, CataloguePart] | None = None
    ) -> None:
        """Decide by these rules from now on, and forget what was decided by others.

        `held` has the parts of the last catalogue whose entries hold for unchanged shards.
        """
        if self.evaluation != evaluation:
            self.decided = {}
        self.evaluation = evaluation
        self._held = held or {}
        self._decider = ShardDecider(deciding, ecosystem=self._ecosystem, shards=self._shards)

    async def take(
        self,
        shards: Sequence[ReadShard],
        *,
        partition: str,
        before: Mapping[str, ManifestEntry] | None = None,
        known: frozenset[bytes] = frozenset(),
    ) -> dict[str, ManifestEntry]:
        """Decide on a chunk, keep the decisions, and return the manifest's entries.

        `before` has what was known of the names, `known` digests of payloads that are stored.
        """
        items = await asyncio.to_thread(_named, shards, Seen(all=self._today.toordinal()))
        if before:
            items = await self._with_days(items, before, partition=partition)
        decided = await self._decider.decide(
            items, partition=partition, known=known, held=self._held_of(items, partition)
        )
        for shard in decided:
            if shard.entry is not None:
                self.decided[partition, shard.name] = shard.entry
        return {shard.name: shard.source for shard in decided}

    def _held_of(self, items: Sequence[NamedPayload], partition: str) -> Mapping[str, CatalogueEntry]:
        """Return the held entries of names whose shards are as they were."""
        if partition not in self._held or self._previous is None or partition not in self._previous.parts:
            return {}
        held, last = self._held[partition].entries, self._previous.parts[partition].entries
        return {
            item.name: held[item.name]
            for item in items
            if item.name in held and item.name in last and last[item.name].shard == item.source
        }

    async def _with_days(
        self, items: Sequence[NamedPayload], before: Mapping[str, ManifestEntry], *, partition: str
    ) -> list[NamedPayload]:
        """Let files that were there keep their days."""
        wanted = [
            before[item.name].shard
            for item in items
            if item.name in before and before[item.name].shard not in (item.source, UNREAD)
        ]
        payloads = await self._shards.get(wanted) if wanted else {}
        return await asyncio.to_thread(
            lambda: [self._with_day(item, before.get(item.name), payloads, partition) for item in items]
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


def _named(shards: Sequence[ReadShard], seen: Seen) -> list[NamedPayload]:
    items: list[NamedPayload] = []
    for shard in shards:
        source = hashlib.sha256(shard.payload).digest()
        items.append(
            NamedPayload(
                name=shard.name,
                payload=shard.payload,
                tag=shard.tag or source,
                source=source,
                seen=seen,
                etag=shard.etag,
                last_modified=shard.last_modified,
                has_extras=shard.has_extras,
            )
        )
    return items
