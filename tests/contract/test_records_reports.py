"""Reports: what every adapter of the port keeps to."""

from tests.contract.conftest import Records
from tests.support.records import NOON, minutes_on


async def test_a_report_comes_back_as_it_was(records: Records) -> None:
    """Bytes and time; one that is not there is none."""
    await records.reports.put("one", at=NOON, data=b'{"found": 1}')
    await records.reports.put("two", at=NOON, data=b"")

    assert await records.reports.get("one") == (NOON, b'{"found": 1}')
    assert await records.reports.get("three") is None


async def test_a_report_can_be_replaced(records: Records) -> None:
    """The daily sweep has one name."""
    await records.reports.put("daily", at=NOON, data=b"1")
    await records.reports.put("daily", at=minutes_on(1), data=b"2")

    assert await records.reports.get("daily") == (minutes_on(1), b"2")
