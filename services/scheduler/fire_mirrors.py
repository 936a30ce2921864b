"""cron -> mirror.requested."""

from datetime import UTC, datetime

import structlog
from croniter import croniter

from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.mirror import Mirror
from libs.common.ports.bus import Bus
from libs.common.ports.records import Mirrors, Schedule

_LOG = structlog.get_logger()


def next_fire(cron: str, after: datetime) -> datetime:
    """Return the first fire time after `after`, in UTC."""
    found: datetime = croniter(cron, after.astimezone(UTC)).get_next(datetime)
    return found


async def plan_mirror(mirror: Mirror, *, now: datetime, schedule: Schedule) -> None:
    """Plan when a new or edited mirror fires next."""
    await schedule.plan(mirror.id, cron=mirror.cron, at=next_fire(mirror.cron, now))


async def fire_due(*, now: datetime, mirrors: Mirrors, schedule: Schedule, bus: Bus) -> int:
    """Ask for a run of every mirror that is due; return how many that were.

    However many fire times were missed, a mirror fires once. The event's id is the fire
    time's, so that two schedulers, or one that died before it moved on, ask once.
    """
    fired = 0
    for mirror_id, fire_time in await schedule.due(now):
        mirror = await mirrors.get(mirror_id)
        if mirror is None:
            await schedule.drop(mirror_id)
            continue
        await bus.say(
            MirrorRequested(channel=mirror.channel, mirror=mirror.name, trigger="cron"),
            event_id=f"cron-{mirror_id}-{fire_time.isoformat()}",
        )
        if await schedule.advance(mirror_id, fired=fire_time, next_at=next_fire(mirror.cron, now)):
            fired += 1
            _LOG.info("mirror_fired", mirror_id=mirror_id, fire_time=fire_time.isoformat())
    return fired
