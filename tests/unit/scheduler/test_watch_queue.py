"""Work that NATS lost: noticed, and never mistaken for work that is slow."""

import pytest

from libs.common.adapters.memory.flags import MemoryWorkQueue
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.run import RunId
from services.scheduler.watch_queue import QueueWatch

LOOKS = 100


async def look_often(watch: QueueWatch) -> None:
    """Look while nothing settles."""
    for _ in range(LOOKS):
        await watch.look(3)


async def test_open_batches_without_queued_work_begin_anew() -> None:
    """Nobody would ever answer for them."""
    queue = MemoryWorkQueue()
    queue.is_lost = True
    watch = QueueWatch(RunId("run"), queue=queue)

    with pytest.raises(StoreUnavailable, match="lost"):
        await look_often(watch)


async def test_slow_work_is_waited_for() -> None:
    """It is in the queue, or in a fetcher's hands."""
    watch = QueueWatch(RunId("run"), queue=MemoryWorkQueue())

    await look_often(watch)


async def test_as_long_as_batches_settle_all_is_well() -> None:
    """The last ones may be on their way while the queue is empty."""
    queue = MemoryWorkQueue()
    queue.is_lost = True
    watch = QueueWatch(RunId("run"), queue=queue)

    for look in range(LOOKS):
        await watch.look(look // 20)
