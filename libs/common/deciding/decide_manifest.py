"""manifest, evaluation -> catalogue: what was decided before and still holds is taken over.

Names first: where a package's name alone decides, its records are not looked into. A name that
nobody read is decided by its name as far as that goes: a passive mirror lists it, and its records
are decided when a client asks; an active mirror lists what it has, and wants them read.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.decide_shards import NamedPayload, ShardDecider
from libs.common.deciding.read_stored import Stored
from libs.common.deciding.unread_names import UnreadNames, WantingNames
from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CataloguePart
from libs.common.domain.errors import NotFound
from libs.common.domain.evaluation import Evaluation, asked_digest, evaluation_digest
from libs.common.domain.manifest import Manifest, ManifestEntry, ManifestPart
from libs.common.domain.mirror import Mirror, UpstreamRemovals
from libs.common.domain.policy import Rule, is_removal
from libs.common.ecosystems.protocol import Deciding, Ecosystem, Glance
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.records import Shards
from libs.common.runtime.one_behind import OneBehind

_CHUNK_NAMES = 500


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One name whose entry is not what it was; None where it is new, or gone."""

    partition: str
    name: str
    old: CatalogueEntry | None
    new: CatalogueEntry | None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue before its files are fetched, and how it differs from the last one.

    `wants_reading` counts names of which more must be read from the source than was.
    """

    catalogue: Catalogue
    changes: tuple[Change, ...]
    wants_reading: int = 0


async def decide_manifest(
    manifest: Manifest,
    *,
    mirror: Mirror,
    evaluation: Evaluation,
    deciding: Deciding,
    ecosystem: Ecosystem,
    previous: Stored | None,
    shards: Shards,
    fresh: Mapping[tuple[str, str], CatalogueEntry] | None = None,
) -> Draft:
    """Decide on every name; `fresh` has what was decided by the same evaluation while it was read.

    An entry holds as long as its source shard and the rules are the same and none of
    its files is missing.

    Raises:
        NotFound: when a shard of the manifest is missing.
        StoreUnavailable: when the database does not answer.
    """
    held = entries_held(previous, mirror=mirror, evaluation=evaluation)
    decider = ShardDecider(deciding, ecosystem=ecosystem, shards=shards)
    parts: dict[str, CataloguePart] = {}
    wants_reading = 0
    for partition, part in manifest.parts.items():
        if _is_as_it_was(partition, part, held=held, previous=previous):
            parts[partition] = CataloguePart(files_url=part.files_url, entries=held[partition].entries)
            continue
        unread = UnreadNames(deciding, partition=partition, mode=mirror.mode)
        wanting = WantingNames(evaluation.rules, partition=partition, ecosystem=ecosystem)
        entries, undecided = await asyncio.to_thread(
            _by_name,
            part.entries,
            partition=partition,
            deciding=deciding,
            unread=unread,
            held=await asyncio.to_thread(_entries_that_hold, partition, part, held=held, previous=previous),
            fresh=fresh or {},
        )
        entries |= await _by_records(undecided, partition=partition, decider=decider, wanting=wanting, shards=shards)
        wants_reading += unread.wanted + wanting.wanted
        parts[partition] = CataloguePart(files_url=part.files_url, entries=entries)
    catalogue = Catalogue(
        mirror_id=mirror.id, type=mirror.type, mode=mirror.mode, rules=evaluation_digest(evaluation), parts=parts
    )
    last = previous.catalogue if previous is not None else None
    changes = await asyncio.to_thread(changes_between, last, catalogue)
    return Draft(catalogue=catalogue, changes=changes, wants_reading=wants_reading)


def entries_held(previous: Stored | None, *, mirror: Mirror, evaluation: Evaluation) -> Mapping[str, CataloguePart]:
    """Return the parts of the last catalogue that may be taken over: those made by the same rules and mode.

    Of what dependencies let in, other names than before may be reached: those are decided anew.
    Where only other files were removed by hand, all names but theirs hold.
    A mirror that follows upstream takes over nothing that was kept when it did not.
    """
    if previous is None or previous.evaluation is None or previous.catalogue.mode != mirror.mode:
        return {}
    before, by_hand_before = _apart(previous.evaluation)
    now, by_hand = _apart(evaluation)
    if asked_digest(before) != asked_digest(now):
        return {}
    parts: Mapping[str, CataloguePart] = previous.catalogue.parts
    removed_or_restored = tuple(
        rule for rule in (*by_hand_before, *by_hand) if (rule in by_hand) != (rule in by_hand_before)
    )
    if removed_or_restored:
        deciding = ecosystem_of(mirror.type).compile(Evaluation(rules=removed_or_restored))
        parts = {partition: _untouched_by(deciding, part, partition) for partition, part in parts.items()}
    if previous.evaluation.closures != evaluation.closures:
        parts = {
            partition: _only_as_reached(part, partition, previous.evaluation, evaluation)
            for partition, part in parts.items()
        }
    if mirror.upstream_removals is UpstreamRemovals.KEEP:
        return parts
    return {partition: _without_retained(part) for partition, part in parts.items()}


def changes_between(old: Catalogue | None, new: Catalogue) -> tuple[Change, ...]:
    """List the names whose kept shard is not the same in both, or that miss files."""
    changes: list[Change] = []
    old_parts = old.parts if old is not None else {}
    for partition in sorted(old_parts.keys() | new.parts.keys()):
        before = old_parts[partition].entries if partition in old_parts else {}
        after = new.parts[partition].entries if partition in new.parts else {}
        if before is after and not any(entry.missing for entry in after.values()):
            continue
        changed = [
            name
            for name, now in after.items()
            if (was := before.get(name)) is None or was.missing or was.shard != now.shard
        ]
        # Of hundreds of thousands of names few changed: only these are put in order.
        changes.extend(
            Change(partition=partition, name=name, old=before.get(name), new=after.get(name))
            for name in sorted((*changed, *(before.keys() - after.keys())))
        )
    return tuple(changes)


def _is_as_it_was(
    partition: str, part: ManifestPart, *, held: Mapping[str, CataloguePart], previous: Stored | None
) -> bool:
    """Tell whether the source said that a partition is unchanged, and every entry of it holds."""
    last = previous.manifest.parts.get(partition) if previous is not None else None
    return (
        last is not None
        and last.entries is part.entries
        and partition in held
        and held[partition].entries.keys() == part.entries.keys()
        and not any(entry.missing for entry in held[partition].entries.values())
    )


def _entries_that_hold(
    partition: str, part: ManifestPart, *, held: Mapping[str, CataloguePart], previous: Stored | None
) -> Mapping[str, CatalogueEntry]:
    """Return the held entries of names whose shards are as they were; a tag alone does not tell what was read."""
    if partition not in held or previous is None:
        return {}
    last = previous.manifest.parts.get(partition)
    if last is None or last.entries is part.entries:
        return held[partition].entries
    was, now = last.entries, part.entries
    return {
        name: entry
        for name, entry in held[partition].entries.items()
        if (new := now.get(name)) is None or ((old := was.get(name)) is not None and old.shard == new.shard)
    }


def _only_as_reached(part: CataloguePart, partition: str, old: Evaluation, new: Evaluation) -> CataloguePart:
    pairs = [
        (
            old.closures[place].reached.get(partition, {}) if place in old.closures else {},
            new.closures[place].reached.get(partition, {}) if place in new.closures else {},
        )
        for place in old.closures.keys() | new.closures.keys()
    ]
    entries = {
        name: entry
        for name, entry in part.entries.items()
        if all((name in was) == (name in now) and was.get(name) == now.get(name) for was, now in pairs)
    }
    return msgspec.structs.replace(part, entries=entries)


def _apart(evaluation: Evaluation) -> tuple[Evaluation, tuple[Rule, ...]]:
    """Return an evaluation without what was removed by hand, which comes last, and that."""
    by_hand = tuple(rule for rule in evaluation.rules if is_removal(rule))
    others = tuple(rule for rule in evaluation.rules if not is_removal(rule))
    return msgspec.structs.replace(evaluation, rules=others), by_hand


def _untouched_by(deciding: Deciding, part: CataloguePart, partition: str) -> CataloguePart:
    """Return the entries of names that some rules do not look at."""
    entries = {
        name: entry
        for name, entry in part.entries.items()
        if deciding.glance(name, partition=partition).verdict is Glance.KEEP
    }
    return msgspec.structs.replace(part, entries=entries)


def _without_retained(part: CataloguePart) -> CataloguePart:
    if not any(entry.retained for entry in part.entries.values()):
        return part
    entries = {name: entry for name, entry in part.entries.items() if not entry.retained}
    return msgspec.structs.replace(part, entries=entries)


def _by_name(
    names: Mapping[str, ManifestEntry],
    *,
    partition: str,
    deciding: Deciding,
    unread: UnreadNames,
    held: Mapping[str, CatalogueEntry],
    fresh: Mapping[tuple[str, str], CatalogueEntry],
) -> tuple[dict[str, CatalogueEntry], dict[str, ManifestEntry]]:
    """Return what can be told without the records, and the names whose records must be looked into."""
    entries: dict[str, CatalogueEntry] = {}
    undecided: dict[str, ManifestEntry] = {}
    for name, source in names.items():
        entry = held.get(name)
        if not source.shard:
            entry = entry or unread.decide(name)
        elif entry is None or entry.tag != source.tag or entry.missing:
            entry = fresh.get((partition, name)) or _glance(name, source, partition, deciding)
        if entry is None:
            undecided[name] = source
        else:
            entries[name] = entry
    return entries, undecided


def _glance(name: str, source: ManifestEntry, partition: str, deciding: Deciding) -> CatalogueEntry | None:
    if source.files < 0:
        return None
    glanced = deciding.glance(name, partition=partition)
    if glanced.verdict is Glance.KEEP:
        return CatalogueEntry(
            tag=source.tag,
            shard=source.shard if source.files else None,
            files=source.files,
            size_bytes=source.size_bytes,
        )
    if glanced.verdict is Glance.DROP and glanced.reason is not None:
        return CatalogueEntry(
            tag=source.tag, shard=None, files=0, size_bytes=0, excluded={glanced.reason: source.files}
        )
    return None


async def _by_records(
    names: Mapping[str, ManifestEntry],
    *,
    partition: str,
    decider: ShardDecider,
    wanting: WantingNames,
    shards: Shards,
) -> dict[str, CatalogueEntry]:
    entries: dict[str, CatalogueEntry] = {}

    async def decide(items: Sequence[NamedPayload]) -> None:
        known = frozenset(item.source for item in items)
        decided = await decider.decide(items, partition=partition, known=known)
        await asyncio.to_thread(wanting.look, items)
        entries.update((shard.name, shard.entry) for shard in decided if shard.entry is not None)

    todo = list(names.items())
    # While one chunk is decided and stored, the next one is read.
    async with OneBehind() as behind:
        for start in range(0, len(todo), _CHUNK_NAMES):
            chunk = todo[start : start + _CHUNK_NAMES]
            payloads = await shards.get([source.shard for _, source in chunk])
            await behind.do(decide([_named(name, source, payloads, partition) for name, source in chunk]))
    return entries


def _named(name: str, source: ManifestEntry, payloads: Mapping[bytes, bytes], partition: str) -> NamedPayload:
    payload = payloads.get(source.shard)
    if payload is None:
        raise NotFound(f"shard {source.shard.hex()} of {partition}/{name} is missing; run ./tain verify --repair")
    return NamedPayload(
        name=name,
        payload=payload,
        tag=source.tag,
        source=source.shard,
        seen=source.seen,
        has_extras=source.has_extras,
    )
