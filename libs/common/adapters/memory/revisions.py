"""Revisions in memory."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from libs.common.domain.revision import Revision


class MemoryRevisions:
    """Implements `ports.records.Revisions`."""

    def __init__(self) -> None:
        self._revisions: dict[str, Revision] = {}

    async def add(self, revision: Revision) -> None:
        """Store a revision; a no-op where its id is there already."""
        self._revisions.setdefault(revision.id, revision)

    async def get(self, revision_id: str) -> Revision | None:
        """Return a revision."""
        return self._revisions.get(revision_id)

    async def list(self, channel_id: str, *, limit: int = 20) -> Sequence[Revision]:
        """Return a channel's revisions, newest first."""
        revisions = [it for it in self._revisions.values() if it.channel_id == channel_id]
        return sorted(revisions, key=lambda it: it.number, reverse=True)[: max(limit, 0)]

    async def supersede(self, channel_id: str, *, before: int, at: datetime) -> None:
        """Mark all revisions below number `before` as superseded, where they are not yet."""
        for revision in list(self._revisions.values()):
            if revision.channel_id == channel_id and revision.number < before and revision.superseded_at is None:
                self._revisions[revision.id] = msgspec.structs.replace(revision, superseded_at=at)

    async def channel_ids(self) -> Sequence[str]:
        """Return the ids of all channels that have revisions."""
        return sorted({revision.channel_id for revision in self._revisions.values()})

    async def delete(self, revision_ids: Sequence[str]) -> None:
        """Remove revisions."""
        for revision_id in revision_ids:
            self._revisions.pop(revision_id, None)
