"""a channel -> the names of its packages, which page through any number of them without reading a shard."""

import asyncio
from collections.abc import Sequence

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import Revision
from services.api.artifacts.families import family_of
from services.api.serving.contents import ServedContents
from services.api.serving.recent import Recent
from services.api.serving.served_packages import ServedPackages

_NAMES = 1_500_000


class ListedPackage(msgspec.Struct, frozen=True, gc=False):
    """A package, the partitions that it is in, and how many files it has there."""

    name: str
    type: MirrorType
    partitions: tuple[str, ...]
    files: int


class ListedPackages:
    """Names by revision, which never change; those of many channels are kept."""

    def __init__(self, packages: ServedPackages) -> None:
        self._packages = packages
        self._listed: Recent[str, tuple[ListedPackage, ...]] = Recent(budget=_NAMES)

    async def of(self, channel: Channel) -> Sequence[ListedPackage]:
        """Return the packages that clients see, by name and family.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        revision = await self._packages.current(channel)
        if revision is None:
            return ()

        async def load() -> tuple[tuple[ListedPackage, ...], int]:
            contents = await self._packages.contents(revision)
            listed = await asyncio.to_thread(_list_names, revision, contents)
            return listed, len(listed) + 1

        return await self._listed.get(revision.id, load)


def _list_names(revision: Revision, contents: ServedContents) -> tuple[ListedPackage, ...]:
    found: dict[tuple[str, MirrorType], tuple[tuple[str, ...], int]] = {}
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    types = [mirror.type for mirror in revision.mirrors]
    for partition, part in sorted(contents.parts.items()):
        for name, entry in part.entries.items():
            key = name, types[entry.origins[0][0]]
            before, files = found.get(key, ((), 0))
            partitions = (*before, partition)
            found[key] = shared.setdefault(partitions, partitions), files + entry.files
    listed = (ListedPackage(name, type_, *facts) for (name, type_), facts in found.items())
    return tuple(sorted(listed, key=lambda it: (it.name, family_of(it.type))))
