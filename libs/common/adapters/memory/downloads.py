"""Downloads in memory; nothing is thrown away."""

from collections.abc import AsyncIterator, Sequence

from libs.common.domain.download import Download, DownloadFilter


class MemoryDownloads:
    """Implements `ports.downloads.Downloads`."""

    def __init__(self) -> None:
        self._downloads: dict[str, Download] = {}

    async def add(self, downloads: Sequence[Download]) -> None:
        """Store downloads; those that are there already stay as they are."""
        self._downloads = {**{one.id: one for one in downloads}, **self._downloads}

    async def find(self, wanted: DownloadFilter) -> AsyncIterator[Download]:
        """Yield what is wanted, oldest first."""
        for download in sorted(self._downloads.values(), key=lambda it: (it.at, it.id)):
            if wanted.keeps(download):
                yield download
