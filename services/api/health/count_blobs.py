"""How much the blob store holds: counted when somebody asks, and not again for a while.

To count means to list the whole store, which takes seconds with a million blobs; nobody waits for it.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.blobs import AgingBlobStore
from libs.common.ports.clock import Clock

COUNTS_FOR = timedelta(minutes=15)
_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_PATIENCE_S = 0.3
_LOG = structlog.get_logger()


class StoredAmount(msgspec.Struct, frozen=True, kw_only=True):
    """How many blobs there are, and their bytes, as they were counted at a moment."""

    count: int
    size_bytes: int
    counted_at: datetime


class BlobCount:
    """Counts the blobs of a store, once at a time."""

    def __init__(self, blobs: AgingBlobStore, *, clock: Clock) -> None:
        self._blobs = blobs
        self._clock = clock
        self._last: StoredAmount | None = None
        self._counting: asyncio.Task[None] | None = None

    @property
    def is_counting(self) -> bool:
        """Tell whether it goes on now."""
        return self._counting is not None and not self._counting.done()

    async def amount(self) -> StoredAmount | None:
        """Return what was counted last, or None before the first time; begin to count where that is long ago."""
        if not self.is_counting and (self._last is None or self._last.counted_at + COUNTS_FOR < self._clock.now()):
            self._counting = asyncio.create_task(self._count())
        if self._counting is not None and self.is_counting:
            await asyncio.wait((self._counting,), timeout=_PATIENCE_S)
        return self._last

    async def _count(self) -> None:
        counted_at = self._clock.now()
        count = size_bytes = 0
        try:
            async for blob in self._blobs.older(_FOR_EVER):
                count += 1
                size_bytes += blob.size_bytes
        except StoreUnavailable as exc:
            _LOG.warning("blobs_not_counted", reason=exc.message)
        else:
            self._last = StoredAmount(count=count, size_bytes=size_bytes, counted_at=counted_at)
