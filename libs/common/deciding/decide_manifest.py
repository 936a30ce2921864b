"""manifest, rules -> catalogue: what was decided before and still holds is taken over."""

from collections.abc import Mapping

import msgspec

from libs.common.deciding.decide_shards import NamedPayload, decide_shards
from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CataloguePart
from libs.common.domain.digest import Sha256
from libs.common.domain.manifest import Manifest
from libs.common.domain.mirror import Mirror, UpstreamRemovals
from libs.common.ecosystems.protocol import Deciding
from libs.common.ports.records import Shards

_CHUNK_NAMES = 500


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One name whose entry is not what it was; None where it is new, or gone."""

    partition: str
    name: str
    old: CatalogueEntry | None
    new: CatalogueEntry | None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue before its files are fetched, and how it differs from the last one."""

    catalogue: Catalogue
    changes: tuple[Change, ...]


async def decide_manifest(
    manifest: Manifest,
    *,
    mirror: Mirror,
    rules: Sha256,
    deciding: Deciding,
    fresh: Mapping[tuple[str, str], CatalogueEntry],
    previous: Catalogue | None,
    shards: Shards,
) -> Draft:
    """Decide on every name; `fresh` has what was decided while it was read.

    An entry holds as long as its source shard and the rules are the same and none of
    its files is missing.
    """
    held = entries_held(previous, mirror=mirror, rules=rules)
    parts: dict[str, CataloguePart] = {}
    for partition, part in manifest.parts.items():
        old = held.get(partition)
        entries: dict[str, CatalogueEntry] = {}
        undecided: dict[str, tuple[bytes, bytes]] = {}
        for name, source in part.entries.items():
            known = old.entries.get(name) if old is not None else None
            if known is not None and known.tag == source.tag and not known.missing:
                entries[name] = known
            elif (partition, name) in fresh:
                entries[name] = fresh[partition, name]
            else:
                undecided[name] = (source.tag, source.shard)
        entries |= await _decide(undecided, partition=partition, deciding=deciding, shards=shards)
        parts[partition] = CataloguePart(files_url=part.files_url, entries=entries)
    catalogue = Catalogue(mirror_id=mirror.id, type=mirror.type, mode=mirror.mode, rules=rules, parts=parts)
    return Draft(catalogue=catalogue, changes=changes_between(previous, catalogue))


def entries_held(previous: Catalogue | None, *, mirror: Mirror, rules: Sha256) -> Mapping[str, CataloguePart]:
    """Return the parts of the last catalogue that may be taken over: those made by the same rules and mode.

    A mirror that follows upstream takes over nothing that was kept when it did not.
    """
    if previous is None or previous.rules != rules or previous.mode != mirror.mode:
        return {}
    if mirror.upstream_removals is UpstreamRemovals.KEEP:
        return previous.parts
    return {partition: _without_retained(part) for partition, part in previous.parts.items()}


def changes_between(old: Catalogue | None, new: Catalogue) -> tuple[Change, ...]:
    """List the names whose kept shard is not the same in both, or that miss files."""
    changes: list[Change] = []
    old_parts = old.parts if old is not None else {}
    for partition in sorted(old_parts.keys() | new.parts.keys()):
        before = old_parts[partition].entries if partition in old_parts else {}
        after = new.parts[partition].entries if partition in new.parts else {}
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if was is None or now is None or was.shard != now.shard or was.missing:
                changes.append(Change(partition=partition, name=name, old=was, new=now))
    return tuple(changes)


def _without_retained(part: CataloguePart) -> CataloguePart:
    entries = {name: entry for name, entry in part.entries.items() if not entry.retained}
    return part if len(entries) == len(part.entries) else msgspec.structs.replace(part, entries=entries)


async def _decide(
    names: Mapping[str, tuple[bytes, bytes]], *, partition: str, deciding: Deciding, shards: Shards
) -> dict[str, CatalogueEntry]:
    entries: dict[str, CatalogueEntry] = {}
    todo = list(names.items())
    for start in range(0, len(todo), _CHUNK_NAMES):
        chunk = todo[start : start + _CHUNK_NAMES]
        payloads = await shards.get([shard for _, (_, shard) in chunk])
        items = [NamedPayload(name=name, payload=payloads[shard], tag=tag) for name, (tag, shard) in chunk]
        decided = await decide_shards(
            items, partition=partition, deciding=deciding, shards=shards, known=frozenset(payloads)
        )
        entries |= {shard.name: shard.entry for shard in decided}
    return entries
