"""open batches of a run, and an empty queue -> the run begins anew.

NATS holds no truth beyond work in flight. A server that lost its data has lost the
batches that nobody fetched yet, and nobody would ever answer for them.
"""

from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.run import RunId
from libs.common.ports.bus import WorkQueue

_LOOKS_A_QUESTION = 10
_EMPTY_ANSWERS = 3
"""What was taken from the queue a moment ago may still be on its way to us as an outcome."""


class QueueWatch:
    """Looks after the queued work of one attempt."""

    def __init__(self, run_id: RunId, *, queue: WorkQueue) -> None:
        self._run_id = run_id
        self._queue = queue
        self._settled = -1
        self._looks = 0
        self._empty = 0

    async def look(self, settled: int) -> None:
        """Note how many batches are settled, and ask for the queue where that does not change.

        Raises:
            StoreUnavailable: when there is nothing left that could settle the others.
        """
        if settled != self._settled:
            self._settled, self._looks, self._empty = settled, 0, 0
            return
        self._looks += 1
        if self._looks % _LOOKS_A_QUESTION:
            return
        self._empty = 0 if await self._queue.has_work(self._run_id) else self._empty + 1
        if self._empty == _EMPTY_ANSWERS:
            raise StoreUnavailable("NATS lost the queued work of this run, which begins anew")
