"""catalogue -> the same with what upstream removed or replaced, for as long as that is to stay.

Rules of this file:
1. A file is kept if the last catalogue has it, the source does not list its name any
   more, and the rules of today let it in. What the source lists always goes before.
2. A file of a passive mirror is kept if it is stored: no one could fetch it any more. So is what
   belongs to it and is served beside it.
3. Kept files stand in their name's entry, which counts them as `retained`. An entry of
   nothing else has an empty tag, so that it is decided anew when its name comes back.
   The days on which its files were first seen are taken along.
4. Until a run has completed, what upstream replaced or removed stays, whatever the mirror
   says (`retain_until_complete`): of each name the files that are stored, and those of the
   last catalogue beside them, as far as the rules of today let them in.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.decide_manifest import Change, Draft, changes_between, entries_held
from libs.common.deciding.read_stored import Stored
from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CataloguePart
from libs.common.domain.evaluation import Evaluation, Seen
from libs.common.domain.manifest import UNREAD, Manifest, ManifestEntry
from libs.common.domain.mirror import Mirror, MirrorMode, UpstreamRemovals
from libs.common.ecosystems.protocol import ArtifactRef, Deciding, Ecosystem
from libs.common.ports.blobs import BlobStore
from libs.common.ports.records import Shards
from libs.common.runtime.together import together

_CHUNK_NAMES = 500
_FINDS_AT_ONCE = 32
_GONE = b""

_Doubt = tuple[Change, bytes]
"""A change, and the shard of what the last catalogue has of its name."""


class _Old(msgspec.Struct, frozen=True, kw_only=True):
    """What the last catalogue has of one name and what goes before it, `first`, does not list.

    `beside` are the companions of all its files.
    """

    change: Change
    payload: bytes
    removed: tuple[ArtifactRef, ...]
    beside: tuple[ArtifactRef, ...]
    listed: frozenset[str]
    first: bytes | None
    seen: Seen | None = None


async def retain_removed(
    draft: Draft,
    *,
    manifest: Manifest,
    mirror: Mirror,
    evaluation: Evaluation,
    deciding: Deciding,
    ecosystem: Ecosystem,
    previous: Stored | None,
    shards: Shards,
    blobs: BlobStore,
) -> Draft:
    """Add to a mirror's draft what upstream removed; a no-op for mirrors that follow upstream."""
    if mirror.upstream_removals is UpstreamRemovals.FOLLOW or previous is None:
        return draft
    chosen, _ = ecosystem.partitions(mirror.filters)
    held = entries_held(previous, mirror=mirror, evaluation=evaluation)
    added: dict[tuple[str, str], CatalogueEntry] = {}
    doubtful: list[_Doubt] = []
    for change in draft.changes:
        if change.old is None or not change.old.shard or change.partition not in chosen:
            continue
        is_held = change.partition in held and change.name in held[change.partition].entries
        if change.new is None and change.old.tag == _GONE and is_held:
            added[change.partition, change.name] = change.old
        elif not _is_unread(_source_of(change, manifest)):
            doubtful.append((change, change.old.shard))
    for start in range(0, len(doubtful), _CHUNK_NAMES):
        some = doubtful[start : start + _CHUNK_NAMES]
        sources = {
            (change.partition, change.name): source.shard
            for change, _ in some
            if (source := _source_of(change, manifest)) is not None
        }
        chunk = await _read(
            some, first=sources, manifest=manifest, last=previous.manifest, ecosystem=ecosystem, shards=shards
        )
        fresh: dict[bytes, bytes] = {}
        for old in chunk:
            is_passive = mirror.mode is MirrorMode.PASSIVE
            lost = await _not_stored((*old.removed, *old.beside), blobs=blobs) if is_passive else frozenset()
            entry = await asyncio.to_thread(
                _with_removed, old, lost, deciding=deciding, ecosystem=ecosystem, fresh=fresh
            )
            if entry is not None:
                added[old.change.partition, old.change.name] = entry
        await shards.put(fresh)
    catalogue = _with_entries(draft.catalogue, added, previous=previous.catalogue)
    return msgspec.structs.replace(draft, catalogue=catalogue, changes=changes_between(previous.catalogue, catalogue))


async def retain_until_complete(
    catalogue: Catalogue,
    changes: Sequence[Change],
    *,
    manifest: Manifest,
    mirror: Mirror,
    deciding: Deciding,
    ecosystem: Ecosystem,
    previous: Stored,
    shards: Shards,
) -> Catalogue:
    """Add to a catalogue of stored files, of an active mirror, what the last one has of the changed names.

    Such an entry is decided anew in the next run: it counts these files as `retained`.
    """
    chosen, _ = ecosystem.partitions(mirror.filters)
    doubtful = [
        (change, change.old.shard)
        for change in changes
        if change.old is not None and change.old.shard and change.partition in chosen
    ]
    added: dict[tuple[str, str], CatalogueEntry] = {}
    for start in range(0, len(doubtful), _CHUNK_NAMES):
        some = doubtful[start : start + _CHUNK_NAMES]
        stored = {
            (change.partition, change.name): change.new.shard
            for change, _ in some
            if change.new is not None and change.new.shard
        }
        chunk = await _read(
            some, first=stored, manifest=manifest, last=previous.manifest, ecosystem=ecosystem, shards=shards
        )
        fresh: dict[bytes, bytes] = {}
        for old in chunk:
            entry = await asyncio.to_thread(
                _with_removed, old, frozenset(), deciding=deciding, ecosystem=ecosystem, fresh=fresh
            )
            if entry is not None:
                added[old.change.partition, old.change.name] = entry
        await shards.put(fresh)
    return _with_entries(catalogue, added, previous=previous.catalogue)


async def _read(
    doubtful: Sequence[_Doubt],
    *,
    first: Mapping[tuple[str, str], bytes],
    manifest: Manifest,
    last: Manifest,
    ecosystem: Ecosystem,
    shards: Shards,
) -> Sequence[_Old]:
    payloads = await shards.get([*first.values(), *(shard for _, shard in doubtful)])

    def look() -> Sequence[_Old]:
        found: list[_Old] = []
        for change, shard in doubtful:
            before = first.get((change.partition, change.name))
            old = _old(change, payloads[shard], payloads[before] if before is not None else None, ecosystem)
            if old.removed:
                now = _source_of(change, manifest)
                found.append(msgspec.structs.replace(old, seen=_seen_of(change, old.removed, last=last, now=now)))
        return found

    return await asyncio.to_thread(look)


def _old(change: Change, payload: bytes, first: bytes | None, ecosystem: Ecosystem) -> _Old:
    listed = _filenames(first, change.partition, ecosystem)
    artifacts = ecosystem.artifacts(payload, partition=change.partition)
    removed = tuple(artifact for artifact in artifacts if artifact.filename not in listed)
    # Listed files are left out with all that belongs to them.
    beside = ecosystem.companions(payload, partition=change.partition) if removed else ()
    return _Old(change=change, payload=payload, removed=removed, beside=beside, listed=listed, first=first)


def _seen_of(
    change: Change, removed: Sequence[ArtifactRef], *, last: Manifest, now: ManifestEntry | None
) -> Seen | None:
    """Return when the files of a name came, those that are removed included."""
    source = _source_of(change, last)
    before = change.old.seen if change.old is not None else None
    if before is None and source is not None:
        before = source.seen
    if before is None or now is None or now.seen is None:
        return before
    days = {artifact.filename: before.day_of(artifact.filename) for artifact in removed}
    return msgspec.structs.replace(now.seen, later={**now.seen.later, **days})


def _source_of(change: Change, manifest: Manifest) -> ManifestEntry | None:
    part = manifest.parts.get(change.partition)
    return part.entries.get(change.name) if part is not None else None


def _is_unread(source: ManifestEntry | None) -> bool:
    """Tell whether nobody knows what the source has of a name: nothing of it counts as removed."""
    return source is not None and source.shard == UNREAD


async def _not_stored(artifacts: Sequence[ArtifactRef], *, blobs: BlobStore) -> frozenset[str]:
    lost: set[str] = set()
    for start in range(0, len(artifacts), _FINDS_AT_ONCE):
        some = artifacts[start : start + _FINDS_AT_ONCE]
        found = await together(blobs.find(artifact.expected.digest) for artifact in some)
        lost |= {artifact.filename for artifact, blob in zip(some, found, strict=True) if blob is None}
    return frozenset(lost)


def _with_removed(
    old: _Old, lost: frozenset[str], *, deciding: Deciding, ecosystem: Ecosystem, fresh: dict[bytes, bytes]
) -> CatalogueEntry | None:
    """Lay what goes first over what it lacks, and decide on both together; None where nothing of that stays."""
    change = old.change
    counted = change.new
    rest = ecosystem.without(old.payload, lost | old.listed)
    if rest.payload is None:
        return None
    whole = rest.payload if old.first is None else ecosystem.merge([old.first, rest.payload])[0]
    decided = deciding.decide(whole, partition=change.partition, name=change.name, seen=old.seen)
    retained = len(_filenames(decided.payload, change.partition, ecosystem) - old.listed)
    if decided.payload is None or not retained:
        return None
    shard = hashlib.sha256(decided.payload).digest()
    fresh[shard] = decided.payload
    return CatalogueEntry(
        tag=counted.tag if counted is not None else _GONE,
        shard=shard,
        files=decided.files,
        size_bytes=decided.size_bytes,
        # What the rules leave out is counted of what the source has.
        excluded=counted.excluded if counted is not None else {},
        missing=counted.missing if counted is not None else 0,
        retained=retained + (counted.retained if counted is not None else 0),
        seen=old.seen,
    )


def _filenames(payload: bytes | None, partition: str, ecosystem: Ecosystem) -> frozenset[str]:
    if payload is None:
        return frozenset()
    return frozenset(artifact.filename for artifact in ecosystem.artifacts(payload, partition=partition))


def _with_entries(
    catalogue: Catalogue, added: Mapping[tuple[str, str], CatalogueEntry], *, previous: Catalogue
) -> Catalogue:
    parts = dict(catalogue.parts)
    by_partition: dict[str, dict[str, CatalogueEntry]] = {}
    for (partition, name), entry in added.items():
        by_partition.setdefault(partition, {})[name] = entry
    for partition, entries in by_partition.items():
        # A partition that the source took away as a whole stays with what is kept of it.
        part = parts.get(partition) or CataloguePart(files_url=previous.parts[partition].files_url)
        parts[partition] = msgspec.structs.replace(part, entries={**part.entries, **entries})
    return msgspec.structs.replace(catalogue, parts=parts)
