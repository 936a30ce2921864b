"""a channel -> how often its files and packages were downloaded, at most some seconds old."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.served import ArtifactPath
from libs.common.ports.clock import Clock
from libs.common.ports.records import History
from services.api.serving.recent import Recent
from services.api.serving.served_packages import PackageKey

_KEPT_S = 5
_FILES = 500_000


class Downloaded(msgspec.Struct, frozen=True, kw_only=True):
    """Downloads by ckey, and by package."""

    files: Mapping[str, int]
    packages: Mapping[PackageKey, int]


class DownloadCounts:
    """Adds up downloads; whose file a path is its ecosystem knows without a look at the channel."""

    def __init__(self, *, history: History, ecosystems: Sequence[Ecosystem], clock: Clock) -> None:
        self._history = history
        self._ecosystems = tuple(ecosystems)
        self._clock = clock
        self._counts: Recent[tuple[str, int], Downloaded] = Recent(budget=_FILES)

    async def of(self, channel_id: str) -> Downloaded:
        """Return the downloads of a channel's files.

        Raises:
            StoreUnavailable: when the database does not answer.
        """

        async def load() -> tuple[Downloaded, int]:
            files = await self._history.file_downloads(channel_id)
            packages = await asyncio.to_thread(self._by_package, files)
            return Downloaded(files=files, packages=packages), len(files) + 1

        return await self._counts.get((channel_id, int(self._clock.now().timestamp()) // _KEPT_S), load)

    def _by_package(self, files: Mapping[str, int]) -> Mapping[PackageKey, int]:
        counts: Counter[PackageKey] = Counter()
        for ckey, count in files.items():
            for ecosystem in self._ecosystems:
                served = ecosystem.route(ckey)
                if isinstance(served, ArtifactPath):
                    counts[ecosystem.type, served.name] += count
                    break
        return counts
