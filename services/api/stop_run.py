"""POST stop_mirror_sync -> mirror.stop."""

from libs.common.contracts.messages import MirrorStop
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import RunState
from libs.common.ports.bus import Bus
from libs.common.ports.records import Mirrors, Runs
from services.api.show_mirrors import get_mirror
from services.api.sync_state import state_of
from services.api.wait_until import wait_until

_STOPPABLE = frozenset({RunState.PENDING, RunState.RUNNING})


async def stop_run(
    key: ChannelKey, mirror_id: str, *, by: Caller, mirrors: Mirrors, runs: Runs, bus: Bus, patience_s: float
) -> Mirror:
    """Have a mirror's run stopped, and wait until the scheduler has begun to; a no-op where nothing runs.

    Without an answer in `patience_s` the command is queued all the same.

    Raises:
        NotFound: when the channel has no such mirror.
    """
    mirror = await get_mirror(mirrors, key, mirror_id)

    async def has_no_run() -> bool:
        newest = (await runs.latest([mirror.id])).get(mirror.id)
        return state_of(newest) not in _STOPPABLE

    if not await has_no_run():
        await bus.say(
            MirrorStop(
                channel=mirror.channel,
                mirror=mirror.name,
                mirror_id=mirror.id,
                requested_by=by.name,
                by_address=by.address,
            )
        )
        await wait_until(has_no_run, within_s=patience_s)
    return mirror
