"""a page that is asked for, records of its name -> the page's bytes.

Rendered when somebody asks, from the records of all mirrors that bring the name, and kept for
the next who asks. A page is a function of these, of what is known to stand in its files, and
of the companions that it shows: all of them are in its key.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from libs.common.domain.digest import Digest, sha256_of
from libs.common.domain.errors import NotFound, UpstreamUnavailable
from libs.common.ecosystems.protocol import ArtifactRef
from libs.common.ecosystems.served import PagePath
from services.api.serving.companion_texts import CompanionTexts
from services.api.serving.extraction import Extraction, Known
from services.api.serving.hops import Asking
from services.api.serving.kept_names import Kept, KeptNames
from services.api.serving.located import PackageFile, Page
from services.api.serving.ports import ServedEcosystem
from services.api.serving.recent import Recent

_PAGES_BYTES = 128 * 1024 * 1024
_TEXTS_BYTES = 16 * 1024 * 1024
_PLANNED_FILES = 500_000
_ASIDE_BYTES = 32 * 1024
"""What takes longer than a millisecond to render is rendered off the event loop."""

_Sources = tuple[bytes, ...]


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is made of besides its records: files that may have been looked into, and texts."""

    looked_into: Mapping[str, Digest]
    texts: tuple[str, ...]


class Pages:
    """Renders pages."""

    def __init__(self, *, names: KeptNames, texts: CompanionTexts, extraction: Extraction) -> None:
        self._names = names
        self._texts = texts
        self._extraction = extraction
        self._plans: Recent[tuple[PagePath, _Sources], _Plan] = Recent(budget=_PLANNED_FILES)
        self._read_texts: Recent[Digest, bytes] = Recent(budget=_TEXTS_BYTES)
        self._pages: Recent[tuple[object, ...], Page | None] = Recent(budget=_PAGES_BYTES)

    async def render(
        self, ecosystem: ServedEcosystem, page: PagePath, sources: Sequence[Kept], *, asking: Asking
    ) -> Page | None:
        """Return a page; None where these records have none of this address.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        digests = tuple(kept.digest for kept in sources)
        plan = await self._plan(ecosystem, page, sources, digests)
        known = await self._extraction.known(plan.looked_into, key=(page.partition, digests))
        texts = await self._texts_of(ecosystem, page, sources, plan, asking=asking)
        key = (page, digests, frozenset(known.items()), frozenset(texts.items()))

        async def load() -> tuple[Page | None, int]:
            payload = await self._merged(ecosystem, sources)
            data = await _render(ecosystem, page, payload, known=known, texts=texts)
            if data is None:
                return None, 1
            return Page(sha256=sha256_of(data), data=data, content_type=page.content_type), len(data)

        return await self._pages.get(key, load)

    async def stop(self) -> None:
        """Give up what is being made."""
        await self._plans.stop()
        await self._read_texts.stop()
        await self._pages.stop()

    async def _plan(
        self, ecosystem: ServedEcosystem, page: PagePath, sources: Sequence[Kept], digests: _Sources
    ) -> _Plan:
        async def load() -> tuple[_Plan, int]:
            payload = await self._merged(ecosystem, sources)
            plan = await asyncio.to_thread(_plan_of, ecosystem, page, payload)
            return plan, len(plan.looked_into) + len(plan.texts) + 1

        return await self._plans.get((page, digests), load)

    async def _merged(self, ecosystem: ServedEcosystem, sources: Sequence[Kept]) -> bytes:
        payloads = [await self._names.payload(kept) for kept in sources]
        if len(payloads) == 1:
            return payloads[0]
        merged, _ = await asyncio.to_thread(ecosystem.merge, payloads)
        return merged

    async def _texts_of(
        self, ecosystem: ServedEcosystem, page: PagePath, sources: Sequence[Kept], plan: _Plan, *, asking: Asking
    ) -> Mapping[str, bytes]:
        """Return what companions of files say, as far as it can be had now."""
        texts: dict[str, bytes] = {}
        for filename in plan.texts:
            with suppress(NotFound, UpstreamUnavailable):
                texts[filename] = await self._text(ecosystem, page, sources, filename, asking=asking)
        return texts

    async def _text(
        self, ecosystem: ServedEcosystem, page: PagePath, sources: Sequence[Kept], filename: str, *, asking: Asking
    ) -> bytes:
        artifact, companion = await self._described(ecosystem, page, sources, filename)

        async def load() -> tuple[bytes, int]:
            if companion is not None:
                text = await self._texts.text_of(companion, asking=asking)
            else:
                of = artifact.expected.digest
                text = await self._extraction.text_of(filename, of=of, ecosystem=ecosystem)
            if text is None:
                raise NotFound("the file has no such companion")
            return text, len(text) + 1

        return await self._read_texts.get((companion.artifact if companion else artifact).expected.digest, load)

    async def _described(
        self, ecosystem: ServedEcosystem, page: PagePath, sources: Sequence[Kept], filename: str
    ) -> tuple[ArtifactRef, PackageFile | None]:
        """Find a package file, and its companion where the source serves one."""
        for kept in sources:
            files = await self._names.files(ecosystem, kept, partition=page.partition)
            artifact, companion = files.artifacts.get(filename), files.companions.get(ecosystem.inner_name(filename))
            if artifact is None:
                continue
            if companion is None:
                return artifact, None
            return artifact, PackageFile(artifact=companion, mirror=kept.mirror, files_url=kept.files_url)
        raise NotFound("there is no such file")


def _plan_of(ecosystem: ServedEcosystem, page: PagePath, payload: bytes) -> _Plan:
    return _Plan(
        looked_into=ecosystem.needs_extraction(payload, partition=page.partition),
        texts=ecosystem.page_needs(page, payload),
    )


async def _render(
    ecosystem: ServedEcosystem, page: PagePath, payload: bytes, *, known: Known, texts: Mapping[str, bytes]
) -> bytes | None:
    if len(payload) < _ASIDE_BYTES:
        return ecosystem.render_page(page, payload, extracted=known, texts=texts)
    return await asyncio.to_thread(ecosystem.render_page, page, payload, extracted=known, texts=texts)
