"""When mirrors fire next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol


class Schedule(Protocol):
    """Next fire times. Written by the scheduler."""

    async def plan(self, mirror_id: str, *, cron: str, at: datetime) -> bool:
        """Set when a mirror fires next; False where that is planned under this cron already."""

    async def due(self, now: datetime) -> Sequence[tuple[str, datetime]]:
        """Return (mirror id, fire time) of all that is due."""

    async def advance(self, mirror_id: str, *, fired: datetime, next_at: datetime) -> bool:
        """Move on from `fired`; False where another scheduler did already."""

    async def next_of(self, mirror_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when these mirrors fire next."""

    async def drop(self, mirror_id: str) -> None:
        """Forget a mirror; a no-op where there is none."""
