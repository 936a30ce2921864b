"""mirror.stop -> the run is stopping, every fetcher knows, its queued work is gone."""

from collections.abc import Mapping
from datetime import datetime

from libs.common.contracts.messages import MirrorStop
from libs.common.domain.run import ACTIVE_STATES, Run, RunState
from libs.common.ports.bus import WorkQueue
from libs.common.ports.flags import StopFlags
from libs.common.ports.records import Channels, Mirrors, Runs
from services.scheduler.find_mirror import find_mirror


async def stop_run(
    message: MirrorStop,
    *,
    at: datetime,
    channels: Channels,
    mirrors: Mirrors,
    runs: Runs,
    flags: StopFlags,
    queue: WorkQueue,
) -> Run | None:
    """Begin to stop the mirror's run; None where none is going.

    The run's owner sees the flag and ends it as stopped; a run without an owner is
    claimed by the next scheduler that looks, and ended then.

    Raises:
        InvalidInput: when the message names no mirror of ours.
    """
    named = await find_mirror(message, channels=channels, mirrors=mirrors)
    because = {"reason": "stopped by request"}
    return await stop_mirror(named.mirror.id, at=at, changes=because, runs=runs, flags=flags, queue=queue)


async def stop_mirror(
    mirror_id: str, *, at: datetime, changes: Mapping[str, object], runs: Runs, flags: StopFlags, queue: WorkQueue
) -> Run | None:
    """Begin to stop a mirror's run, with these changes of it, its `reason` among them; None where none is going."""
    run = (await runs.latest([mirror_id])).get(mirror_id)
    if run is None or run.state not in ACTIVE_STATES:
        return None
    moved = await runs.move(run.id, RunState.STOPPING, at=at, changes=changes)
    await flags.raise_flag(run.id, reason=str(changes["reason"]))
    await queue.discard(run.id)
    return moved or await runs.get(run.id)
