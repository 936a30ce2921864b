"""sources -> why files of theirs are not in the channel."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.explain_files import Place
from libs.common.deciding.read_stored import Stored
from libs.common.domain.evaluation import FileDecision
from libs.common.domain.manifest import UNREAD, ShardDigest
from libs.common.domain.mirror import Mirror, MirrorMode
from libs.common.ecosystems.protocol import Deciding, Ecosystem
from libs.common.ports.records import Shards
from libs.common.reporting.dependency_report import WhyNot


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What one mirror's source has, and how that was decided on; `deciding` is None where that was not kept.

    `asked` has the shards of names that were read because a client asked for them; they stand in
    the manifest as if a run had read them.
    """

    mirror: Mirror
    stored: Stored
    deciding: Deciding | None
    asked: Mapping[Place, ShardDigest] = {}


class Absence:
    """Explains, for a chunk of names at a time, why files are not there."""

    def __init__(
        self, sources: Sequence[Source], *, ecosystem: Ecosystem, payloads: Mapping[bytes, bytes], is_frozen: bool
    ) -> None:
        self._sources = sources
        self._ecosystem = ecosystem
        self._payloads = payloads
        self._is_frozen = is_frozen
        self._decisions: dict[tuple[str, str, str], Mapping[str, FileDecision]] = {}

    def why(self, ckey: str, *, name: str, partition: str) -> WhyNot:
        """Say why a file is not in the channel, by the first mirror whose source has it."""
        for source in self._sources:
            decision = self._decisions_of(source, name, partition).get(ckey)
            if decision is not None:
                return self._why(source, decision, ckey, name=name, partition=partition)
        return WhyNot(detail="it is not known any more how the mirrors decided on it; run them again")

    def _why(self, source: Source, decision: FileDecision, ckey: str, *, name: str, partition: str) -> WhyNot:
        mirror = source.mirror.name
        if decision.decision == "excluded":
            return WhyNot(
                detail=decision.detail or "a rule excludes it",
                reason=decision.reason,
                rule=decision.rule,
                policy=decision.policy,
                mirror=mirror,
            )
        part = source.stored.catalogue.parts.get(partition)
        entry = part.entries.get(name) if part is not None else None
        listed = self._payloads.get(entry.shard) if entry is not None and entry.shard is not None else None
        if listed is not None and any(
            file.ckey == ckey for file in self._ecosystem.artifacts(listed, partition=partition)
        ):
            frozen = "the channel is frozen" if self._is_frozen else "the channel was not published since"
            return WhyNot(detail=f"mirror {mirror} keeps it, but {frozen}", mirror=mirror)
        if source.mirror.mode is MirrorMode.ACTIVE:
            return WhyNot(detail=f"mirror {mirror} lets it in, but its file is not stored yet", mirror=mirror)
        return WhyNot(detail=f"mirror {mirror} lets it in from its next run on", mirror=mirror)

    def _decisions_of(self, source: Source, name: str, partition: str) -> Mapping[str, FileDecision]:
        key = (source.mirror.id, partition, name)
        if key not in self._decisions:
            self._decisions[key] = self._decide(source, name, partition)
        return self._decisions[key]

    def _decide(self, source: Source, name: str, partition: str) -> Mapping[str, FileDecision]:
        part = source.stored.manifest.parts.get(partition)
        entry = part.entries.get(name) if part is not None else None
        if entry is None or source.deciding is None or entry.shard not in self._payloads:
            return {}
        decisions = source.deciding.explain(
            self._payloads[entry.shard], partition=partition, name=name, seen=entry.seen
        )
        return {decision.ckey: decision for decision in decisions}


async def read_absence(
    names: Sequence[str], sources: Sequence[Source], *, ecosystem: Ecosystem, shards: Shards, is_frozen: bool
) -> Absence:
    """Read what explains a chunk of names.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    digests: dict[bytes, None] = {}
    for source in sources:
        for manifest_part in source.stored.manifest.parts.values():
            digests |= {manifest_part.entries[name].shard: None for name in names if name in manifest_part.entries}
        for part in source.stored.catalogue.parts.values():
            entries = (part.entries[name] for name in names if name in part.entries)
            digests |= {entry.shard: None for entry in entries if entry.shard is not None}
    payloads = await shards.get([digest for digest in digests if digest != UNREAD])
    return Absence(sources, ecosystem=ecosystem, payloads=payloads, is_frozen=is_frozen)
