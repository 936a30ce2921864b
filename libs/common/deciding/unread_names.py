"""names of which the source has more than was read -> what they count as until it is."""

from collections.abc import Sequence

import msgspec

from libs.common.deciding.decide_shards import NamedPayload
from libs.common.domain.catalogue import CatalogueEntry
from libs.common.domain.manifest import NOT_READ, UNREAD, Manifest, ManifestPart
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Deciding, Ecosystem, Glance


class UnreadNames:
    """Decides on names that nobody read; of hundreds of thousands of them most have the same entry.

    `wanted` counts those that an active mirror would list if it had read them.
    """

    def __init__(self, deciding: Deciding, *, partition: str, mode: MirrorMode) -> None:
        self.wanted = 0
        self._deciding = deciding
        self._partition = partition
        self._is_active = mode is MirrorMode.ACTIVE
        kept = None if self._is_active else UNREAD
        self._let_in = CatalogueEntry(tag=NOT_READ.tag, shard=kept, files=0, size_bytes=0)
        self._left_out: dict[str, CatalogueEntry] = {}

    def decide(self, name: str) -> CatalogueEntry:
        """Keep a name as far as the name tells."""
        glanced = self._deciding.glance(name, partition=self._partition)
        if glanced.verdict is not Glance.DROP or glanced.reason is None:
            self.wanted += self._is_active
            return self._let_in
        entry = self._left_out.get(glanced.reason)
        if entry is None:
            entry = CatalogueEntry(tag=NOT_READ.tag, shard=None, files=0, size_bytes=0, excluded={glanced.reason: 1})
            self._left_out[glanced.reason] = entry
        return entry


class WantingNames:
    """Counts the names of which rules ask for more than their shard; of those that were asked all is had."""

    def __init__(self, rules: tuple[Rule, ...], *, partition: str, ecosystem: Ecosystem) -> None:
        self.wanted = 0
        self._rules = rules
        self._partition = partition
        self._ecosystem = ecosystem

    def look(self, items: Sequence[NamedPayload]) -> None:
        """Look at some shards that the rules look into."""
        extras = self._ecosystem.extras
        self.wanted += sum(
            not item.has_extras and bool(extras(item.payload, partition=self._partition, rules=self._rules))
            for item in items
        )


def as_never_asked(manifest: Manifest) -> Manifest:
    """Forget that all was asked for which rules want besides the shards: other rules may want more."""
    parts = {partition: _as_never_asked(part) for partition, part in manifest.parts.items()}
    if all(parts[partition] is part for partition, part in manifest.parts.items()):
        return manifest
    return msgspec.structs.replace(manifest, parts=parts)


def _as_never_asked(part: ManifestPart) -> ManifestPart:
    if not any(entry.has_extras for entry in part.entries.values()):
        return part
    entries = {
        name: msgspec.structs.replace(entry, has_extras=False) if entry.has_extras else entry
        for name, entry in part.entries.items()
    }
    return msgspec.structs.replace(part, entries=entries)
