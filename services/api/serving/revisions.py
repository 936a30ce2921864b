"""Revisions and what stands behind their names, kept in memory: they never change."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from libs.common.domain.channel import Channel
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.domain.revision import Revision
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.clock import Clock
from libs.common.ports.records import Revisions
from services.api.serving.contents import ServedContents, read_contents, room_of
from services.api.serving.recent import Recent

_REVISIONS = 64
_CONTENTS_BYTES = 256 * 1024 * 1024
_OLDER_REVISIONS = 50


class ReadRevisions:
    """Reads revisions, each once."""

    def __init__(self, *, revisions: Revisions, blobs: BlobStore, clock: Clock) -> None:
        self._stored = revisions
        self._blobs = blobs
        self._clock = clock
        self._revisions: Recent[str, Revision] = Recent(budget=_REVISIONS)
        self._contents: Recent[str, ServedContents] = Recent(budget=_CONTENTS_BYTES)

    async def current(self, channel: Channel) -> Revision | None:
        """Return what a channel shows; None before it was published.

        Raises:
            StoreUnavailable: when the database does not answer, or lost it.
        """
        if channel.published is None:
            return None
        revision_id = channel.published.revision_id

        async def load() -> tuple[Revision, int]:
            revision = await self._stored.get(revision_id)
            if revision is None:
                raise StoreUnavailable("the channel's published revision is not in the database")
            return revision, 1

        return await self._revisions.get(revision_id, load)

    async def older(self, revision: Revision, age: timedelta) -> AsyncIterator[Revision]:
        """Yield the revisions before this one that were current within `age`, newest first."""
        earliest = self._clock.now() - age
        for older in await self._stored.list(revision.channel_id, limit=_OLDER_REVISIONS):
            is_recent = older.superseded_at is None or older.superseded_at >= earliest
            if older.number < revision.number and is_recent:
                yield older

    async def contents(self, revision: Revision) -> ServedContents:
        """Return what stands behind a revision's names.

        Raises:
            StoreUnavailable: when the blob store does not answer, or lost it.
        """

        async def load() -> tuple[ServedContents, int]:
            try:
                data = await read_all(self._blobs, revision.contents)
            except NotFound as exc:
                raise StoreUnavailable("the contents of a revision are not in the blob store") from exc
            contents = await asyncio.to_thread(read_contents, data)
            return contents, room_of(contents)

        return await self._contents.get(revision.contents, load)
