"""Downloads: what every adapter of the port keeps to."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from libs.common.domain.download import Download, DownloadFilter
from tests.contract.conftest import Records

TODAY = datetime.now(UTC).replace(microsecond=0)
"""MongoDB throws away what is older than thirteen months, also while a test runs."""
ALL = DownloadFilter(since=TODAY - timedelta(days=1), until=TODAY + timedelta(days=1))


def a_download(download_id: str = "a", *, minute: int = 0, **changes: object) -> Download:
    """Return a download of today."""
    download = Download(
        id=download_id,
        channel="main",
        ckey="noarch/x-1.0-0.conda",
        user="ann",
        at=TODAY + timedelta(minutes=minute),
        count=2,
    )
    return msgspec.structs.replace(download, **changes)


async def found(records: Records, wanted: DownloadFilter) -> list[Download]:
    """Return what is wanted."""
    return [download async for download in records.downloads.find(wanted)]


async def test_downloads_come_back_as_they_were_oldest_first(records: Records) -> None:
    """Those of people without a token, too."""
    downloads = [a_download("b", minute=2, user=None), a_download("a", minute=3), a_download("c", minute=1)]

    await records.downloads.add(downloads)
    await records.downloads.add([])

    assert await found(records, ALL) == [downloads[2], downloads[0], downloads[1]]


async def test_the_same_download_again_changes_nothing(records: Records) -> None:
    """An event may be heard twice, the second time with more in it that was not stored."""
    await records.downloads.add([a_download("a")])
    await records.downloads.add([a_download("a", count=9), a_download("b", minute=1)])

    assert [(one.id, one.count) for one in await found(records, ALL)] == [("a", 2), ("b", 2)]


def between(first: int, last: int, **changes: object) -> DownloadFilter:
    """Return a filter by minutes."""
    at = {"since": TODAY + timedelta(minutes=first), "until": TODAY + timedelta(minutes=last)}
    return msgspec.structs.replace(ALL, **at, **changes)


FILTERS = {
    "everything": (ALL, "abcd"),
    "since, included": (between(2, 9), "cd"),
    "until, excluded": (between(0, 2), "ab"),
    "of users": (msgspec.structs.replace(ALL, users=("ann", "eve")), "ac"),
    "of channels": (msgspec.structs.replace(ALL, channels=("main",)), "abc"),
    "all of it": (between(1, 3, users=("ann",), channels=("main", "other")), "c"),
    "nothing": (msgspec.structs.replace(ALL, users=("nobody",)), ""),
}


@pytest.mark.parametrize(("wanted", "ids"), FILTERS.values(), ids=FILTERS)
async def test_what_is_wanted_is_found(records: Records, wanted: DownloadFilter, ids: str) -> None:
    """By time, user and channel, in any combination."""
    await records.downloads.add(
        [
            a_download("a"),
            a_download("b", minute=1, user="bob"),
            a_download("c", minute=2),
            a_download("d", minute=3, user=None, channel="other"),
        ]
    )

    assert "".join(one.id for one in await found(records, wanted)) == ids
