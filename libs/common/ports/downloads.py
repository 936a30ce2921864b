"""Who downloaded what, for a year and a month."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from libs.common.domain.download import Download, DownloadFilter


class Downloads(Protocol):
    """Downloads, thrown away when they are too old for any report. Written by the reporter.

    All methods raise StoreUnavailable when the database does not answer.
    """

    async def add(self, downloads: Sequence[Download]) -> None:
        """Store downloads; those that are there already stay as they are."""

    def find(self, wanted: DownloadFilter) -> AsyncIterator[Download]:
        """Yield what is wanted, oldest first."""
