"""a name that a revision only lists -> its records, as the revision's own rules leave them.

The name is read from its source when it is first asked for (`source_pages.py`); the rules are
those that the revision was made by, so that it shows the same as if a run had read the name.
"""

import asyncio
from collections.abc import Collection, Mapping

import msgspec

from libs.common.domain.advisory import AdvisoryBook
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.domain.evaluation import Evaluation, Seen, decode_evaluation
from libs.common.domain.manifest import ShardDigest
from libs.common.domain.revision import RevisionMirror
from libs.common.ecosystems.protocol import Deciding, Glance
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import Shards
from services.api.serving.companion_texts import CompanionTexts
from services.api.serving.hops import Asking
from services.api.serving.located import PackageFile
from services.api.serving.ports import ServedEcosystem
from services.api.serving.recent import Recent
from services.api.serving.source_pages import SourcePages

_KEPT_BYTES = 64 * 1024 * 1024
_EVALUATIONS = 4
_TEXTS_AT_ONCE = 8
_LITTLE = 100
"""What an entry weighs besides its payload."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A name that a mirror brings into a revision: its shard, and where the partition's files lie."""

    asking: Asking
    mirror: RevisionMirror
    files_url: str
    partition: str
    name: str
    shard: ShardDigest


class _Compiled(msgspec.Struct, frozen=True, kw_only=True):
    evaluation: Evaluation
    deciding: Deciding


class UnreadNames:
    """Reads and decides on names, each once for a catalogue and its rules."""

    def __init__(self, *, pages: SourcePages, texts: CompanionTexts, shards: Shards, blobs: BlobStore) -> None:
        self._pages = pages
        self._texts = texts
        self._shards = shards
        self._blobs = blobs
        self._kept: Recent[tuple[str | int, ...], bytes | None] = Recent(budget=_KEPT_BYTES)
        self._compiled: Recent[tuple[str, str], _Compiled] = Recent(budget=_EVALUATIONS)

    async def kept(self, listed: Listed, ecosystem: ServedEcosystem) -> bytes | None:
        """Return the payload that the rules leave; None where they leave nothing, or the source has nothing.

        Raises:
            UpstreamUnavailable: when the source can't be had now.
            UpstreamRefused: when it gives nothing.
            UnreadableIndex: when what it gives can't be understood.
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        mirror = listed.mirror
        key = (mirror.mirror_id, mirror.catalogue, mirror.rules, listed.partition, listed.name, listed.asking.hops)

        async def load() -> tuple[bytes | None, int]:
            payload = await self._load(listed, ecosystem)
            return payload, _LITTLE + len(payload or b"")

        try:
            return await self._kept.get(key, load)
        except NotFound:
            return None

    async def stop(self) -> None:
        """Give up what is being read."""
        await self._kept.stop()
        await self._compiled.stop()

    async def _load(self, listed: Listed, ecosystem: ServedEcosystem) -> bytes | None:
        compiled = await self._compile(listed.mirror.rules, ecosystem)
        verdict = compiled.deciding.glance(listed.name, partition=listed.partition).verdict
        if verdict is Glance.DROP:
            return None
        page = await self._pages.read(
            listed.mirror.mirror_id,
            ecosystem=ecosystem,
            partition=listed.partition,
            name=listed.name,
            hops=listed.asking.hops,
        )
        if page.shard is None:
            return None
        payload = (await self._shards.get((page.shard,))).get(page.shard)
        if payload is None:
            raise StoreUnavailable("the shard of a name that was read is not in the database")
        if verdict is Glance.LOOK:
            payload = await self._with_extras(payload, listed, compiled.evaluation, ecosystem)
        decided = await asyncio.to_thread(
            compiled.deciding.decide,
            payload,
            partition=listed.partition,
            name=listed.name,
            seen=Seen(all=page.read_at.date().toordinal()),
        )
        return decided.payload

    async def _with_extras(
        self, payload: bytes, listed: Listed, evaluation: Evaluation, ecosystem: ServedEcosystem
    ) -> bytes:
        extras = await asyncio.to_thread(ecosystem.extras, payload, partition=listed.partition, rules=evaluation.rules)
        if not extras:
            return payload
        files = [PackageFile(artifact=ref, mirror=listed.mirror, files_url=listed.files_url) for ref in extras]
        inside = await asyncio.to_thread(ecosystem.needs_extraction, payload, partition=listed.partition)
        texts = await self._read(files, inside, asking=listed.asking, ecosystem=ecosystem)
        return await asyncio.to_thread(ecosystem.with_extras, payload, texts)

    async def _read(
        self, files: list[PackageFile], inside: Collection[str], *, asking: Asking, ecosystem: ServedEcosystem
    ) -> Mapping[str, bytes]:
        at_once = asyncio.Semaphore(_TEXTS_AT_ONCE)

        async def read(file: PackageFile) -> bytes | None:
            async with at_once:
                if file.artifact.filename in inside:
                    return await self._texts.text_inside(file, asking=asking, ecosystem=ecosystem)
                return await self._texts.text_of(file, asking=asking)

        texts = await asyncio.gather(*map(read, files))
        return {file.artifact.filename: text for file, text in zip(files, texts, strict=True) if text is not None}

    async def _compile(self, rules: Sha256, ecosystem: ServedEcosystem) -> _Compiled:
        async def load() -> tuple[_Compiled, int]:
            try:
                evaluation = decode_evaluation(await read_all(self._blobs, rules))
                book = None
                if evaluation.advisories is not None:
                    book = AdvisoryBook.decode(await read_all(self._blobs, evaluation.advisories))
            except NotFound as exc:
                raise StoreUnavailable("the rules of a published revision are not in the blob store") from exc
            deciding = await asyncio.to_thread(ecosystem.compile, evaluation, book=book)
            return _Compiled(evaluation=evaluation, deciding=deciding), 1

        return await self._compiled.get((ecosystem.type, rules), load)
