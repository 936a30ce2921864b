"""a channel's uploads of one type -> the manifest of them, name by name.

Rules of this file:
1. A name's tag tells its files, what was read of each, and the day on which each came in. Names whose tag is
   as before are taken over, and none of their records is read.
2. A file's first day is that of its upload: of a file that was replaced that of the replacement.
3. A file whose payload is lost is left out until it is uploaded again, and the tag is that of the others.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import structlog

from libs.common.domain.evaluation import Seen
from libs.common.domain.manifest import Manifest, ManifestEntry, ManifestPart, ShardDigest, source_digest
from libs.common.domain.upload import UploadedFile
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ports.records import Shards

_LOG = structlog.get_logger()
_CHUNK_FILES = 2_000
_FORM = "uploads"

_Name = tuple[str, str]
_Files = tuple[UploadedFile, ...]


async def gather_uploads(
    files: Sequence[UploadedFile], *, before: Manifest | None, mirror_id: str, ecosystem: Ecosystem, shards: Shards
) -> Manifest:
    """Make the manifest of some uploads, `before` being the last one; what it names is stored.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    by_name = await asyncio.to_thread(_by_name, files)
    entries, changed = await asyncio.to_thread(_held, by_name, before)
    for chunk in _chunks(changed):
        entries |= await _merge(chunk, ecosystem=ecosystem, shards=shards)
    parts: dict[str, dict[str, ManifestEntry]] = defaultdict(dict)
    for (partition, name), entry in entries.items():
        parts[partition][name] = entry
    return Manifest(
        source_digest=source_digest(mirror_id),
        parts={
            partition: ManifestPart(form=_FORM, files_url="", entries=its) for partition, its in sorted(parts.items())
        },
    )


def is_same(before: Manifest, now: Manifest) -> bool:
    """Tell whether two manifests are of the same uploads."""
    return _tags(before) == _tags(now)


def _tags(manifest: Manifest) -> Mapping[_Name, bytes]:
    return {
        (partition, name): entry.tag
        for partition, part in manifest.parts.items()
        for name, entry in part.entries.items()
    }


def _by_name(files: Iterable[UploadedFile]) -> dict[_Name, _Files]:
    found: dict[_Name, list[UploadedFile]] = defaultdict(list)
    for file in files:
        found[file.partition, file.name].append(file)
    return {name: tuple(sorted(its, key=lambda it: it.filename)) for name, its in found.items()}


def _held(
    by_name: Mapping[_Name, _Files], before: Manifest | None
) -> tuple[dict[_Name, ManifestEntry], dict[_Name, _Files]]:
    """Return the entries of names that are as before, and the files of all others."""
    held: dict[_Name, ManifestEntry] = {}
    changed: dict[_Name, _Files] = {}
    parts = before.parts if before is not None else {}
    for (partition, name), files in by_name.items():
        part = parts.get(partition)
        entry = part.entries.get(name) if part is not None else None
        if entry is not None and entry.tag == _tag(files):
            held[partition, name] = entry
        else:
            changed[partition, name] = files
    return held, changed


async def _merge(names: Mapping[_Name, _Files], *, ecosystem: Ecosystem, shards: Shards) -> dict[_Name, ManifestEntry]:
    wanted = {file.shard for files in names.values() for file in files}
    payloads = await shards.get(sorted(wanted))
    merged, entries = await asyncio.to_thread(_merged, names, payloads, ecosystem)
    if merged:
        await shards.put(merged)
    return entries


def _merged(
    names: Mapping[_Name, _Files], payloads: Mapping[ShardDigest, bytes], ecosystem: Ecosystem
) -> tuple[dict[bytes, bytes], dict[_Name, ManifestEntry]]:
    stored: dict[bytes, bytes] = {}
    entries: dict[_Name, ManifestEntry] = {}
    for (partition, name), listed in names.items():
        files = tuple(file for file in listed if file.shard in payloads)
        for file in listed:
            if file.shard not in payloads:
                _LOG.warning("upload_unreadable", partition=partition, filename=file.filename, shard=file.shard.hex())
        if not files:
            continue
        payload = ecosystem.merge([payloads[file.shard] for file in files])[0]
        shard = hashlib.sha256(payload).digest()
        stored[shard] = payload
        entries[partition, name] = ManifestEntry(
            tag=_tag(files),
            shard=shard,
            files=len(files),
            size_bytes=sum(file.size_bytes for file in files),
            seen=_seen(files),
            has_extras=True,
        )
    return stored, entries


def _tag(files: _Files) -> bytes:
    told = hashlib.sha256()
    for file in files:
        told.update(f"{file.filename}\0{file.at.date().toordinal()}\0".encode() + file.shard)
    return told.digest()


def _seen(files: _Files) -> Seen:
    days = {file.filename: file.at.date().toordinal() for file in files}
    first = min(days.values())
    return Seen(all=first, later={name: day for name, day in days.items() if day != first})


def _chunks(names: Mapping[_Name, _Files]) -> Iterable[dict[_Name, _Files]]:
    chunk: dict[_Name, _Files] = {}
    size = 0
    for name, files in names.items():
        chunk[name] = files
        size += len(files)
        if size >= _CHUNK_FILES:
            yield chunk
            chunk, size = {}, 0
    if chunk:
        yield chunk
