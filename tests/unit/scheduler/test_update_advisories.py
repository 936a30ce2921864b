"""Reading advisories: from an uploaded file, and from a source."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.contracts.policy_messages import AdvisoriesUpdate
from libs.common.domain.errors import UpstreamRefused, UpstreamUnavailable
from libs.common.ports.blobs import put_bytes
from libs.common.vulnerabilities.advisory_report import AdvisoryReport
from services.scheduler.fetch_advisories import AdvisorySource
from services.scheduler.update_advisories import UpdatePorts, update_advisories
from services.scheduler.watch_advisories import AdvisoryWatch
from tests.support.advisories import Bookkeeping, osv_files
from tests.support.osv import all_zip, an_osv, zipped

URL = "https://osv.example/dumps"
DJANGO = an_osv("GHSA-1", modified="2026-05-01T00:00:00Z")
FLASK = an_osv("GHSA-2", "flask", aliases=["CVE-2026-2000"], modified="2026-05-02T00:00:00Z")
READXL = an_osv("RSEC-1", "readxl", ecosystem="CRAN", aliases=["CVE-2026-3000"])


class SetClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 5, 17, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time


class Updating(Bookkeeping):
    """The scheduler's use cases on memory adapters, with a source."""

    def __init__(self, *, url: str | None = URL, most_single_records: int = 100) -> None:
        self.clock = SetClock()
        super().__init__(clock=self.clock)
        self.upstream = MemoryUpstream()
        source = AdvisorySource(
            url=url or "",
            ecosystems=("python", "cran"),
            archive_limit_bytes=10**6,
            most_single_records=most_single_records,
        )
        self.source = source if url is not None else None

    def scheduling(self) -> UpdatePorts:
        """Return what the use cases take."""
        return self.update_ports(source=self.source, upstream=self.upstream)

    def offer(self, *records: dict[str, Any], r: tuple[dict[str, Any], ...] = (READXL,)) -> None:
        """Let the source have these records."""
        self.upstream.files = osv_files(URL, "PyPI", *records) | osv_files(URL, "CRAN", *r)

    async def ask(self, report_id: str = "report", *, blob: str | None = None) -> AdvisoryReport:
        """Let the scheduler hear a message, and return its report."""
        message = AdvisoriesUpdate(report_id=report_id, blob=blob, requested_by="ann")
        await update_advisories(message, ports=self.scheduling())
        found = await self.records.reports.get(report_id)
        assert found is not None
        return msgspec.json.decode(found[1], type=AdvisoryReport)

    async def take_in(self, data: bytes) -> AdvisoryReport:
        """Import a file."""
        return await self.ask(blob=(await put_bytes(self.ports.blobs, data)).sha256)

    def asked(self) -> list[str]:
        """Return what the source was asked for, and forget it."""
        paths = [url.removeprefix(f"{URL}/") for url, _ in self.upstream.requests]
        self.upstream.requests.clear()
        return sorted(paths)


async def test_an_uploaded_file_is_taken_in() -> None:
    """Its report says what became of it."""
    updating = Updating(url=None)
    report = await updating.take_in(all_zip(DJANGO, FLASK, an_osv("GHSA-9", ecosystem="npm")))

    assert report == AdvisoryReport(
        status="done",
        cause="import",
        at=updating.clock.time,
        ecosystems={"python": 2},
        read=2,
        passed_over=1,
        cves=2,
        added=2,
    )
    assert updating.said()[0].by == "ann"


async def test_a_file_that_is_none_is_reported_and_changes_nothing() -> None:
    """The person who sent it reads why."""
    updating = Updating()
    await updating.take_in(all_zip(DJANGO))
    for data in (b"<html>", zipped({"a": b"{"})):
        report = await updating.take_in(data)

        assert report.status == "failed"
        assert report.error
        assert await updating.cves() == ["CVE-2026-1000"]


async def test_a_file_that_is_gone_is_reported() -> None:
    """It is not tried again for ever."""
    assert "upload it again" in str((await Updating().ask(blob="0" * 64)).error)


async def test_the_source_is_read_as_a_whole_at_first() -> None:
    """And then asked for its lists alone."""
    updating = Updating()
    updating.offer(DJANGO, FLASK)
    report = await updating.ask()

    assert (report.status, report.ecosystems, report.added) == ("done", {"cran": 1, "python": 2}, 3)
    assert updating.asked() == ["CRAN/all.zip", "CRAN/modified_id.csv", "PyPI/all.zip", "PyPI/modified_id.csv"]
    again = await updating.ask("again")
    assert (again.status, again.read, again.added, again.updated) == ("done", 0, 0, 0)
    assert updating.asked() == ["CRAN/modified_id.csv", "PyPI/modified_id.csv"]
    assert len(updating.said()) == 1


async def test_only_changed_records_are_read_then() -> None:
    """Down to the moment that was seen last; what was withdrawn goes."""
    updating = Updating()
    updating.offer(DJANGO, FLASK)
    await updating.ask()
    updating.asked()
    withdrawn = an_osv("GHSA-1", modified="2026-05-03T00:00:00Z", withdrawn="2026-05-03T00:00:00Z")
    numpy = an_osv("GHSA-3", "numpy", aliases=["CVE-2026-7000"], modified="2026-05-04T00:00:00Z")
    updating.offer(withdrawn, FLASK, numpy)
    report = await updating.ask("again")

    assert (report.added, report.removed) == (1, 1)
    assert await updating.cves() == ["CVE-2026-7000", "CVE-2026-3000", "CVE-2026-2000"]
    assert updating.asked() == [
        "CRAN/modified_id.csv",
        "PyPI/GHSA-1.json",
        "PyPI/GHSA-2.json",
        "PyPI/GHSA-3.json",
        "PyPI/modified_id.csv",
    ]


async def test_a_record_that_speaks_of_others_now_takes_back_what_it_said() -> None:
    """So does one that is gone; one that can't be read is counted and stays."""
    updating = Updating()
    updating.offer(DJANGO, FLASK, an_osv("GHSA-4", "x", aliases=["CVE-2026-4000"]))
    await updating.ask()
    later = "2026-06-01T00:00:00Z"
    updating.offer(
        DJANGO | {"modified": later, "affected": []}, FLASK | {"modified": later}, an_osv("GHSA-4", modified=later)
    )
    updating.upstream.files[f"{URL}/PyPI/GHSA-2.json"] = b"{"
    del updating.upstream.files[f"{URL}/PyPI/GHSA-4.json"]
    report = await updating.ask("again")

    assert await updating.cves() == ["CVE-2026-3000", "CVE-2026-2000"]
    assert report.broken == {"it is no JSON": 1}


async def test_a_source_without_a_list_is_read_by_its_etag() -> None:
    """A plain folder with two archives will do."""
    updating = Updating()
    updating.offer(DJANGO)
    for ecosystem in ("PyPI", "CRAN"):
        del updating.upstream.files[f"{URL}/{ecosystem}/modified_id.csv"]
    await updating.ask()
    before = (await updating.head()).book
    report = await updating.ask("again")
    assert (report.read, (await updating.head()).book) == (0, before)

    updating.upstream.files[f"{URL}/PyPI/all.zip"] = all_zip(FLASK)
    await updating.ask("then")

    assert await updating.cves() == ["CVE-2026-3000", "CVE-2026-2000"]


async def test_many_changes_are_read_as_a_whole() -> None:
    """A thousand requests take longer than one archive."""
    updating = Updating(most_single_records=1)
    updating.offer(DJANGO)
    await updating.ask()
    updating.asked()
    updating.offer(DJANGO, FLASK)
    await updating.ask("again")

    assert updating.asked() == ["CRAN/modified_id.csv", "PyPI/all.zip", "PyPI/modified_id.csv"]
    assert "CVE-2026-2000" in await updating.cves()


async def test_one_ecosystem_that_fails_does_not_hold_up_the_other() -> None:
    """The failure is reported, and tried again before the next time by the cron."""
    updating = Updating()
    updating.offer(DJANGO)
    updating.upstream.errors[f"{URL}/PyPI/all.zip"].append(UpstreamRefused("the source says 403"))
    report = await updating.ask()

    assert (report.status, report.error) == ("failed", "the source says 403")
    assert await updating.cves() == ["CVE-2026-3000"]


async def test_without_a_source_an_update_is_refused_in_words() -> None:
    """Who asks learns what to set."""
    assert "TAIN_OSV_URL" in str((await Updating(url=None).ask()).error)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example/x", "https://a.example/x/PyPI/all.zip"),
        ("https://a.example/x/", "https://a.example/x/PyPI/all.zip"),
        ("https://a.example/{ecosystem}/new", "https://a.example/PyPI/new/all.zip"),
    ],
)
def test_the_url_has_a_place_for_the_ecosystem(url: str, path: str) -> None:
    """Or it follows."""
    source = AdvisorySource(url=url, ecosystems=("python",), archive_limit_bytes=1)

    assert source.url_of("python", "all.zip") == path


async def test_the_watch_reads_the_source_when_it_is_due() -> None:
    """At its first look, then by the cron."""
    updating = Updating()
    updating.offer(DJANGO)
    watch = AdvisoryWatch(ports=updating.scheduling(), cron="0 */4 * * *")
    await watch.look()
    assert "PyPI/all.zip" in updating.asked()
    await watch.look()
    assert updating.asked() == []
    updating.clock.time += timedelta(hours=4)
    await watch.look()

    assert updating.asked() == ["CRAN/modified_id.csv", "PyPI/modified_id.csv"]


async def test_the_watch_waits_longer_after_each_failure() -> None:
    """A source that is down is not asked every minute."""
    updating = Updating()
    updating.offer(DJANGO)
    watch = AdvisoryWatch(ports=updating.scheduling(), cron="0 */4 * * *")
    updating.upstream.errors[f"{URL}/PyPI/modified_id.csv"] += [UpstreamUnavailable("down")] * 2
    looks = 0
    for _ in range(20):
        try:
            await watch.look()
        except UpstreamUnavailable:
            looks += 1
        updating.clock.time += timedelta(minutes=1)

    assert looks == 2
    assert "CVE-2026-1000" in await updating.cves()


async def test_the_watch_makes_good_what_was_left_undone() -> None:
    """Words that never came into the book, and changes that never were said."""
    updating = Updating(url=None)
    await updating.take_in(all_zip(DJANGO))
    await updating.say()
    head = await updating.head()
    await updating.ports.books.move(msgspec.structs.replace(head, number=head.number + 1, is_said=False))
    watch = AdvisoryWatch(ports=updating.scheduling(), cron="0 */4 * * *")
    await watch.look()
    said = len(updating.said())
    await watch.look()

    assert (await updating.book()).curations_of("python", "django")
    assert [one.cause for one in updating.said()][-1] == "curation"
    assert len(updating.said()) == said
