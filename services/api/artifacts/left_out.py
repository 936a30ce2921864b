"""a channel -> the names that its mirrors' sources have and clients do not see, and what counts against them.

Made of catalogues alone: no record is read. What decided each file, and by which rule, `…/why` tells of one
name at a time.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import msgspec

from libs.common.deciding.filling_mirrors import filling_mirrors
from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CatalogueHead, decode_catalogue
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.domain.mirror import Mirror, MirrorType
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import CatalogueHeads, Mirrors
from services.api.artifacts.families import family_of
from services.api.artifacts.listed_packages import ListedPackages
from services.api.serving.recent import Recent

_NAMES = 1_500_000

NOT_STORED, NOT_PUBLISHED = "not_stored", "not_published"
"""What stands beside the reasons of rules: a store failed to take it; it is decided, and not published yet."""

Reasons = tuple[tuple[str, int], ...]
"""Files by reason (`scope.reason`), of many names the same object."""


class LeftOut(msgspec.Struct, frozen=True, gc=False):
    """A name that clients do not see, how many of its files count against which reason, and whose it is."""

    name: str
    type: MirrorType
    reasons: Reasons
    mirrors: tuple[str, ...]


class LeftOutNames:
    """Names by what decided on them and what is published; neither changes under its digest."""

    def __init__(
        self, *, heads: CatalogueHeads, mirrors: Mirrors, blobs: BlobStore, listed_packages: ListedPackages
    ) -> None:
        self._heads = heads
        self._mirrors = mirrors
        self._blobs = blobs
        self._listed_packages = listed_packages
        self._known: Recent[tuple[str, tuple[tuple[str, Sha256], ...]], tuple[LeftOut, ...]] = Recent(budget=_NAMES)

    async def of(self, channel: Channel) -> Sequence[LeftOut]:
        """Return the names that the channel does not show, sorted.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        heads = {head.mirror_id: head for head in await self._heads.of_channel(channel.id)}
        filling = await filling_mirrors(channel, heads=self._heads, mirrors=self._mirrors)
        decided = [(mirror, heads[mirror.id]) for mirror in filling if mirror.id in heads]
        revision_id = channel.published.revision_id if channel.published is not None else ""

        async def load() -> tuple[tuple[LeftOut, ...], int]:
            shown = {(one.type, one.name) for one in await self._listed_packages.of(channel)}
            catalogues = [(mirror, await self._catalogue(head)) for mirror, head in decided]
            names = await asyncio.to_thread(_left_out, catalogues, shown)
            return names, len(names) + 1

        return await self._known.get((revision_id, tuple((one.id, head.catalogue) for one, head in decided)), load)

    async def _catalogue(self, head: CatalogueHead) -> Catalogue:
        try:
            return await asyncio.to_thread(decode_catalogue, await read_all(self._blobs, head.catalogue))
        except NotFound as exc:
            raise StoreUnavailable("a catalogue is not in the blob store; run its mirror again") from exc


def _left_out(
    catalogues: Sequence[tuple[Mirror, Catalogue]], shown: AbstractSet[tuple[MirrorType, str]]
) -> tuple[LeftOut, ...]:
    found: dict[tuple[MirrorType, str], tuple[Reasons, tuple[str, ...]]] = {}
    reasons: dict[Reasons, Reasons] = {}
    mirrors: dict[tuple[str, ...], tuple[str, ...]] = {}
    for mirror, catalogue in catalogues:
        for part in catalogue.parts.values():
            for name, entry in part.entries.items():
                key = mirror.type, name
                against = () if key in shown else _against(entry)
                if not against:
                    continue
                before, whose = found.get(key, ((), ()))
                together = _added(before, against)
                whose = whose if mirror.id in whose else (*whose, mirror.id)
                found[key] = reasons.setdefault(together, together), mirrors.setdefault(whose, whose)
    names = (LeftOut(name, type_, *facts) for (type_, name), facts in found.items())
    return tuple(sorted(names, key=lambda it: (it.name, family_of(it.type))))


def _against(entry: CatalogueEntry) -> Reasons:
    """Return what counts against the files of a name in one partition, of which clients see none."""
    against = list(entry.excluded.items())
    if entry.missing:
        against.append((NOT_STORED, entry.missing))
    if entry.shard is not None:
        # A name that nobody read counts as one.
        against.append((NOT_PUBLISHED, max(entry.files, 1)))
    return tuple(sorted(against))


def _added(one: Reasons, other: Reasons) -> Reasons:
    return tuple(sorted((Counter(dict(one)) + Counter(dict(other))).items())) if one else other
