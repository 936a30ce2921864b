"""catalogue draft -> the files to fetch, in batches; and the draft without what was not stored.

Companions of package files are fetched and left out like these, in batches of their own, and
are never counted: such a batch has a number below 0.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from libs.common.contracts.messages import FileToFetch
from libs.common.deciding.decide_manifest import Change, Draft
from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CataloguePart
from libs.common.ecosystems.protocol import ArtifactRef, Ecosystem
from libs.common.ports.records import Shards

BATCH_FILES = 32
BATCH_BYTES = 8 * 1024 * 1024
"""A batch is what one fetcher has at the end while others have nothing: seconds of work.

So a large file is a batch of its own, and large ones go first: small ones fill the gaps.
"""
_ALIKE_BYTES = 1024 * 1024
"""Smaller differences do not matter: such files stay in the order of the index."""
_UNKNOWN_SIZE = 1024 * 1024
_CHUNK_NAMES = 500


class _Read(Protocol):
    """How a shard's package files are listed, or what belongs to them."""

    def __call__(self, payload: bytes, /, *, partition: str) -> tuple[ArtifactRef, ...]: ...


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Files of one partition that one fetcher takes at once."""

    number: int
    partition: str
    files: tuple[FileToFetch, ...]


class Echo(msgspec.Struct, frozen=True, kw_only=True):
    """A file with the bytes of another one that is fetched already: `first` is that one's ckey."""

    partition: str
    file: FileToFetch
    first: str


class FetchPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What must be fetched, and which names it belongs to, by ckey; `companions` are no package files.

    Equal bytes are fetched once: `echoes` are only asked for if their first fails.
    """

    batches: tuple[Batch, ...]
    echoes: tuple[Echo, ...] = ()
    names: Mapping[str, tuple[str, str]]
    companions: frozenset[str] = frozenset()
    removed: int

    @property
    def package_files(self) -> int:
        """How many package files are planned."""
        return len(self.names) - len(self.companions)

    def files(self) -> Iterator[FileToFetch]:
        """Yield every planned file, echoes included."""
        for batch in self.batches:
            yield from batch.files
        for echo in self.echoes:
            yield echo.file

    @property
    def size_bytes(self) -> int:
        """How much is to come in, if nothing of it is stored; files without a size are guessed."""
        return sum(_size_of(file) for batch in self.batches for file in batch.files)

    def not_stored(self, missing: frozenset[str], settled: frozenset[int]) -> frozenset[str]:
        """Name every planned file that is not stored, from the losses of the batches."""
        asked = {file.ckey: batch.number for batch in self.batches for file in batch.files}
        lost = {ckey for ckey, batch in asked.items() if batch not in settled} | (missing & asked.keys())
        echoes = {echo.file.ckey for echo in self.echoes if echo.first in lost and echo.file.ckey not in asked}
        return frozenset(lost | echoes)

    def with_second_wave(self, missing: frozenset[str]) -> "FetchPlan":
        """Ask for the echoes of files that could not be had: the same bytes, from another address."""
        second: dict[str, list[FileToFetch]] = {}
        for echo in self.echoes:
            if echo.first in missing:
                second.setdefault(echo.partition, []).append(echo.file)
        batches = _batches(second, companions=self.companions, first_number=len(self.batches))
        return msgspec.structs.replace(self, batches=(*self.batches, *batches))


async def plan_fetch(draft: Draft, *, ecosystem: Ecosystem, shards: Shards) -> FetchPlan:
    """List the kept files that the last catalogue did not have with the same digest.

    What the last catalogue of an active mirror lists is stored: it is not asked for again.
    """
    wanted: dict[str, list[FileToFetch]] = {}
    firsts: dict[tuple[str, int | None], str] = {}
    echoes: list[Echo] = []
    names: dict[str, tuple[str, str]] = {}
    companions: set[str] = set()
    removed = 0
    for start in range(0, len(draft.changes), _CHUNK_NAMES):
        chunk = draft.changes[start : start + _CHUNK_NAMES]
        digests = [entry.shard for change in chunk for entry in (change.old, change.new) if entry and entry.shard]
        payloads = await shards.get(digests)
        for change, files, beside, gone in await asyncio.to_thread(_compare, chunk, payloads, ecosystem):
            removed += gone
            companions.update(file.ckey for file in beside)
            for file in (*files, *beside):
                names[file.ckey] = (change.partition, change.name)
                first = firsts.setdefault((file.digest, file.size_bytes), file.ckey)
                if first == file.ckey:
                    wanted.setdefault(change.partition, []).append(file)
                else:
                    echoes.append(Echo(partition=change.partition, file=file, first=first))
    return FetchPlan(
        batches=_batches(wanted, companions=companions),
        echoes=tuple(echoes),
        names=names,
        companions=frozenset(companions),
        removed=removed,
    )


async def compare_changes(changes: Sequence[Change], *, ecosystem: Ecosystem, shards: Shards) -> tuple[int, int]:
    """Count the package files that came, or came with other bytes, and those that went."""
    added = removed = 0
    for start in range(0, len(changes), _CHUNK_NAMES):
        chunk = changes[start : start + _CHUNK_NAMES]
        digests = [entry.shard for change in chunk for entry in (change.old, change.new) if entry and entry.shard]
        payloads = await shards.get(digests)
        for _, new, _, gone in await asyncio.to_thread(_compare, chunk, payloads, ecosystem):
            added, removed = added + len(new), removed + gone
    return added, removed


async def without_missing(
    catalogue: Catalogue,
    missing: frozenset[str],
    *,
    plan: FetchPlan,
    ecosystem: Ecosystem,
    shards: Shards,
    hopeless: Collection[str] = (),
) -> Catalogue:
    """Take files that are not stored out of the catalogue, and remember that they are missing.

    Of a companion only the word about it is taken out. One that the source can't give
    (`hopeless`) is not missed: it is asked for again when its page changes.
    """
    by_name: dict[tuple[str, str], set[str]] = {}
    missed: dict[tuple[str, str], int] = Counter()
    for ckey in missing:
        by_name.setdefault(plan.names[ckey], set()).add(ckey.rpartition("/")[2])
        missed[plan.names[ckey]] += ckey in plan.companions and ckey not in hopeless
    if not by_name:
        return catalogue
    parts = {
        partition: CataloguePart(files_url=part.files_url, entries=dict(part.entries))
        for partition, part in catalogue.parts.items()
    }
    todo = list(by_name.items())
    for start in range(0, len(todo), _CHUNK_NAMES):
        chunk = todo[start : start + _CHUNK_NAMES]
        entries = {place: parts[place[0]].entries[place[1]] for place, _ in chunk}
        payloads = await shards.get([entry.shard for entry in entries.values() if entry.shard])
        fresh: dict[bytes, bytes] = {}
        for (partition, name), filenames in chunk:
            entry = entries[partition, name]
            if not entry.shard:
                continue
            rest = ecosystem.without(payloads[entry.shard], frozenset(filenames))
            digest = hashlib.sha256(rest.payload).digest() if rest.payload is not None else None
            if digest is not None and rest.payload is not None:
                fresh[digest] = rest.payload
            parts[partition].entries[name] = CatalogueEntry(
                tag=entry.tag,
                shard=digest,
                files=rest.files,
                size_bytes=rest.size_bytes,
                excluded=entry.excluded,
                missing=entry.files - rest.files + missed[partition, name],
                retained=entry.retained,
            )
        await shards.put(fresh)
    return msgspec.structs.replace(catalogue, parts=parts)


def _compare(
    changes: Sequence[Change], payloads: Mapping[bytes, bytes], ecosystem: Ecosystem
) -> list[tuple[Change, list[FileToFetch], list[FileToFetch], int]]:
    """Return the new package files of each change, the new files beside them, and how many files went."""
    compared: list[tuple[Change, list[FileToFetch], list[FileToFetch], int]] = []
    for change in changes:
        before = _listed(change.old, change.partition, payloads, ecosystem.artifacts)
        after = _listed(change.new, change.partition, payloads, ecosystem.artifacts)
        beside = _new(
            _listed(change.old, change.partition, payloads, ecosystem.companions),
            _listed(change.new, change.partition, payloads, ecosystem.companions),
        )
        compared.append((change, _new(before, after), beside, len(before.keys() - after.keys())))
    return compared


def _new(before: Mapping[str, ArtifactRef], after: Mapping[str, ArtifactRef]) -> list[FileToFetch]:
    return [
        _to_fetch(item) for ckey, item in after.items() if ckey not in before or before[ckey].expected != item.expected
    ]


def _listed(
    entry: CatalogueEntry | None, partition: str, payloads: Mapping[bytes, bytes], read: _Read
) -> dict[str, ArtifactRef]:
    if entry is None or not entry.shard:
        return {}
    return {item.ckey: item for item in read(payloads[entry.shard], partition=partition)}


def _to_fetch(artifact: ArtifactRef) -> FileToFetch:
    expected = artifact.expected
    return FileToFetch(
        ckey=artifact.ckey, url=artifact.url, digest=str(expected.digest), size_bytes=expected.size_bytes
    )


def _batches(
    wanted: Mapping[str, Sequence[FileToFetch]], *, companions: Collection[str], first_number: int = 0
) -> tuple[Batch, ...]:
    split = [
        (partition, files, is_beside)
        for partition, all_files in wanted.items()
        for is_beside in (False, True)
        for files in _split([file for file in all_files if (file.ckey in companions) is is_beside])
    ]
    split.sort(key=lambda batch: sum(_size_of(file) for file in batch[1]) // _ALIKE_BYTES, reverse=True)
    return tuple(
        Batch(number=-1 - number if is_beside else number, partition=partition, files=files)
        for number, (partition, files, is_beside) in enumerate(split, start=first_number)
    )


def _split(wanted: Sequence[FileToFetch]) -> Iterator[tuple[FileToFetch, ...]]:
    files: list[FileToFetch] = []
    size = 0
    for file in sorted(wanted, key=lambda file: _size_of(file) // _ALIKE_BYTES, reverse=True):
        own = _size_of(file)
        if files and (len(files) >= BATCH_FILES or size + own > BATCH_BYTES):
            yield tuple(files)
            files, size = [], 0
        files.append(file)
        size += own
    if files:
        yield tuple(files)


def _size_of(file: FileToFetch) -> int:
    return _UNKNOWN_SIZE if file.size_bytes is None else file.size_bytes
