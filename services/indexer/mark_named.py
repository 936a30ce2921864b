"""roots -> every blob, shard and rendered shard that they name, over all steps."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
import structlog

from libs.common.domain.catalogue import Catalogue, CatalogueHead, decode_catalogue
from libs.common.domain.cve import BookHead
from libs.common.domain.digest import Digest, Sha256
from libs.common.domain.errors import NotFound
from libs.common.domain.evaluation import decode_evaluation
from libs.common.domain.manifest import UNREAD, decode_manifest
from libs.common.domain.mirror import MirrorType
from libs.common.domain.read_page import ReadPage
from libs.common.domain.revision import ContentsPart, Revision, decode_contents
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import read_all
from services.indexer.find_roots import Roots
from services.indexer.garbage_ports import GarbagePorts
from services.indexer.marks import Marks

T = TypeVar("T")

_LOG = structlog.get_logger()
_CHUNK_NAMES = 500


class _KeptShard(msgspec.Struct, frozen=True):
    """A shard whose files are needed; `is_needed` where a sweep may not go on without knowing them."""

    type: MirrorType
    partition: str
    is_needed: bool


class NamedThings:
    """What is named, by what it is."""

    def __init__(self, ports: GarbagePorts) -> None:
        self.blobs = Marks()
        self.shards = Marks()
        self.rendered = Marks()
        self._ports = ports
        self._kept: dict[bytes, _KeptShard] = {}
        self._followed: set[str] = set()
        self._sources: dict[str, str] = {}
        self._pages: dict[tuple[str, str], Mapping[str, ReadPage]] = {}

    async def mark(self, roots: Roots) -> None:
        """Follow the roots to all that they name.

        Raises:
            NotFound: when something is missing that names other things: these can't be known.
            StoreUnavailable: when a store does not answer.
        """
        for report in await self._ports.kept_reports.blobs():
            self.blobs.add_hex(report)
        async for shard in self._ports.read_pages.shards():
            self.shards.add(shard)
        for head in roots.heads:
            await self._mark_catalogue(head)
        for decisions in roots.decisions():
            await self._mark_decisions(*decisions)
        if roots.book is not None:
            self._mark_book(roots.book)
        for revision in roots.revisions:
            await self._mark_revision(revision, is_needed=revision.id in roots.published)
        for upload in roots.uploads:
            # Whether a policy lists it or not: another one may let it in.
            self.blobs.add_hex(upload.sha256)
            self._keep(upload.shard, upload.type, upload.partition, is_needed=False)
        for attachment in roots.attachments:
            self.blobs.add_hex(attachment.sha256)
        await self._mark_files(list(self._kept))

    async def mark_more(self, revisions: Sequence[Revision]) -> None:
        """Follow revisions that came after the roots were read.

        Raises:
            StoreUnavailable: when a store does not answer.
        """
        known = frozenset(self._kept)
        for revision in revisions:
            await self._mark_revision(revision, is_needed=False)
        await self._mark_files([digest for digest in self._kept if digest not in known])

    async def _mark_files(self, digests: Sequence[bytes]) -> None:
        for start in range(0, len(digests), _CHUNK_NAMES):
            await self._mark_artifacts(digests[start : start + _CHUNK_NAMES])

    async def _mark_catalogue(self, head: CatalogueHead) -> None:
        self.blobs.add_hex(head.catalogue)
        catalogue = await asyncio.to_thread(decode_catalogue, await read_all(self._ports.blobs, head.catalogue))
        for partition, part in catalogue.parts.items():
            for entry in part.entries.values():
                if entry.shard:
                    self._keep(entry.shard, catalogue.type, partition, is_needed=True)
        if head.evaluation is not None:
            await self._mark_evaluation(head.evaluation)
        await self._mark_manifest(head.manifest)
        await self._mark_read_pages(head, catalogue)

    async def _mark_read_pages(self, head: CatalogueHead, catalogue: Catalogue) -> None:
        """Keep the files of what was read on request, as long as a catalogue or revision has the name unread."""
        source = self._sources.get(head.manifest)
        if source is None:
            return
        for partition, part in catalogue.parts.items():
            pages = await self._ports.read_pages.names(head.mirror_id, source=source, partition=partition)
            self._pages[head.mirror_id, partition] = pages
            for name, page in pages.items():
                entry = part.entries.get(name)
                if entry is not None and entry.shard == UNREAD and page.shard is not None:
                    self._keep(page.shard, catalogue.type, partition, is_needed=False)

    async def _mark_decisions(self, manifest: str, evaluation: str, catalogue_digest: str | None) -> None:
        """Follow what decisions of a run or preview are computed from; they need no package files."""
        await self._mark_evaluation(evaluation)
        await self._mark_manifest(manifest)
        if catalogue_digest is None:
            return
        self.blobs.add_hex(catalogue_digest)
        catalogue = await self._follow(catalogue_digest, decode_catalogue)
        if catalogue is not None:
            for part in catalogue.parts.values():
                for entry in part.entries.values():
                    if entry.shard:
                        self.shards.add(entry.shard)

    async def _mark_manifest(self, sha256: str) -> None:
        self.blobs.add_hex(sha256)
        manifest = await self._follow(sha256, decode_manifest)
        if manifest is not None:
            self._sources[sha256] = manifest.source_digest
            for part in manifest.parts.values():
                for entry in part.entries.values():
                    if entry.shard != UNREAD:
                        self.shards.add(entry.shard)
                for side in part.side_files.values():
                    if side.digest:
                        self.shards.add(side.digest)

    async def _mark_evaluation(self, sha256: str) -> None:
        self.blobs.add_hex(sha256)
        evaluation = await self._follow(sha256, decode_evaluation)
        if evaluation is not None and evaluation.advisories is not None:
            self.blobs.add_hex(evaluation.advisories)

    def _mark_book(self, book: BookHead) -> None:
        for blob in book.blobs():
            self.blobs.add_hex(blob)

    async def _follow(self, sha256: str, decode: Callable[[bytes], T]) -> T | None:
        """Read something once that names other things; None where it was followed before, or is lost."""
        if sha256 in self._followed:
            return None
        self._followed.add(sha256)
        try:
            return await asyncio.to_thread(decode, await read_all(self._ports.blobs, Sha256(sha256)))
        except NotFound:
            # The mirror's next run makes it again, and stores what it names again.
            _LOG.warning("not_followed", sha256=sha256)
            return None

    async def _mark_revision(self, revision: Revision, *, is_needed: bool) -> None:
        self.blobs.add_hex(revision.contents)
        for file in revision.files.values():
            self.blobs.add_hex(file.sha256)
        try:
            contents = await asyncio.to_thread(decode_contents, await read_all(self._ports.blobs, revision.contents))
        except NotFound:
            if is_needed:
                raise
            _LOG.warning("contents_lost", revision_id=revision.id)
            return
        unread: set[int] = set()
        for partition, part in contents.parts.items():
            for entry in part.entries.values():
                if entry.rendered is not None:
                    self.rendered.add(entry.rendered)
                for place, shard in entry.origins:
                    if shard != UNREAD:
                        self._keep(shard, revision.mirrors[place].type, partition, is_needed=is_needed)
                    else:
                        unread.add(place)
            self._mark_pages_of(revision, partition, part)
        for place in sorted(unread):
            # A client that asks for such a name gets what the revision's own rules leave of it.
            await self._mark_evaluation(revision.mirrors[place].rules)

    def _mark_pages_of(self, revision: Revision, partition: str, part: ContentsPart) -> None:
        for place, mirror in enumerate(revision.mirrors):
            for name, page in self._pages.get((mirror.mirror_id, partition), {}).items():
                entry = part.entries.get(name)
                if entry is not None and (place, UNREAD) in entry.origins and page.shard is not None:
                    self._keep(page.shard, mirror.type, partition, is_needed=False)

    def _keep(self, shard: bytes, type_: MirrorType, partition: str, *, is_needed: bool) -> None:
        known = self._kept.get(shard)
        if known is None or (is_needed and not known.is_needed):
            self.shards.add(shard)
            self._kept[shard] = _KeptShard(type_, partition, is_needed)

    async def _mark_artifacts(self, digests: Sequence[bytes]) -> None:
        payloads = await self._ports.shards.get(digests)
        lost = [digest for digest in digests if digest not in payloads and self._kept[digest].is_needed]
        if lost:
            raise NotFound(f"shard {lost[0].hex()} is missing")
        for expected in await asyncio.to_thread(self._files_of, payloads):
            if expected.algorithm == "sha256":
                self.blobs.add_hex(expected.hex)
                continue
            blob = await self._ports.blobs.find(expected)
            if blob is not None:
                self.blobs.add_hex(blob.sha256)

    def _files_of(self, payloads: Mapping[bytes, bytes]) -> list[Digest]:
        found: list[Digest] = []
        for digest, payload in payloads.items():
            kept = self._kept[digest]
            ecosystem = ecosystem_of(kept.type)
            found += [file.expected.digest for file in ecosystem.artifacts(payload, partition=kept.partition)]
            found += [file.expected.digest for file in ecosystem.companions(payload, partition=kept.partition)]
        return found
