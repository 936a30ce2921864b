"""POST runs -> mirror.requested."""

from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import Conflict
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import ACTIVE_STATES
from libs.common.ports.bus import Bus
from libs.common.ports.records import Mirrors, Runs
from services.api.request_run import request_run
from services.api.show_mirrors import get_mirror


async def run_mirror(
    key: ChannelKey, mirror_id: str, *, by: Caller, mirrors: Mirrors, runs: Runs, bus: Bus, patience_s: float
) -> Mirror:
    """Ask for a run of a mirror as it is; unlike an edit with `run_now` it takes back nobody's change.

    Two who ask at once ask for the same run. Where another begins meanwhile, this one is recorded as skipped.

    Raises:
        NotFound: when the channel has no such mirror.
        Conflict: while a run of it has not ended.
        StoreUnavailable: when it can't be asked for now; nothing was stored then.
    """
    mirror = await get_mirror(mirrors, key, mirror_id)
    newest = (await runs.latest([mirror.id])).get(mirror.id)
    if newest is not None and newest.state in ACTIVE_STATES:
        raise Conflict(
            f"run {newest.number} of mirror {mirror.name} is {newest.state.value}; wait for its end, or stop it first"
        )
    await request_run(mirror, by=by, runs=runs, bus=bus, patience_s=patience_s)
    return mirror
