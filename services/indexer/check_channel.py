"""a channel -> what of its revision, catalogues and files is missing or damaged."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from libs.common.domain.catalogue import Catalogue, CatalogueHead, decode_catalogue
from libs.common.domain.channel import Channel
from libs.common.domain.digest import LISTED, Digest, Expected, Sha256, damaged_of
from libs.common.domain.errors import NotFound
from libs.common.domain.manifest import UNREAD, decode_manifest
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.revision import decode_contents
from libs.common.domain.upload import uploads_mirror_id
from libs.common.domain.verification import Fault, Part, Problem
from libs.common.ecosystems.protocol import ArtifactRef
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import read_all
from libs.common.ports.records import RenderedShards, Shards
from libs.common.runtime.together import together
from services.indexer.garbage_ports import GarbagePorts

_CHUNK_NAMES = 500
_FILES_AT_ONCE = 16


class ChannelCheck:
    """The check of one channel; `is_deep` reads every shard and package file, not only the files of the index."""

    def __init__(self, channel: Channel, *, is_deep: bool, ports: GarbagePorts) -> None:
        self.faults: list[Fault] = []
        self.checked: Counter[Part] = Counter()
        self._channel = channel
        self._is_deep = is_deep
        self._ports = ports

    async def check(self) -> Sequence[Fault]:
        """Look at everything that the channel stands on.

        Raises:
            StoreUnavailable: when a store does not answer.
        """
        for head in await self._ports.heads.of_channel(self._channel.id):
            await self._check_mirror(head)
        await self._check_uploads()
        await self._check_revision()
        return self.faults

    async def _check_revision(self) -> None:
        published = self._channel.published
        if published is None:
            return
        self.checked[Part.REVISION] += 1
        revision = await self._ports.revisions.get(published.revision_id)
        if revision is None:
            self._find(Part.REVISION, Problem.MISSING, published.revision_id, affects=f"revision {published.number}")
            return
        for path, file in sorted(revision.files.items()):
            await self._check_blob(Part.INDEX_FILE, file.sha256, affects=path)
        if not await self._check_blob(Part.CONTENTS, revision.contents, affects=f"revision {revision.number}"):
            return
        contents = await asyncio.to_thread(decode_contents, await read_all(self._ports.blobs, revision.contents))
        for partition, part in contents.parts.items():
            rendered = {entry.rendered: name for name, entry in part.entries.items() if entry.rendered is not None}
            await self._check_bytes(Part.RENDERED_SHARD, self._ports.rendered, rendered, partition)
            shards = {
                shard: name for name, entry in part.entries.items() for _, shard in entry.origins if shard != UNREAD
            }
            await self._check_bytes(Part.SHARD, self._ports.shards, shards, partition)

    async def _check_mirror(self, head: CatalogueHead) -> None:
        mirror_id = head.mirror_id
        affects = "the mirror's next run"
        has_manifest = await self._check_blob(Part.MANIFEST, head.manifest, affects=affects, mirror_id=mirror_id)
        if not await self._check_blob(Part.CATALOGUE, head.catalogue, affects="the mirror", mirror_id=mirror_id):
            return
        catalogue = await asyncio.to_thread(decode_catalogue, await read_all(self._ports.blobs, head.catalogue))
        source = await self._source(head) if has_manifest and catalogue.mode is MirrorMode.PASSIVE else None
        for partition, part in catalogue.parts.items():
            shards = {entry.shard: name for name, entry in part.entries.items() if entry.shard}
            if source is not None:
                unread = {name for name, entry in part.entries.items() if entry.shard == UNREAD}
                shards |= await self._read_on_request(mirror_id, source, partition, unread)
            await self._check_payloads(Part.SHARD, self._ports.shards, shards, partition, mirror_id=mirror_id)
            if catalogue.mode is MirrorMode.ACTIVE or self._is_deep:
                await self._check_files(catalogue, partition, shards)

    async def _check_uploads(self) -> None:
        """Look for what was read of each upload, and for its file also where no rule lets it in."""
        uploads = await self._ports.uploads.list(self._channel.id)
        known = await self._ports.shards.known([upload.shard for upload in uploads])
        listed = {(fault.part, fault.digest) for fault in self.faults}
        for start in range(0, len(uploads), _FILES_AT_ONCE):
            some = uploads[start : start + _FILES_AT_ONCE]
            blobs = await together(self._ports.blobs.find(Digest("sha256", upload.sha256)) for upload in some)
            for upload, blob in zip(some, blobs, strict=True):
                mirror_id = uploads_mirror_id(self._channel.id, upload.type)
                self.checked[Part.SHARD] += 1
                if upload.shard not in known:
                    self._find(Part.SHARD, Problem.MISSING, upload.shard.hex(), upload.ckey, mirror_id)
                digest = str(Digest("sha256", upload.sha256))
                if blob is None and (Part.ARTIFACT, digest) not in listed:
                    self.checked[Part.ARTIFACT] += 1
                    self._find(Part.ARTIFACT, Problem.MISSING, digest, upload.ckey, mirror_id)

    async def _source(self, head: CatalogueHead) -> str:
        manifest = await asyncio.to_thread(decode_manifest, await read_all(self._ports.blobs, head.manifest))
        return manifest.source_digest

    async def _read_on_request(
        self, mirror_id: str, source: str, partition: str, unread: Collection[str]
    ) -> Mapping[bytes, str]:
        pages = await self._ports.read_pages.names(mirror_id, source=source, partition=partition)
        return {page.shard: name for name, page in pages.items() if name in unread and page.shard is not None}

    async def _check_files(self, catalogue: Catalogue, partition: str, names: Mapping[bytes, str]) -> None:
        known = sorted(await self._ports.shards.known(list(names)))
        for start in range(0, len(known), _CHUNK_NAMES):
            chunk = known[start : start + _CHUNK_NAMES]
            payloads = await self._ports.shards.get(chunk)
            damaged = await asyncio.to_thread(damaged_of, payloads) | (set(chunk) - payloads.keys())
            for digest in sorted(damaged):
                affects = f"{partition}/{names[digest]}"
                self._find(Part.SHARD, Problem.DAMAGED, digest.hex(), affects, catalogue.mirror_id)
            whole = [payload for digest, payload in payloads.items() if digest not in damaged]
            artifacts = await asyncio.to_thread(_artifacts, whole, catalogue, partition)
            for first in range(0, len(artifacts), _FILES_AT_ONCE):
                await together(
                    self._check_file(artifact, catalogue) for artifact in artifacts[first : first + _FILES_AT_ONCE]
                )

    async def _check_file(self, artifact: ArtifactRef, catalogue: Catalogue) -> None:
        expected = artifact.expected
        blob = await self._ports.blobs.find(expected.digest)
        if blob is None:
            # A passive mirror's file comes when a client asks.
            if catalogue.mode is MirrorMode.ACTIVE:
                self.checked[Part.ARTIFACT] += 1
                self._find(Part.ARTIFACT, Problem.MISSING, str(expected.digest), artifact.ckey, catalogue.mirror_id)
            return
        self.checked[Part.ARTIFACT] += 1
        is_whole = expected.size_bytes in (None, blob.size_bytes)
        if is_whole and self._is_deep:
            # What first came in under a listed digest is the file, whatever its sha256.
            is_listed = expected.digest.algorithm == LISTED
            own = Expected(digest=Digest("sha256", blob.sha256)) if is_listed else expected
            is_whole = await self._problem_of(blob.sha256, own) is None
        if not is_whole:
            self._find(Part.ARTIFACT, Problem.DAMAGED, blob.sha256, artifact.ckey, catalogue.mirror_id)

    async def _check_blob(self, part: Part, sha256: Sha256, *, affects: str, mirror_id: str | None = None) -> bool:
        self.checked[part] += 1
        problem = await self._problem_of(sha256, Expected(digest=Digest("sha256", sha256)))
        if problem is not None:
            self._find(part, problem, sha256, affects, mirror_id)
        return problem is None

    async def _problem_of(self, sha256: Sha256, expected: Expected) -> Problem | None:
        digest = hashlib.new(expected.digest.algorithm, usedforsecurity=False)
        try:
            async for piece in self._ports.blobs.read(sha256):
                await asyncio.to_thread(digest.update, piece)
        except NotFound:
            return Problem.MISSING
        return None if digest.hexdigest() == expected.digest.hex else Problem.DAMAGED

    async def _check_payloads(
        self,
        part: Part,
        store: Shards | RenderedShards,
        names: Mapping[bytes, str],
        partition: str,
        *,
        mirror_id: str | None = None,
    ) -> None:
        self.checked[part] += len(names)
        for digest in sorted(names.keys() - await store.known(list(names))):
            self._find(part, Problem.MISSING, digest.hex(), f"{partition}/{names[digest]}", mirror_id)

    async def _check_bytes(
        self, part: Part, store: Shards | RenderedShards, names: Mapping[bytes, str], partition: str
    ) -> None:
        await self._check_payloads(part, store, names, partition)
        for digest in sorted(await store.damaged(list(names))) if self._is_deep else ():
            self._find(part, Problem.DAMAGED, digest.hex(), f"{partition}/{names[digest]}")

    def _find(self, part: Part, problem: Problem, digest: str, affects: str, mirror_id: str | None = None) -> None:
        self.faults.append(
            Fault(
                channel=self._channel.key,
                part=part,
                problem=problem,
                digest=digest,
                affects=affects,
                mirror_id=mirror_id,
            )
        )


def with_remedy(fault: Fault, remedy: str) -> Fault:
    """Say what was done about a fault, or what can be."""
    return msgspec.structs.replace(fault, remedy=remedy)


def _artifacts(payloads: Iterable[bytes], catalogue: Catalogue, partition: str) -> list[ArtifactRef]:
    ecosystem = ecosystem_of(catalogue.type)
    return [
        artifact
        for payload in payloads
        for artifacts in (
            ecosystem.artifacts(payload, partition=partition),
            ecosystem.companions(payload, partition=partition),
        )
        for artifact in artifacts
    ]
