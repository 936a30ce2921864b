"""History and usage counts: what every adapter of the port keeps to."""

import asyncio

import pytest

from libs.common.domain.history import HistoryFilter
from tests.contract.conftest import Records
from tests.support.records import NOON, an_entry, minutes_on

OF_MAIN = HistoryFilter(channel_id="id-of-main")


async def test_an_entry_comes_back_as_it_was(records: Records) -> None:
    """Its facts may be text, numbers, yes, no or nothing, under any name."""
    data = {"ckey": "noarch/x.conda", "a.b": 5_000_000_000, "$c": None, "is_deep": False, "grace_s": 0.5}
    entry = an_entry(by="ann", data=data)

    assert await records.history.add(entry)

    assert await records.history.list(OF_MAIN, offset=0, limit=10) == (1, [entry])


async def test_an_event_is_recorded_once(records: Records) -> None:
    """A redelivered event changes nothing."""
    added = await asyncio.gather(*(records.history.add(an_entry(by=str(number))) for number in range(10)))

    total, _ = await records.history.list(OF_MAIN, offset=0, limit=10)
    assert (sum(added), total) == (1, 1)


async def test_entries_are_listed_newest_first_in_pages(records: Records) -> None:
    """The total is that of the channel, whatever the page."""
    for number in (2, 0, 3, 1):
        await records.history.add(an_entry(f"event-{number}", created=minutes_on(number)))
    await records.history.add(an_entry("other", channel_id="other"))

    async def page(offset: int, limit: int) -> tuple[int, list[str]]:
        total, entries = await records.history.list(OF_MAIN, offset=offset, limit=limit)
        return total, [entry.id for entry in entries]

    assert await page(0, 10) == (4, ["event-3", "event-2", "event-1", "event-0"])
    assert await page(1, 2) == (4, ["event-2", "event-1"])
    assert await page(9, 2) == (4, [])
    assert await page(0, 0) == (4, [])


FILTERS = {
    "everything": (HistoryFilter(), "edcba"),
    "of a channel": (HistoryFilter(channel_id="id-of-main"), "edba"),
    "of types": (HistoryFilter(event_types=("mirror_updated", "mirror_deleted")), "dcb"),
    "of a person": (HistoryFilter(by="ann"), "ca"),
    "since, included": (HistoryFilter(since=minutes_on(2)), "edc"),
    "until, excluded": (HistoryFilter(until=minutes_on(2)), "ba"),
    "all of it": (
        HistoryFilter(
            channel_id="id-of-main", event_types=("mirror_updated",), by="bob", since=NOON, until=minutes_on(9)
        ),
        "b",
    ),
    "nothing": (HistoryFilter(event_types=("no_such_event",)), ""),
}


@pytest.mark.parametrize(("wanted", "found"), FILTERS.values(), ids=FILTERS)
async def test_what_is_wanted_is_found(records: Records, wanted: HistoryFilter, found: str) -> None:
    """By channel, event, person and time, in any combination; each with its own total."""
    for entry in (
        an_entry("a", created=minutes_on(0), by="ann"),
        an_entry("b", created=minutes_on(1), by="bob", event_type="mirror_updated"),
        an_entry("c", created=minutes_on(2), by="ann", event_type="mirror_updated", channel_id="other"),
        an_entry("d", created=minutes_on(3), event_type="mirror_deleted"),
        an_entry("e", created=minutes_on(4)),
    ):
        await records.history.add(entry)

    total, entries = await records.history.list(wanted, offset=0, limit=10)

    assert (total, "".join(entry.id for entry in entries)) == (len(found), found)


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
    assert await records.history.file_downloads("id-of-main") == {"noarch/x.conda": 6, "noarch/$y.conda": 1}
    assert await records.history.file_downloads("unknown") == {}


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
