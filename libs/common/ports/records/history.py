"""The audit trail, and how often files were downloaded."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from libs.common.domain.history import HistoryEntry, HistoryFilter


class History(Protocol):
    """The audit trail and usage counts. Written by the reporter."""

    async def add(self, entry: HistoryEntry) -> bool:
        """Store an entry; False where its id is there already."""

    async def list(self, wanted: HistoryFilter, *, offset: int, limit: int) -> tuple[int, Sequence[HistoryEntry]]:
        """Return how many entries are wanted, and a page of them, newest first."""

    async def count_downloads(self, event_id: str, channel_id: str, counts: Mapping[str, int]) -> bool:
        """Add to the downloads per ckey once per event; False where the event was counted before."""

    async def downloads(self, channel_ids: Sequence[str]) -> Mapping[str, int]:
        """Return the downloads per channel."""

    async def file_downloads(self, channel_id: str) -> Mapping[str, int]:
        """Return the downloads of a channel's files by ckey, of those that were downloaded at all."""
