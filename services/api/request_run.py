"""mirror (run_now) -> mirror.requested, and the run that the scheduler makes of it."""

from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.mirror import Mirror
from libs.common.ports.bus import Bus
from libs.common.ports.records import Runs
from services.api.wait_until import wait_until


async def request_run(mirror: Mirror, *, by: str, runs: Runs, bus: Bus, patience_s: float) -> None:
    """Ask for a run, and wait until the scheduler has stored it, so that an answer shows its state.

    Without the wait, whoever looks right after a restart would read the state of the run
    before. Without an answer in `patience_s` the request is queued all the same.
    """
    before = await newest_number(mirror.id, runs=runs)
    await say_requested(mirror, by=by, bus=bus)

    async def is_stored() -> bool:
        return await newest_number(mirror.id, runs=runs) != before

    await wait_until(is_stored, within_s=patience_s)


async def say_requested(mirror: Mirror, *, by: str, bus: Bus) -> None:
    """Ask for a run."""
    await bus.say(
        MirrorRequested(
            channel=mirror.channel, mirror=mirror.name, mirror_id=mirror.id, trigger="user", requested_by=by
        )
    )


async def newest_number(mirror_id: str, *, runs: Runs) -> int:
    """Return the number of the mirror's newest run, skipped ones too; 0 where there is none."""
    newest = await runs.list(mirror_id, limit=1)
    return newest[0].number if newest else 0
