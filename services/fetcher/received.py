"""bytes that come in -> artifact.progress, once a second and run."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

import structlog

from libs.common.contracts.messages import ArtifactProgress
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.bus import Bus

_LOG = structlog.get_logger()
_SAY_EVERY_S = 1.0
_RUNS_KEPT = 1000
"""Of more runs than these the one is forgotten for which nothing came in for longest."""


class ReceivedBytes:
    """Counts what this process received for each run, of files that failed or were dropped, too.

    The sums only grow: whoever hears one of them late, twice or not at all knows as much
    from the next. `fetcher` names the process whose sums they are.
    """

    def __init__(self, *, fetcher: str) -> None:
        self.fetcher = fetcher
        self._sums: OrderedDict[str, int] = OrderedDict()
        self._told: dict[str, int] = {}

    def add(self, run_id: str, size_bytes: int) -> None:
        """Count bytes as they come."""
        self._sums[run_id] = self._sums.get(run_id, 0) + size_bytes
        self._sums.move_to_end(run_id)
        if len(self._sums) > _RUNS_KEPT:
            forgotten, _ = self._sums.popitem(last=False)
            self._told.pop(forgotten, None)

    def of(self, run_id: str) -> int:
        """Return what came in for a run so far."""
        return self._sums.get(run_id, 0)

    def untold(self) -> Mapping[str, int]:
        """Return the sums that grew since they were told."""
        return {run_id: total for run_id, total in self._sums.items() if total != self._told.get(run_id)}

    def told(self, run_id: str, total: int) -> None:
        """Note that a sum was told."""
        self._told[run_id] = total


async def tell_received(received: ReceivedBytes, *, bus: Bus) -> None:
    """Say what came in since it was last told; what can't be said now is part of the next sum."""
    for run_id, total in received.untold().items():
        try:
            await bus.say(ArtifactProgress(run_id=run_id, fetcher=received.fetcher, received_bytes=total))
        except StoreUnavailable as exc:
            _LOG.warning("progress_not_said", run_id=run_id, reason=exc.message)
            return
        received.told(run_id, total)


async def keep_telling(received: ReceivedBytes, *, bus: Bus) -> None:
    """Say every second what came in; runs for ever."""
    while True:
        await asyncio.sleep(_SAY_EVERY_S)
        await tell_received(received, bus=bus)
