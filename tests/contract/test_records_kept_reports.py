"""Heads of reports: what every adapter of the port keeps to."""

import asyncio

import msgspec
import pytest

from libs.common.domain.digest import Sha256
from libs.common.domain.report import ReportFilter, ReportHead, ReportState
from tests.contract.conftest import Records
from tests.support.records import NOON, minutes_on


def a_report(report_id: str = "one", **changes: object) -> ReportHead:
    """Return a report that never expires while a test runs."""
    head = ReportHead(
        id=report_id,
        kind="dependencies",
        title="What numpy needs",
        channel="main",
        made_at=NOON,
        expires_at=NOON.replace(year=2100),
        size_bytes=6_000_000_000,
        blob=Sha256("a" * 64),
    )
    return msgspec.structs.replace(head, **changes)


async def test_a_head_comes_back_as_it_was(records: Records) -> None:
    """One that is not there is none."""
    head = a_report(mirror_id="m", requested_by="ann")

    assert await records.kept_reports.put(head)

    assert await records.kept_reports.get("one") == head
    assert await records.kept_reports.get("two") is None


async def test_a_report_is_kept_once(records: Records) -> None:
    """Whoever makes it a second time changes nothing."""
    put = await asyncio.gather(*(records.kept_reports.put(a_report(title=str(number))) for number in range(10)))

    assert sum(put) == 1
    assert (await records.kept_reports.list(ReportFilter(), offset=0, limit=10))[0] == 1


async def test_a_report_that_is_still_solved_gives_way_to_the_whole_and_the_whole_to_none(records: Records) -> None:
    """Of a kill in between comes a second one that is still solved; one that comes late changes nothing."""
    solving = a_report(state=ReportState.SOLVING)
    again = a_report(state=ReportState.SOLVING, blob=Sha256("b" * 64))
    whole = a_report(blob=Sha256("c" * 64))

    put = [await records.kept_reports.put(head) for head in (solving, again, whole, again, a_report(title="late"))]

    assert put == [True, True, True, False, False]
    assert await records.kept_reports.get("one") == whole
    assert await records.kept_reports.blobs() == [whole.blob]


FILTERS = {
    "everything": (ReportFilter(), "cba"),
    "of a kind": (ReportFilter(kind="dependencies"), "ca"),
    "of a channel": (ReportFilter(channel="main"), "ba"),
    "of a mirror": (ReportFilter(mirror_id="m"), "b"),
    "all of it": (ReportFilter(kind="policy_preview", channel="main", mirror_id="m"), "b"),
    "nothing": (ReportFilter(channel="none"), ""),
}


@pytest.mark.parametrize(("wanted", "found"), FILTERS.values(), ids=FILTERS)
async def test_what_is_wanted_is_found(records: Records, wanted: ReportFilter, found: str) -> None:
    """Newest first, each with its own total."""
    for head in (
        a_report("b", made_at=minutes_on(1), kind="policy_preview", mirror_id="m"),
        a_report("a", made_at=minutes_on(0)),
        a_report("c", made_at=minutes_on(2), channel="other"),
    ):
        await records.kept_reports.put(head)

    total, heads = await records.kept_reports.list(wanted, offset=0, limit=10)
    _, second = await records.kept_reports.list(wanted, offset=1, limit=1)

    assert (total, "".join(head.id for head in heads)) == (len(found), found)
    assert "".join(head.id for head in second) == found[1:2]
    assert await records.kept_reports.list(wanted, offset=0, limit=0) == (len(found), [])


async def test_the_blobs_of_all_reports_are_known(records: Records) -> None:
    """A report that could not be made has none."""
    await records.kept_reports.put(a_report("a"))
    await records.kept_reports.put(a_report("b", blob=None, error="no such channel"))

    assert await records.kept_reports.blobs() == [Sha256("a" * 64)]
