"""The schedule: what every adapter of the port keeps to."""

import asyncio

from tests.contract.conftest import Records
from tests.support.records import minutes_on


async def test_what_is_due_is_found(records: Records) -> None:
    """The longest due first; a mirror fires at its very minute."""
    await records.schedule.plan("late", cron="0 * * * *", at=minutes_on(5))
    await records.schedule.plan("now", cron="0 * * * *", at=minutes_on(3))
    await records.schedule.plan("past", cron="0 * * * *", at=minutes_on(1))

    assert await records.schedule.due(minutes_on(3)) == [("past", minutes_on(1)), ("now", minutes_on(3))]
    assert await records.schedule.due(minutes_on(0)) == []


async def test_a_plan_under_the_same_cron_is_kept(records: Records) -> None:
    """A restart plans all mirrors anew; what came due meanwhile must not be lost."""
    first = await records.schedule.plan("forge", cron="0 * * * *", at=minutes_on(1))
    again = await records.schedule.plan("forge", cron="0 * * * *", at=minutes_on(60))

    assert (first, again) == (True, False)
    assert await records.schedule.next_of(["forge"]) == {"forge": minutes_on(1)}


async def test_another_cron_replaces_the_plan(records: Records) -> None:
    """The administrator edited the mirror."""
    await records.schedule.plan("forge", cron="0 * * * *", at=minutes_on(1))

    assert await records.schedule.plan("forge", cron="0 0 * * *", at=minutes_on(60))
    assert await records.schedule.next_of(["forge"]) == {"forge": minutes_on(60)}


async def test_plans_that_come_together_leave_one_of_them(records: Records) -> None:
    """Cron and time belong together, whoever was last."""
    crons = {f"{minute} * * * *": minutes_on(minute) for minute in range(10)}

    await asyncio.gather(*(records.schedule.plan("forge", cron=cron, at=at) for cron, at in crons.items()))

    planned = (await records.schedule.next_of(["forge"]))["forge"]
    cron = next(cron for cron, at in crons.items() if at == planned)
    await records.schedule.plan("forge", cron=cron, at=minutes_on(99))
    assert await records.schedule.next_of(["forge"]) == {"forge": planned}


async def test_of_many_schedulers_one_fires(records: Records) -> None:
    """Who advances the plan fires; the others see that it moved."""
    await records.schedule.plan("forge", cron="0 * * * *", at=minutes_on(1))

    advanced = await asyncio.gather(
        *(records.schedule.advance("forge", fired=minutes_on(1), next_at=minutes_on(61)) for _ in range(10))
    )

    assert sum(advanced) == 1
    assert await records.schedule.next_of(["forge"]) == {"forge": minutes_on(61)}


async def test_only_planned_mirrors_have_a_next_time(records: Records) -> None:
    """Others are left out, and nothing advances them."""
    await records.schedule.plan("forge", cron="0 * * * *", at=minutes_on(1))

    assert await records.schedule.next_of(["forge", "unknown"]) == {"forge": minutes_on(1)}
    assert await records.schedule.next_of([]) == {}
    assert not await records.schedule.advance("unknown", fired=minutes_on(1), next_at=minutes_on(2))
    assert await records.schedule.next_of(["unknown"]) == {}


async def test_a_dropped_mirror_is_not_planned(records: Records) -> None:
    """A second time is a no-op, and it may be planned again under the same cron."""
    await records.schedule.plan("forge", cron="0 * * * *", at=minutes_on(1))

    await records.schedule.drop("forge")
    await records.schedule.drop("forge")
    assert await records.schedule.due(minutes_on(9)) == []

    await records.schedule.plan("forge", cron="0 * * * *", at=minutes_on(2))
    assert await records.schedule.next_of(["forge"]) == {"forge": minutes_on(2)}
