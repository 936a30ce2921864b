"""(revision, packages) -> what their records tell of each as a whole; kept, for neither changes.

A package of thousands of files takes a tenth of a second to sum up, and stands on the same page for everybody.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.domain.revision import Revision
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from services.api.artifacts.listed_packages import ListedPackage, newest_of
from services.api.serving.recent import Load, Recent
from services.api.serving.served_packages import PackageKey, ServedPackages

_BYTES = 32 * 1024 * 1024
_OVERHEAD_BYTES = 1024


class ToldPackage(msgspec.Struct, frozen=True, kw_only=True):
    """What the wire calls the metadata of a package, and when its newest file was made, in milliseconds."""

    metadata: Mapping[str, object] = {}
    newest_ms: int | None = None


NOTHING_TOLD = ToldPackage()
"""Of a name that nobody read."""


class ToldPackages:
    """Reads the records of packages, those of a page at once."""

    def __init__(self, packages: ServedPackages) -> None:
        self._packages = packages
        self._told: Recent[tuple[str, PackageKey], ToldPackage] = Recent(budget=_BYTES)

    async def of(self, revision: Revision, packages: Sequence[ListedPackage]) -> Mapping[PackageKey, ToldPackage]:
        """Return what is told of some packages of a revision.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        wanted = {(one.type, one.name): one for one in packages}
        fresh = {key: one for key, one in wanted.items() if (revision.id, key) not in self._told}
        records = await self._packages.read(revision, fresh) if fresh else {}
        told = await asyncio.to_thread(lambda: {key: _tell(one, records.get(key, {})) for key, one in fresh.items()})
        return {key: await self._told.get((revision.id, key), _loader(told.get(key, NOTHING_TOLD))) for key in wanted}


def _tell(one: ListedPackage, parts: Mapping[str, tuple[bytes, ...]]) -> ToldPackage:
    if not parts:
        return NOTHING_TOLD
    ecosystem = ecosystem_of(one.type)
    merged = {
        partition: payloads[0] if len(payloads) == 1 else ecosystem.merge(payloads)[0]
        for partition, payloads in parts.items()
    }
    newest_ms = one.newest_ms if one.newest_ms is not None else newest_of(one.type, parts)
    return ToldPackage(metadata=ecosystem.package_metadata(merged), newest_ms=newest_ms)


def _loader(told: ToldPackage) -> Load[ToldPackage]:
    async def load() -> tuple[ToldPackage, int]:
        return told, _OVERHEAD_BYTES + len(msgspec.json.encode(told.metadata))

    return load
