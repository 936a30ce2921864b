"""manifest, catalogue, other rules -> the catalogue that there would be; its shards are not made.

What takes a decision's time on a whole source is to read its shards and to make new ones. Here
every shard that must be looked into is read once, held against the rules of now and the other
ones, and only counted.

Rules of this file:
1. It only takes catalogues whose entries are what their rules say: nothing is missing, nothing
   retained, and the source's records are still those that were decided on (`can_think`).
2. A name of which the same files would be kept has its entry of now; of which all, the source's shard.
3. Any other entry names a shard that there is not, `THOUGHT`.
4. Where the rules differ in nothing but `exclude` rules, names that none of these looks at have
   their entries of now.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from libs.common.deciding.explain_files import Place
from libs.common.deciding.read_stored import Stored
from libs.common.deciding.unread_names import UnreadNames
from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CataloguePart
from libs.common.domain.errors import NotFound
from libs.common.domain.evaluation import Evaluation, Seen, evaluation_digest
from libs.common.domain.manifest import Manifest, ManifestEntry
from libs.common.domain.mirror import Mirror, MirrorMode, UpstreamRemovals
from libs.common.domain.policy import Action, Rule, uses
from libs.common.ecosystems.protocol import Deciding, Ecosystem, Glance, Sifted
from libs.common.ports.records import Shards
from libs.common.runtime.one_behind import OneBehind

THOUGHT = b"thought"
_CHUNK_NAMES = 500


class Weighed(msgspec.Struct, frozen=True):
    """How many files of one name would come and go, and their bytes."""

    gained: int
    gained_bytes: int
    lost: int
    lost_bytes: int


class Thought(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue that there would be; `weighed` has names of which counts alone don't tell what comes and goes."""

    catalogue: Catalogue
    weighed: Mapping[Place, Weighed]


@runtime_checkable
class Sifting(Protocol):
    """A `Deciding` that can tell the kept files without making their shard."""

    def sift(self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None) -> Sifted:
        """Return the kept files of a shard, and how many are left out, by reason."""

    def sift_beside(
        self, other: Deciding, payload: bytes, *, partition: str, name: str, seen: Seen | None = None
    ) -> tuple[Sifted, Sifted] | None:
        """Sift a shard by these rules and by others, looking into it once; None where that can't be done."""


def can_think(stored: Stored, manifest: Manifest, *, mirror: Mirror) -> bool:
    """Tell whether a catalogue holds just what its rules let in of the manifest."""
    if mirror.upstream_removals is UpstreamRemovals.KEEP or stored.evaluation is None:
        return False
    if stored.catalogue.rules != evaluation_digest(stored.evaluation) or stored.catalogue.mode != mirror.mode:
        return False
    return all(
        partition in manifest.parts
        and all(_is_plain(name, entry, manifest, partition) for name, entry in _entries(part))
        for partition, part in stored.catalogue.parts.items()
    )


async def think_catalogue(
    manifest: Manifest,
    *,
    stored: Stored,
    mode: MirrorMode,
    before: Deciding,
    evaluation: Evaluation,
    deciding: Deciding,
    ecosystem: Ecosystem,
    shards: Shards,
) -> Thought:
    """Decide on every name by other rules; `before` are those of now.

    Raises:
        NotFound: when a shard of the manifest is missing.
        StoreUnavailable: when the database does not answer.
    """
    weighed: dict[Place, Weighed] = {}
    differing = _differing(stored.evaluation, evaluation, ecosystem=ecosystem)
    parts: dict[str, CataloguePart] = {}
    for partition, part in manifest.parts.items():
        old = stored.catalogue.parts[partition].entries if partition in stored.catalogue.parts else {}
        unread = UnreadNames(deciding, partition=partition, mode=mode)
        thinking = _Thinking(
            partition, old=old, before=before, after=deciding, unread=unread, differing=differing, weighed=weighed
        )
        undecided = await asyncio.to_thread(thinking.glance, part.entries)
        async with OneBehind() as behind:
            for start in range(0, len(undecided), _CHUNK_NAMES):
                chunk = undecided[start : start + _CHUNK_NAMES]
                payloads = await shards.get([source.shard for _, source in chunk])
                await behind.do(asyncio.to_thread(thinking.look, chunk, payloads))
        parts[partition] = CataloguePart(files_url=part.files_url, entries=thinking.entries)
    catalogue = msgspec.structs.replace(stored.catalogue, rules=evaluation_digest(evaluation), parts=parts)
    return Thought(catalogue=catalogue, weighed=weighed)


class _Thinking:
    """One partition that is thought of."""

    def __init__(
        self,
        partition: str,
        *,
        old: Mapping[str, CatalogueEntry],
        before: Deciding,
        after: Deciding,
        unread: UnreadNames,
        differing: Deciding | None,
        weighed: dict[Place, Weighed],
    ) -> None:
        self.entries: dict[str, CatalogueEntry] = {}
        self._partition = partition
        self._old = old
        self._before = before
        self._after = after
        self._unread = unread
        self._differing = differing
        self._weighed = weighed

    def glance(self, names: Mapping[str, ManifestEntry]) -> list[tuple[str, ManifestEntry]]:
        """Decide what names alone decide, and return the others."""
        undecided: list[tuple[str, ManifestEntry]] = []
        for name, source in names.items():
            old = self._old.get(name)
            if old is not None and self._is_untouched(name):
                self.entries[name] = old
                continue
            if not source.shard:
                self.entries[name] = self._unread.decide(name)
                continue
            glanced = self._after.glance(name, partition=self._partition)
            if source.files < 0 or glanced.verdict is Glance.LOOK:
                undecided.append((name, source))
            elif glanced.verdict is Glance.KEEP:
                self.entries[name] = _whole(source)
            else:
                reason = glanced.reason or ""
                excluded = {reason: source.files} if source.files else {}
                self.entries[name] = CatalogueEntry(
                    tag=source.tag, shard=None, files=0, size_bytes=0, excluded=excluded
                )
        return undecided

    def _is_untouched(self, name: str) -> bool:
        differing = self._differing
        return differing is not None and differing.glance(name, partition=self._partition).verdict is Glance.KEEP

    def look(self, names: Sequence[tuple[str, ManifestEntry]], payloads: Mapping[bytes, bytes]) -> None:
        """Decide by the records."""
        for name, source in names:
            payload = payloads.get(source.shard)
            if payload is None:
                raise NotFound(f"shard {source.shard.hex()} of {self._partition}/{name} is missing")
            self.entries[name] = self._entry(name, source, payload)

    def _entry(self, name: str, source: ManifestEntry, payload: bytes) -> CatalogueEntry:
        old = self._old.get(name)
        was: Mapping[str, int] | None = None
        if old is not None and old.shard is not None and old.shard != source.shard:
            sifted, sifted_now = sift_both(
                self._after, self._before, payload, partition=self._partition, name=name, seen=source.seen
            )
            was = sifted_now.kept
        else:
            sifted = sift(self._after, payload, partition=self._partition, name=name, seen=source.seen)
        kept = sifted.kept
        shard: bytes | None = THOUGHT if kept else None
        if not sifted.excluded and kept:
            shard = source.shard
        elif kept and was is not None and old is not None:
            if was.keys() == kept.keys():
                shard = old.shard
            else:
                self._weighed[Place(self._partition, name)] = _weigh(was, kept)
        return CatalogueEntry(
            tag=source.tag,
            shard=shard,
            files=len(kept),
            size_bytes=sum(kept.values()),
            excluded=dict(sifted.excluded),
        )


def _differing(now: Evaluation | None, then: Evaluation, *, ecosystem: Ecosystem) -> Deciding | None:
    """Return the rules that are not in both; None where names alone don't tell what these change."""
    if now is None or (now.today, now.advisories, now.closures) != (then.today, then.advisories, then.closures):
        return None
    both = set(map(_key, now.rules)) & set(map(_key, then.rules))
    rules = tuple(rule for rule in (*now.rules, *then.rules) if _key(rule) not in both)
    order = [_key(rule) for rule in now.rules if _key(rule) in both]
    if order != [_key(rule) for rule in then.rules if _key(rule) in both]:
        return None
    if any(rule.action is not Action.EXCLUDE or uses(rule, "cve_score", "cve_status", "age") for rule in rules):
        return None
    return ecosystem.compile(Evaluation(rules=rules))


def _key(rule: Rule) -> bytes:
    return msgspec.json.encode(rule)


def sift_both(
    deciding: Deciding, other: Deciding, payload: bytes, *, partition: str, name: str, seen: Seen | None
) -> tuple[Sifted, Sifted]:
    """Sift a shard by two decidings, looking into it once where that can be done."""
    if isinstance(deciding, Sifting):
        both = deciding.sift_beside(other, payload, partition=partition, name=name, seen=seen)
        if both is not None:
            return both
    return (
        sift(deciding, payload, partition=partition, name=name, seen=seen),
        sift(other, payload, partition=partition, name=name, seen=seen),
    )


def sift(deciding: Deciding, payload: bytes, *, partition: str, name: str, seen: Seen | None) -> Sifted:
    """Return the kept files of a shard, in the quickest way that there is."""
    if isinstance(deciding, Sifting):
        return deciding.sift(payload, partition=partition, name=name, seen=seen)
    decisions = deciding.explain(payload, partition=partition, name=name, seen=seen)
    return Sifted(
        kept={one.ckey.rpartition("/")[2]: one.size_bytes or 0 for one in decisions if one.decision == "kept"},
        excluded=Counter(one.reason for one in decisions if one.reason is not None),
    )


def _entries(part: CataloguePart) -> Sequence[tuple[str, CatalogueEntry]]:
    return tuple(part.entries.items())


def _is_plain(name: str, entry: CatalogueEntry, manifest: Manifest, partition: str) -> bool:
    source = manifest.parts[partition].entries.get(name)
    return source is not None and source.tag == entry.tag and not entry.missing and not entry.retained


def _whole(source: ManifestEntry) -> CatalogueEntry:
    return CatalogueEntry(
        tag=source.tag,
        shard=source.shard if source.files else None,
        files=source.files,
        size_bytes=source.size_bytes,
    )


def _weigh(was: Mapping[str, int], kept: Mapping[str, int]) -> Weighed:
    gained, lost = kept.keys() - was.keys(), was.keys() - kept.keys()
    return Weighed(len(gained), sum(kept[name] for name in gained), len(lost), sum(was[name] for name in lost))
