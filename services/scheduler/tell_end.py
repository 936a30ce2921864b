"""an ended run -> mirror.finished, and nothing left of its work."""

from libs.common.domain.run import Run
from libs.common.ports.bus import Bus, WorkQueue
from libs.common.ports.records import Batches, Runs
from services.scheduler.say_finished import say_finished


async def tell_end(run: Run, *, runs: Runs, batches: Batches, queue: WorkQueue, bus: Bus) -> None:
    """Say how a run ended, as it is stored; cut off at any line, it is told again.

    Raises:
        StoreUnavailable: when it has to be told later.
    """
    await say_finished(run, bus=bus)
    await queue.discard(run.id)
    await batches.forget(run.id)
    await runs.said(run.id)
