"""mirror (run_now) -> mirror.requested, and the run that the scheduler makes of it."""

from datetime import datetime

from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.access.identity import Caller
from libs.common.domain.mirror import Mirror
from libs.common.ports.bus import Bus
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Runs
from services.api.wait_until import wait_until

_NEWEST = 10
"""So many requests by others may come between ours and the look at what became of it."""


async def request_run(mirror: Mirror, *, by: Caller, runs: Runs, bus: Bus, patience_s: float) -> None:
    """Ask for a run of a mirror that is as it was, and wait for it.

    Raises:
        StoreUnavailable: when it can't be asked for now; nothing was stored then.
    """
    request_id = _request_id(mirror, newest=await newest_number(mirror.id, runs=runs))
    await bus.say(_request(mirror, by=by), event_id=request_id)
    await wait_for_run(mirror.id, request_id=request_id, runs=runs, patience_s=patience_s)


def run_request(mirror: Mirror, *, newest: int, at: datetime, by: Caller) -> Unsaid:
    """Return the request for a run that is stored with a change of the mirror; `newest` is its newest run's number."""
    return Unsaid(event_id=_request_id(mirror, newest=newest), at=at, message=_request(mirror, by=by))


async def wait_for_run(mirror_id: str, *, request_id: str, runs: Runs, patience_s: float) -> None:
    """Wait until the scheduler has stored the run that was asked for, so that an answer shows its state.

    Without the wait, whoever looks right after a restart would read the state of the run
    before. Without an answer in `patience_s` the request is queued all the same.
    """

    async def is_stored() -> bool:
        return any(run.request_id == request_id for run in await runs.list(mirror_id, limit=_NEWEST))

    await wait_until(is_stored, within_s=patience_s)


async def newest_number(mirror_id: str, *, runs: Runs) -> int:
    """Return the number of the mirror's newest run, skipped ones too; 0 where there is none."""
    newest = await runs.list(mirror_id, limit=1)
    return newest[0].number if newest else 0


def _request(mirror: Mirror, *, by: Caller) -> MirrorRequested:
    return MirrorRequested(
        channel=mirror.channel,
        mirror=mirror.name,
        mirror_id=mirror.id,
        trigger="user",
        requested_by=by.name,
        by_address=by.address,
    )


def _request_id(mirror: Mirror, *, newest: int) -> str:
    """Name the request by what it comes after: sent again before a run was stored, it is the same one."""
    return f"mirror.requested-{mirror.id}-after-{newest}"
