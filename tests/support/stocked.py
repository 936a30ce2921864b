"""Mirrors that have run, made without a run: their sources' shards as they are, decided on by real rules."""

from collections.abc import Mapping
from typing import Any

from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CatalogueHead, CataloguePart, encode_catalogue
from libs.common.domain.digest import sha256_of
from libs.common.domain.evaluation import Evaluation, encode_evaluation
from libs.common.domain.manifest import UNREAD, Manifest, ManifestEntry, ManifestPart, encode_manifest
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Deciding, Glance
from libs.common.ecosystems.registry import ecosystem
from libs.common.ports.blobs import put_bytes
from tests.support.python_records import a_file
from tests.support.records import a_channel
from tests.support.world import World

SOURCE = "source"
"""`source_digest` of every manifest that is made here."""

Source = Mapping[str, Mapping[str, bytes]]
"""Partition -> package name -> shard; `UNREAD` where nobody read it."""


def a_known_file(filename: str, **said: Any) -> dict[str, Any]:
    """Return the record of a Python file whose source gives a digest."""
    return a_file(filename, hashes={"sha256": sha256_of(filename.encode())}, **said)


async def stock(world: World, mirror: Mirror, source: Source, *rules: Rule, number: int = 1) -> None:
    """Give a channel a mirror that has run: what its source has, and what the rules keep of it."""
    records = world.records
    if await records.channels.get(mirror.channel) is None:
        await records.channels.add(a_channel(mirror.channel))
    if await records.mirrors.get(mirror.id) is None:
        await records.mirrors.add(mirror)
    evaluation = Evaluation(rules=rules)
    deciding = ecosystem(mirror.type).compile(evaluation)
    manifest = Manifest(source_digest=SOURCE, parts={})
    parts: dict[str, CataloguePart] = {}
    for partition, names in source.items():
        entries: dict[str, ManifestEntry] = {}
        kept: dict[str, CatalogueEntry] = {}
        for name, payload in names.items():
            shard = await _put(world, payload)
            entries[name] = ManifestEntry(tag=shard, shard=shard)
            kept[name] = await _decide(world, deciding, payload, partition=partition, name=name)
        manifest.parts[partition] = ManifestPart(form="test", files_url="", entries=entries)
        parts[partition] = CataloguePart(files_url="", entries=kept)
    decided = (await put_bytes(world.blobs, encode_evaluation(evaluation))).sha256
    catalogue = Catalogue(mirror_id=mirror.id, type=mirror.type, mode=mirror.mode, rules=decided, parts=parts)
    head = CatalogueHead(
        mirror_id=mirror.id,
        channel_id=mirror.channel_id,
        catalogue=(await put_bytes(world.blobs, encode_catalogue(catalogue))).sha256,
        manifest=(await put_bytes(world.blobs, encode_manifest(manifest))).sha256,
        evaluation=decided,
        run_id=f"run-{number}",
        run_number=number,
    )
    assert await records.catalogue_heads.move(head)


async def _decide(world: World, deciding: Deciding, payload: bytes, *, partition: str, name: str) -> CatalogueEntry:
    if payload == UNREAD:
        glanced = deciding.glance(name, partition=partition)
        if glanced.verdict is Glance.DROP:
            return CatalogueEntry(tag=b"", shard=None, files=0, size_bytes=0, excluded={glanced.reason or "": 1})
        return CatalogueEntry(tag=b"", shard=UNREAD, files=0, size_bytes=0)
    decided = deciding.decide(payload, partition=partition, name=name)
    shard = await _put(world, decided.payload) if decided.payload is not None else None
    return CatalogueEntry(
        tag=b"", shard=shard, files=decided.files, size_bytes=decided.size_bytes, excluded=dict(decided.excluded)
    )


async def _put(world: World, payload: bytes) -> bytes:
    """Store a shard, and return its digest."""
    if payload == UNREAD:
        return UNREAD
    digest = bytes.fromhex(sha256_of(payload))
    await world.records.shards.put({digest: payload})
    return digest
