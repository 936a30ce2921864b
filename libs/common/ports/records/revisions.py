"""What was published of channels."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from libs.common.domain.revision import Revision


class Revisions(Protocol):
    """Published revisions. Written by the indexer."""

    async def add(self, revision: Revision) -> None:
        """Store a revision; a no-op where its id is there already."""

    async def get(self, revision_id: str) -> Revision | None:
        """Return a revision."""

    async def list(self, channel_id: str, *, limit: int = 20) -> Sequence[Revision]:
        """Return a channel's revisions, newest first."""

    async def supersede(self, channel_id: str, *, before: int, at: datetime) -> None:
        """Mark all revisions below number `before` as superseded, where they are not yet."""

    async def channel_ids(self) -> Sequence[str]:
        """Return the ids of all channels that have revisions, also of those that are gone."""

    async def delete(self, revision_ids: Sequence[str]) -> None:
        """Remove revisions."""
