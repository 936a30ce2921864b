"""What was read of single names in memory."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import NamedTuple

from libs.common.domain.read_page import ReadPage


class _Place(NamedTuple):
    mirror_id: str
    source: str
    partition: str


class MemoryReadPages:
    """Implements `ports.records.ReadPages`."""

    def __init__(self) -> None:
        self._pages: dict[_Place, dict[str, ReadPage]] = {}

    async def get(self, mirror_id: str, *, source: str, partition: str, name: str) -> ReadPage | None:
        """Return what was read of a name."""
        return self._pages.get(_Place(mirror_id, source, partition), {}).get(name)

    async def put(self, mirror_id: str, page: ReadPage, *, source: str, partition: str) -> ReadPage:
        """Keep what was read, unless another was faster; return what is kept."""
        return self._pages.setdefault(_Place(mirror_id, source, partition), {}).setdefault(page.name, page)

    async def names(self, mirror_id: str, *, source: str, partition: str) -> Mapping[str, ReadPage]:
        """Return all that was read of a source, by name."""
        return dict(self._pages.get(_Place(mirror_id, source, partition), {}))

    async def forget(self, mirror_id: str, *, source: str, partition: str, names: Collection[str]) -> None:
        """Forget what was read of names, which their source does not have any more."""
        pages = self._pages.get(_Place(mirror_id, source, partition), {})
        for name in names:
            pages.pop(name, None)

    async def forget_mirror(self, mirror_id: str) -> None:
        """Forget all that was read for a mirror, with which it goes."""
        self._pages = {place: pages for place, pages in self._pages.items() if place.mirror_id != mirror_id}

    async def shards(self) -> AsyncIterator[bytes]:
        """Yield the digests of all shards that are named here."""
        named = {page.shard for pages in self._pages.values() for page in pages.values() if page.shard is not None}
        for digest in sorted(named):
            yield digest
