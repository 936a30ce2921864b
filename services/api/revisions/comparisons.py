"""two revisions -> what differs between them, computed when it is asked for and remembered for a while.

What stands behind a large channel's names takes some hundred MB while it is compared: one pair at a
time is, and of it only what differs is kept.
"""

import asyncio

import msgspec

from libs.common.deciding.compare_revisions import FilesChanged, RevisionComparison
from libs.common.domain.compare_contents import (
    ChangedPackage,
    ListedEntry,
    Names,
    PackageChange,
    compare_names,
)
from libs.common.domain.errors import NotFound, NotKept
from libs.common.domain.revision import PackagesChanged, Revision
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import Shards
from services.api.serving.recent import Recent

_PACKAGES = 300_000
_SUMS = 500
_Pair = tuple[str | None, str]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    entries: dict[str, ListedEntry]


class _Contents(msgspec.Struct, frozen=True, kw_only=True):
    parts: dict[str, _Part] = {}


class RevisionComparisons:
    """Compares revisions, which never change; `before` is None for what came of nothing."""

    def __init__(self, *, shards: Shards, blobs: BlobStore) -> None:
        self._shards = shards
        self._blobs = blobs
        self._packages: Recent[_Pair, tuple[ChangedPackage, ...]] = Recent(budget=_PACKAGES)
        self._sums: Recent[_Pair, FilesChanged] = Recent(budget=_SUMS)
        self._one_at_a_time = asyncio.Semaphore(1)

    async def compare(self, before: Revision | None, after: Revision) -> RevisionComparison:
        """Return the packages that differ, and what reads their files.

        Raises:
            NotKept: when what stands behind the names of one of them is lost.
            StoreUnavailable: when the blob store does not answer.
        """

        async def load() -> tuple[tuple[ChangedPackage, ...], int]:
            async with self._one_at_a_time:
                old = await self._names(before) if before is not None else Names()
                new = await self._names(after)
                packages = await asyncio.to_thread(compare_names, old, new)
            return packages, len(packages) + 1

        return RevisionComparison(await self._packages.get(_pair(before, after), load), shards=self._shards)

    async def count(self, before: Revision | None, after: Revision) -> PackagesChanged:
        """Count the packages that differ.

        Raises:
            NotKept, StoreUnavailable: as `compare`.
        """
        changes = [package.change for package in (await self.compare(before, after)).packages]
        return PackagesChanged(
            added=changes.count(PackageChange.ADDED),
            removed=changes.count(PackageChange.REMOVED),
            changed=changes.count(PackageChange.CHANGED),
        )

    async def sum_up(self, before: Revision | None, after: Revision) -> FilesChanged:
        """Count the files that differ.

        Raises:
            NotKept: when records are no longer kept.
            StoreUnavailable: when a store does not answer.
        """

        async def load() -> tuple[FilesChanged, int]:
            return await (await self.compare(before, after)).sum_up(), 1

        return await self._sums.get(_pair(before, after), load)

    async def _names(self, revision: Revision) -> Names:
        try:
            data = await read_all(self._blobs, revision.contents)
        except NotFound as exc:
            raise NotKept(f"what revision {revision.number} lists is no longer kept; compare newer ones") from exc
        contents = await asyncio.to_thread(msgspec.msgpack.decode, data, type=_Contents)
        parts = {partition: part.entries for partition, part in contents.parts.items()}
        return Names(mirrors=revision.mirrors, parts=parts)


def _pair(before: Revision | None, after: Revision) -> _Pair:
    return (before.id if before is not None else None, after.id)
