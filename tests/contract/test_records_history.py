"""History and usage counts: what every adapter of the port keeps to."""

import asyncio

from tests.contract.conftest import Records
from tests.support.records import an_entry, minutes_on


async def test_an_entry_comes_back_as_it_was(records: Records) -> None:
    """Its facts may be text, numbers or nothing, under any name."""
    entry = an_entry(by="ann", data={"ckey": "noarch/x.conda", "a.b": 5_000_000_000, "$c": None})

    assert await records.history.add(entry)

    assert await records.history.list("id-of-main", offset=0, limit=10) == (1, [entry])


async def test_an_event_is_recorded_once(records: Records) -> None:
    """A redelivered event changes nothing."""
    added = await asyncio.gather(*(records.history.add(an_entry(by=str(number))) for number in range(10)))

    total, _ = await records.history.list("id-of-main", offset=0, limit=10)
    assert (sum(added), total) == (1, 1)


async def test_entries_are_listed_newest_first_in_pages(records: Records) -> None:
    """The total is that of the channel, whatever the page."""
    for number in (2, 0, 3, 1):
        await records.history.add(an_entry(f"event-{number}", created=minutes_on(number)))
    await records.history.add(an_entry("other", channel_id="other"))

    async def page(offset: int, limit: int) -> tuple[int, list[str]]:
        total, entries = await records.history.list("id-of-main", offset=offset, limit=limit)
        return total, [entry.id for entry in entries]

    assert await page(0, 10) == (4, ["event-3", "event-2", "event-1", "event-0"])
    assert await page(1, 2) == (4, ["event-2", "event-1"])
    assert await page(9, 2) == (4, [])
    assert await page(0, 0) == (4, [])


async def test_downloads_add_up_per_channel(records: Records) -> None:
    """A channel that nobody read from has none."""
    await records.history.count_downloads("a", "id-of-main", {"noarch/x.conda": 2, "noarch/$y.conda": 1})
    await records.history.count_downloads("b", "id-of-main", {"noarch/x.conda": 4})
    await records.history.count_downloads("b", "other", {"noarch/x.conda": 8})
    await records.history.count_downloads("c", "other", {})

    assert await records.history.downloads(["id-of-main", "other", "unknown"]) == {
        "id-of-main": 7,
        "other": 8,
        "unknown": 0,
    }
    assert await records.history.downloads([]) == {}


async def test_downloads_of_an_event_count_once(records: Records) -> None:
    """Also when many hear it at the same time."""
    counts = {f"noarch/{number}.conda": 1 for number in range(50)}

    counted = await asyncio.gather(*(records.history.count_downloads("a", "id-of-main", counts) for _ in range(8)))

    assert sum(counted) == 1
    assert await records.history.downloads(["id-of-main"]) == {"id-of-main": 50}


async def test_events_that_come_together_are_all_counted(records: Records) -> None:
    """Also the very first ones of a channel."""
    counted = await asyncio.gather(
        *(records.history.count_downloads(f"event-{it}", "id-of-main", {"noarch/x.conda": 1}) for it in range(20))
    )

    assert all(counted)
    assert await records.history.downloads(["id-of-main"]) == {"id-of-main": 20}
