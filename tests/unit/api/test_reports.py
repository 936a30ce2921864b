"""Reports over REST; the reporter's part is played by a bus that answers."""

import csv
import io
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.policy_messages import ReportRequested
from libs.common.domain.advisory import Advisory, encode_book
from libs.common.domain.cve import BookHead
from libs.common.domain.download import Download
from libs.common.domain.report import ReportHead
from libs.common.ports.blobs import put_bytes
from libs.common.reporting.dependency_report import encode_report
from libs.common.reporting.wishes import DependencyWish
from tests.support.records import NOON, a_channel, a_head, a_mirror, a_policy, minutes_on
from tests.unit.api.harness import Api
from tests.unit.reporting.reports import REPORT


async def kept(api: Api, report_id: str = "report-1", **changes: object) -> ReportHead:
    """Keep a report as the reporter does."""
    blob = await put_bytes(api.blobs, encode_report(REPORT))
    head = ReportHead(
        id=report_id,
        kind="dependencies",
        title=REPORT.title,
        channel="main/stage",
        requested_by="ann",
        made_at=NOON,
        expires_at=NOON + timedelta(days=90),
        size_bytes=blob.size_bytes,
        blob=blob.sha256,
    )
    head = msgspec.structs.replace(head, **changes)
    await api.records.kept_reports.put(head)
    return head


class AnsweringBus(MemoryBus):
    """A bus with a reporter on it that has each report at once, or the reason why there is none."""

    def __init__(self, api: Api, **changes: object) -> None:
        super().__init__()
        self._api = api
        self._changes = changes

    async def say(self, message: Message, **options: Any) -> None:
        """Remember the message, and make the report."""
        await super().say(message, **options)
        if isinstance(message, ReportRequested):
            await kept(self._api, message.report_id, **self._changes)


def wishes(api: Api) -> list[DependencyWish]:
    """Return what was asked for."""
    said = [it for it in api.ports.bus.said if isinstance(it, ReportRequested)]  # type: ignore[attr-defined]
    return [msgspec.json.decode(it.wish, type=DependencyWish) for it in said]


async def test_a_dependency_report_is_asked_for(api: Api) -> None:
    """By names or ids; the answer says where it will be."""
    await api.holds(a_channel(), a_mirror())
    await api.records.policies.add(a_policy("strict"))
    body = {"channel": "main", "mirror": "forge", "policy": "strict", "specs": ["numpy >=2"], "platforms": ["linux-64"]}

    asked = await api.ask("POST", "/api/reports/dependencies", json=body)

    assert asked.status_code == 202
    report_id = asked.json()["report_id"]
    assert asked.json()["url"] == f"/api/reports/{report_id}"
    (said,) = api.said(ReportRequested)
    assert isinstance(said, ReportRequested)
    assert (said.report_id, said.kind, said.channel, said.requested_by) == (report_id, "dependencies", "main", "admin")
    assert wishes(api) == [
        DependencyWish(
            channel="main",
            mirror_id="id-of-forge",
            policy_id="id-of-strict",
            specs=("numpy >=2",),
            platforms=("linux-64",),
        )
    ]
    assert (await api.ask("GET", f"/api/reports/{report_id}")).status_code == 404


WRONG: dict[str, tuple[dict[str, object], int, str | None]] = {
    "no such channel": ({"channel": "none"}, 404, None),
    "no such mirror": ({"channel": "main", "mirror": "none"}, 404, None),
    "no such policy": ({"channel": "main", "policy": "none"}, 404, None),
    "no spec": ({"channel": "main", "specs": ["ok", "numpy >=1,<"]}, 400, "specs[1]"),
    "no platform": ({"channel": "main", "platforms": ["Linux"]}, 400, "platforms[0]"),
    "noarch": ({"channel": "main", "platforms": ["noarch"]}, 400, "platforms[0]"),
    "nothing": ({}, 400, "body"),
}


@pytest.mark.parametrize(("body", "status", "field"), WRONG.values(), ids=WRONG)
async def test_what_makes_no_sense_is_refused(api: Api, body: object, status: int, field: str | None) -> None:
    """With the place of the fault, and nothing is said."""
    await api.holds(a_channel())

    answer = await api.ask("POST", "/api/reports/dependencies", json=body)

    assert (answer.status_code, answer.json().get("field")) == (status, field)
    assert api.bus.said == []


async def test_reports_are_listed_and_shown(api: Api) -> None:
    """Also those that could not be made."""
    await kept(api)
    await kept(api, "report-2", made_at=minutes_on(1), blob=None, error="no such channel", kind="policy_preview")

    listed = (await api.ask("GET", "/api/reports?limit=10")).json()
    previews = (await api.ask("GET", "/api/reports?kind=policy_preview")).json()
    shown = (await api.ask("GET", "/api/reports/report-1")).json()

    assert (listed["total_count"], [it["report_id"] for it in listed["items"]]) == (2, ["report-2", "report-1"])
    assert [(it["report_id"], it["error"], it["formats"]) for it in previews["items"]] == [
        ("report-2", "no such channel", [])
    ]
    assert (shown["title"], shown["requested_by"], shown["formats"]) == (
        "What app needs",
        "ann",
        ["json", "csv", "cyclonedx", "spdx"],
    )


FORMS = {
    "json": ("application/json", ".json", b'"specs":["app"]'),
    "csv": ("text/csv; charset=utf-8", ".csv", b"platform,name,version"),
    "cyclonedx": ("application/vnd.cyclonedx+json; version=1.6", ".cdx.json", b'"bomFormat"'),
    "spdx": ("application/spdx+json", ".spdx.json", b'"SPDX-2.3"'),
}


@pytest.mark.parametrize(("form", "expected"), FORMS.items(), ids=FORMS)
async def test_a_report_is_downloaded_in_any_form(api: Api, form: str, expected: tuple[str, str, bytes]) -> None:
    """As a file with a name of its own."""
    await kept(api)
    media_type, suffix, part = expected

    answer = await api.ask("GET", f"/api/reports/report-1/download?format={form}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    name = f"dependencies-main-stage-2026-05-17{suffix}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert part in answer.content


async def test_a_form_that_a_report_does_not_have_is_refused(api: Api) -> None:
    """And so is what is not there."""
    await kept(api)
    await kept(api, "preview", kind="policy_preview")
    await kept(api, "failed", blob=None, error="no such channel")

    async def status(path: str) -> int:
        return int((await api.ask("GET", f"/api/reports/{path}")).status_code)

    assert await status("report-1/download?format=pdf") == 400
    assert await status("preview/download?format=csv") == 400
    assert await status("preview/download") == 200
    assert await status("failed/download") == 404
    assert await status("none/download") == 404


async def a_mirror_that_ran(api: Api) -> None:
    """Store a mirror with a head."""
    await api.holds(a_channel(), a_mirror())
    await api.records.catalogue_heads.move(a_head())


URL = "/api/channels/main/mirrors/id-of-forge/dependency_report"


async def test_a_mirrors_report_is_made_once_and_downloaded(api: Api) -> None:
    """As long as nothing changes that it looks at."""
    await a_mirror_that_ran(api)
    api.ports.bus = AnsweringBus(api)

    first = await api.ask("GET", f"{URL}?format=csv")
    second = await api.ask("GET", URL)
    await api.records.catalogue_heads.move(a_head(run_number=2))
    third = await api.ask("GET", URL)

    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 200]
    assert first.content.startswith(b"platform,")
    assert wishes(api) == [DependencyWish(channel="main", mirror_id="id-of-forge")] * 2


async def test_a_mirrors_report_that_takes_long_is_made_meanwhile(api: Api) -> None:
    """However often one asks, it is asked for once."""
    await a_mirror_that_ran(api)

    first, second = await api.ask("GET", URL), await api.ask("GET", URL)

    assert (first.status_code, second.status_code) == (504, 504)
    (said,) = api.said(ReportRequested)
    assert isinstance(said, ReportRequested)
    assert said.report_id in first.json()["detail"]


async def test_a_mirrors_report_that_can_not_be_made_says_why(api: Api) -> None:
    """Where no package is named, or the mirror never ran."""
    await api.holds(a_channel(), a_mirror())
    never_ran = await api.ask("GET", URL)
    await api.records.catalogue_heads.move(a_head())
    api.ports.bus = AnsweringBus(api, blob=None, error="no package is named")

    unnamed = await api.ask("GET", URL)

    assert (never_ran.status_code, unnamed.status_code) == (409, 409)
    assert "has not run yet" in never_ran.json()["detail"]
    assert unnamed.json()["detail"] == "no package is named"
    assert (await api.ask("GET", URL.replace("forge", "none"))).status_code == 404


def a_download(place: int, **changes: object) -> Download:
    """Return a download, a minute after the one before."""
    download = Download(
        id=str(place), channel="main", ckey="noarch/lib-1.0-0.conda", user="ann", at=minutes_on(place), count=2
    )
    return msgspec.structs.replace(download, **changes)


YEAR = {"from_date": "2026-01-01", "to_date": "2026-12-31"}


async def downloads(api: Api, **wish: object) -> Any:
    """Ask who downloaded what."""
    return await api.ask("POST", "/api/reports/artifact_downloads", json={**YEAR, "download_as": "json", **wish})


async def test_downloads_are_reported_with_who_when_and_which_cves(api: Api) -> None:
    """Oldest first; of a file whose name nobody understands what is known."""
    await api.records.downloads.add([a_download(1), a_download(0, user=None, ckey="noarch/odd", channel="main/stage")])
    book = encode_book(advisories={"python": {"lib": [Advisory(id="CVE-2024-1", score=9.8, versions=("1.0",))]}})
    blob = await put_bytes(api.blobs, book)
    await api.records.advisory_books.move(BookHead(number=1, book=blob.sha256, advisory_count=1, at=NOON))

    answer = await downloads(api)

    assert answer.status_code == 200
    assert answer.json() == {
        "downloaded_items": [
            {
                "channel_name": "main/stage",
                "ckey": "noarch/odd",
                "name": None,
                "version": None,
                "user_name": None,
                "downloaded_at": "2026-05-17T12:00:00.123000+00:00",
                "count": 2,
                "cves": [],
                "cve_score": 0.0,
                "cve_status": None,
            },
            {
                "channel_name": "main",
                "ckey": "noarch/lib-1.0-0.conda",
                "name": "lib",
                "version": "1.0",
                "user_name": "ann",
                "downloaded_at": "2026-05-17T12:01:00.123000+00:00",
                "count": 2,
                "cves": ["CVE-2024-1"],
                "cve_score": 9.8,
                "cve_status": "Reported",
            },
        ]
    }


async def test_downloads_are_reported_as_csv_too(api: Api) -> None:
    """However many there are, each with the same columns."""
    await api.records.downloads.add([a_download(place) for place in range(1100)])

    answer = await downloads(api, download_as="csv")
    none = await downloads(api, download_as="csv", user_names=["nobody"])

    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (len(rows), {row["user_name"] for row in rows}, rows[0]["name"]) == (1100, {"ann"}, "lib")
    assert len(none.text.splitlines()) == 1


async def test_downloads_are_chosen_by_user_channel_and_day(api: Api) -> None:
    """The last day counts as a whole; null is no filter."""
    await api.records.downloads.add([a_download(0), a_download(1, user="bob"), a_download(2, channel="other")])

    async def found(**wish: object) -> list[str]:
        items = (await downloads(api, **wish)).json()["downloaded_items"]
        return [f"{it['user_name']} {it['channel_name']}" for it in items]

    assert await found(user_names=["ann"]) == ["ann main", "ann other"]
    assert await found(channel_names=["main"], user_names=None) == ["ann main", "bob main"]
    assert len(await found(from_date="2026-05-17", to_date="2026-05-17")) == 3
    assert await found(from_date="2026-05-17T12:01:00Z", to_date="2026-05-17T12:02:00Z") == ["bob main"]
    assert await found(to_date="2026-05-16") == []


BAD_RANGES = {
    "longer than a year": {"from_date": "2025-01-01", "to_date": "2026-12-31"},
    "backwards": {"from_date": "2026-05-18", "to_date": "2026-05-16"},
    "no day": {"from_date": "yesterday"},
    "no end": {"to_date": "9999-12-31"},
    "another form": {"download_as": "xml"},
}


@pytest.mark.parametrize("wish", BAD_RANGES.values(), ids=BAD_RANGES)
async def test_a_report_of_downloads_that_makes_no_sense_is_refused(api: Api, wish: dict[str, object]) -> None:
    """As a problem that names the field."""
    answer = await downloads(api, **wish)

    assert answer.status_code == 400
    assert answer.json()["field"] in ("from_date", "to_date", "download_as")


async def test_a_leap_year_fits_into_a_report(api: Api) -> None:
    """All its 366 days."""
    assert (await downloads(api, from_date="2028-01-01", to_date="2028-12-31")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/reports"),
        ("GET", "/api/reports/report-1/download"),
        ("POST", "/api/reports/artifact_downloads"),
        ("GET", URL),
    ],
)
async def test_reports_are_for_administrators(api: Api, method: str, path: str) -> None:
    """They say what others do, and what is excluded."""
    assert (await api.client.request(method, path)).status_code == 401
