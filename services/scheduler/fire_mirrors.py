"""cron -> mirror.requested."""

from datetime import datetime

import structlog

from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.cron import fire_delay, next_fire
from libs.common.domain.mirror import Mirror
from libs.common.ports.bus import Bus
from libs.common.ports.records import Mirrors, Schedule

_LOG = structlog.get_logger()


async def plan_mirror(mirror: Mirror, *, mirrors: Mirrors, schedule: Schedule, jitter_s: int) -> None:
    """Plan when a new or edited mirror fires next; one that is planned under its cron already stays so.

    Counted from its last edit: what came due before any scheduler heard of it is not lost.
    """
    planned = mirror
    while await schedule.plan(planned.id, cron=planned.cron, at=_first_fire(planned, jitter_s=jitter_s)):
        # What was read may be old by now, and the plan of a later edit may have been overwritten.
        found = await mirrors.get(planned.id)
        if found is None:
            await schedule.drop(planned.id)
            return
        planned = found


def _first_fire(mirror: Mirror, *, jitter_s: int) -> datetime:
    since = mirror.updated_at or mirror.created_at
    return next_fire(mirror.cron, since) + fire_delay(mirror.id, spread_s=jitter_s)


async def fire_due(*, now: datetime, mirrors: Mirrors, schedule: Schedule, bus: Bus, jitter_s: int) -> int:
    """Ask for a run of every mirror that is due; return how many that were.

    However many fire times were missed, a mirror fires once. The event's id is the fire
    time's, and the run's id is made of it: two schedulers, or one that died before it
    moved on, get one run, however much later the second of them asks.
    """
    fired = 0
    for mirror_id, fire_time in await schedule.due(now):
        mirror = await mirrors.get(mirror_id)
        if mirror is None:
            await schedule.drop(mirror_id)
            continue
        await bus.say(
            MirrorRequested(channel=mirror.channel, mirror=mirror.name, mirror_id=mirror.id, trigger="cron"),
            event_id=f"cron-{mirror_id}-{fire_time.isoformat()}",
        )
        next_at = next_fire(mirror.cron, now, delay=fire_delay(mirror_id, spread_s=jitter_s))
        if await schedule.advance(mirror_id, fired=fire_time, next_at=next_at):
            fired += 1
            _LOG.info("mirror_fired", mirror_id=mirror_id, fire_time=fire_time.isoformat())
    return fired
