"""Next fire times in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime


class MemorySchedule:
    """Implements `ports.records.Schedule`."""

    def __init__(self) -> None:
        self._crons: dict[str, str] = {}
        self._times: dict[str, datetime] = {}

    async def plan(self, mirror_id: str, *, cron: str, at: datetime) -> bool:
        """Set when a mirror fires next; False where that is planned under this cron already."""
        if self._crons.get(mirror_id) == cron:
            return False
        self._crons[mirror_id] = cron
        self._times[mirror_id] = at
        return True

    async def due(self, now: datetime) -> Sequence[tuple[str, datetime]]:
        """Return (mirror id, fire time) of all that is due, the longest due first."""
        return sorted(((it, at) for it, at in self._times.items() if at <= now), key=lambda pair: pair[1])

    async def advance(self, mirror_id: str, *, fired: datetime, next_at: datetime) -> bool:
        """Move on from `fired`; False where another scheduler did already."""
        if self._times.get(mirror_id) != fired:
            return False
        self._times[mirror_id] = next_at
        return True

    async def next_of(self, mirror_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when these mirrors fire next."""
        return {mirror_id: self._times[mirror_id] for mirror_id in mirror_ids if mirror_id in self._times}

    async def drop(self, mirror_id: str) -> None:
        """Forget a mirror; a no-op where there is none."""
        self._crons.pop(mirror_id, None)
        self._times.pop(mirror_id, None)
