"""The audit trail and usage counts in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence

from libs.common.domain.history import HistoryEntry, HistoryFilter


class MemoryHistory:
    """Implements `ports.records.History`."""

    def __init__(self) -> None:
        self._entries: dict[str, HistoryEntry] = {}
        self._counted: set[tuple[str, str]] = set()
        self._downloads: Counter[str] = Counter()
        self._files: dict[str, Counter[str]] = {}

    async def add(self, entry: HistoryEntry) -> bool:
        """Store an entry; False where its id is there already."""
        is_new = entry.id not in self._entries
        self._entries.setdefault(entry.id, entry)
        return is_new

    async def list(self, wanted: HistoryFilter, *, offset: int, limit: int) -> tuple[int, Sequence[HistoryEntry]]:
        """Return how many entries are wanted, and a page of them, newest first."""
        entries = [entry for entry in self._entries.values() if wanted.keeps(entry)]
        newest_first = sorted(entries, key=lambda it: (it.created, it.id), reverse=True)
        return len(entries), newest_first[offset : offset + max(limit, 0)]

    async def count_downloads(self, event_id: str, channel_id: str, counts: Mapping[str, int]) -> bool:
        """Add to the downloads once per event; False where the event was counted before."""
        if (event_id, channel_id) in self._counted:
            return False
        self._counted.add((event_id, channel_id))
        self._downloads[channel_id] += sum(counts.values())
        self._files.setdefault(channel_id, Counter()).update(counts)
        return True

    async def downloads(self, channel_ids: Sequence[str]) -> Mapping[str, int]:
        """Return the downloads per channel; 0 where there were none."""
        return {channel_id: self._downloads[channel_id] for channel_id in channel_ids}

    async def file_downloads(self, channel_id: str) -> Mapping[str, int]:
        """Return the downloads of a channel's files by ckey, of those that were downloaded at all."""
        return {ckey: count for ckey, count in self._files.get(channel_id, Counter()).items() if count}
