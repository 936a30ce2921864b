"""Vital signs that a test says."""

from collections.abc import Sequence

from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.vital_signs import DiskSign, QueueSign, ServiceSign, StreamSign


class MemoryVitalSigns:
    """Implements `ports.vital_signs.VitalSigns`; while `is_away` nothing answers."""

    def __init__(self) -> None:
        self.seen_services: list[ServiceSign] = []
        self.seen_queues: list[QueueSign] = []
        self.seen_streams: list[StreamSign] = []
        self.seen_disk: DiskSign | None = None
        self.is_away = False

    async def services(self) -> Sequence[ServiceSign]:
        """Return what was said; see the port."""
        self._answer()
        return self.seen_services

    async def queues(self) -> Sequence[QueueSign]:
        """Return what was said; see the port."""
        self._answer()
        return self.seen_queues

    async def streams(self) -> Sequence[StreamSign]:
        """Return what was said; see the port."""
        self._answer()
        return self.seen_streams

    async def disk(self) -> DiskSign | None:
        """Return what was said; see the port."""
        self._answer()
        return self.seen_disk

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("nothing answers")
