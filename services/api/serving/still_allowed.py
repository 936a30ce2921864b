"""Whether what an older revision shows may still be served.

Rules of this file:
1. The mirror that brought it must be in the current revision, under the same rules.
2. Of a name of which these rules leave out a file now, nothing older is served: its record may
   have changed since, so that the rules leave it out that let it in before.
3. Where that can't be told, it is not served.
"""

import asyncio
from functools import partial

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound
from libs.common.domain.revision import Revision, RevisionMirror
from libs.common.ports.blobs import BlobStore, read_all
from services.api.serving.recent import Recent

_NAMES = 200_000

_Excluding = dict[str, frozenset[str]]
"""Partition -> names of which the rules leave out a file."""


class StillAllowed:
    """Looks into the catalogues of current revisions."""

    def __init__(self, *, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._excluding: Recent[str, _Excluding] = Recent(budget=_NAMES)

    async def holds(self, mirror: RevisionMirror, current: Revision, *, partition: str, name: str) -> bool:
        """Tell whether what `mirror` brought of a name to an older revision may be served beside the current one.

        Raises:
            StoreUnavailable: when the blob store does not answer.
        """
        now = next((one for one in current.mirrors if one.mirror_id == mirror.mirror_id), None)
        if now is None or now.rules != mirror.rules:
            return False
        try:
            excluding = await self._excluding.get(now.catalogue, partial(self._load, now.catalogue))
        except NotFound:
            return False
        return name not in excluding.get(partition, frozenset())

    async def _load(self, catalogue: Sha256) -> tuple[_Excluding, int]:
        data = await read_all(self._blobs, catalogue)
        excluding = await asyncio.to_thread(_read, data)
        return excluding, sum(map(len, excluding.values())) + 1


class _Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first fields of `catalogue.CatalogueEntry`."""

    tag: bytes
    shard: bytes | None
    files: int
    size_bytes: int
    excluded: dict[str, int] = {}


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    entries: dict[str, _Entry] = {}


class _Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    parts: dict[str, _Part] = {}


def _read(data: bytes) -> _Excluding:
    parts = msgspec.msgpack.decode(data, type=_Catalogue).parts
    return {
        partition: frozenset(name for name, entry in part.entries.items() if entry.excluded)
        for partition, part in parts.items()
    }
