"""CVEs over REST: the wire's keys, what they affect in channels, and what people say of them."""

import csv
import io
from typing import Any

import pytest

from libs.common.contracts.policy_messages import AdvisoriesChanged, AdvisoriesUpdate
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.advisory import AdvisoryBook
from libs.common.domain.channel import ChannelKey, Privacy
from libs.common.domain.digest import Sha256
from libs.common.ports.blobs import read_all
from libs.common.vulnerabilities.keep_book import keep_records
from libs.common.vulnerabilities.read_archive import Archive
from libs.common.vulnerabilities.sort_records import sort_records
from tests.support.callers import AT_THE_HARNESS
from tests.support.identities import FakeAccess, a_stranger, with_levels
from tests.support.osv import CRITICAL, MEDIUM, all_zip, an_osv
from tests.support.packages import a_package
from tests.support.world import World
from tests.unit.api.harness import Api

DJANGO = an_osv("GHSA-1", vector=MEDIUM, fixed="2.0", database_specific={"severity": "HIGH"})
FLASK = an_osv("GHSA-2", "flask", aliases=["CVE-2026-2000"], vector="AV:N/AC:L/Au:N/C:P/I:P/A:P")
FLASK["severity"][0]["type"] = "CVSS_V2"


async def take_in(api: Api, *records: dict[str, Any]) -> None:
    """Import records, as the scheduler does."""
    reading = sort_records(Archive(io.BytesIO(all_zip(*records))))
    await keep_records(reading.new, cause="import", by=None, ports=api.ports.keeping)


async def a_world(api: Api) -> World:
    """Put a published channel behind the API: Django in two versions and two subdirs, and others."""
    world = World()
    world.offer(
        [
            a_package("django", "1.11", subdir="linux-64"),
            a_package("django", "1.11"),
            a_package("django", "4.2"),
            a_package("numpy", "1.0"),
        ],
        subdirs=("noarch", "linux-64"),
    )
    await world.run()
    assert await world.publish() == 1
    api.stands_on(world)
    return world


async def test_a_cve_in_the_list_has_the_wires_keys(api: Api) -> None:
    """Of the two scores the one that it has."""
    await take_in(api, DJANGO, FLASK)
    answer = (await api.ask("GET", "/api/cves")).json()

    assert answer["total_count"] == 2
    flask, django = answer["items"]
    assert django | {"published_at": None, "modified_at": None} == {
        "id": "CVE-2026-1000",
        "cvssv3_score": 6.1,
        "score": 6.1,
        "curated": False,
        "statuses": ["Reported"],
        "packages_count": 1,
        "packages": ["django"],
        "description": "Long words.",
        "published_at": None,
        "modified_at": None,
        "aliases": ["GHSA-1"],
    }
    assert django["published_at"] == "2026-04-01T10:00:00.000000+00:00"
    assert (flask["cvssv2_score"], "cvssv3_score" in flask) == (7.5, False)


async def test_a_cve_is_shown_with_its_parts_of_cvss(api: Api) -> None:
    """As its JSON schemas have them; by id and alias, in any case."""
    await take_in(api, DJANGO, FLASK)
    django = (await api.ask("GET", "/api/cves/cve-2026-1000")).json()
    flask = (await api.ask("GET", "/api/cves/GHSA-2")).json()

    assert django["cvssv3"]["cvssV3"]["vectorString"] == MEDIUM
    assert django["cvssv3"]["cvssV3"]["baseScore"] == 6.1
    assert django["cvssv2"] is None
    assert flask["cvssv2"]["severity"] == "HIGH"
    assert flask["cvssv2"]["cvssV2"]["accessVector"] == "NETWORK"
    assert django["published_at"]
    assert django["affected"] == [
        {
            "ecosystem": "python",
            "name": "django",
            "versions": [],
            "ranges": [[{"introduced": "0"}, {"fixed": "2.0"}]],
        }
    ]
    assert (await api.ask("GET", "/api/cves/CVE-2000-1")).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=flas", ["CVE-2026-2000"]),
        ("min_score=7", ["CVE-2026-2000"]),
        ("ecosystem=cran", []),
        ("status=Active", ["CVE-2026-1000"]),
        ("status=Reported", ["CVE-2026-2000"]),
        ("status=Cleared", []),
        ("limit=1", ["CVE-2026-2000"]),
        ("offset=1", ["CVE-2026-1000"]),
    ],
)
async def test_the_list_can_be_narrowed(api: Api, query: str, found: list[str]) -> None:
    """By all that people look for."""
    await take_in(api, DJANGO, FLASK)
    await api.ask("PUT", "/api/cves/CVE-2026-1000/status", json={"status": "Active", "package": "django"})

    assert [cve["id"] for cve in (await api.ask("GET", f"/api/cves?{query}")).json()["items"]] == found


@pytest.mark.parametrize("query", ["status=Bad", "min_score=11", "limit=5000", "offset=-1", "search=", "ecosystem=npm"])
async def test_a_senseless_query_is_refused(api: Api, query: str) -> None:
    """In words."""
    assert (await api.ask("GET", f"/api/cves?{query}")).status_code == 400


async def test_the_files_of_a_cve_are_those_of_current_revisions(api: Api) -> None:
    """Found by names; fixed versions are not among them."""
    await a_world(api)
    await take_in(api, DJANGO, FLASK)
    answer = (await api.ask("GET", "/api/cves/CVE-2026-1000/files")).json()

    assert answer["total_count"] == 2
    assert [file["ckey"] for file in answer["items"]] == [
        "linux-64/django-1.11-h0_0.conda",
        "noarch/django-1.11-h0_0.conda",
    ]
    assert answer["items"][0] == {
        "channel_name": "main",
        "parent_channel_name": None,
        "artifact_family": "conda",
        "cve_status": "Reported",
        "cve_score": 6.1,
        "common_name": "django",
        "version": "1.11",
        "ckey": "linux-64/django-1.11-h0_0.conda",
        "confidence": "name",
    }
    second = (await api.ask("GET", "/api/cves/CVE-2026-1000/files?limit=1&offset=1")).json()
    assert second["items"] == answer["items"][1:]
    assert (await api.ask("GET", "/api/cves/CVE-2026-2000/files")).json() == {"total_count": 0, "items": []}


async def test_the_files_of_a_cve_are_those_of_channels_that_one_sees(api: Api) -> None:
    """Neither shown nor counted where the channel is private; a reader of CVEs sees them where it is public."""
    await a_world(api)
    await take_in(api, DJANGO)
    reader = with_levels(a_stranger(), {Category.CVE: Level.READ})
    api.ports.access = FakeAccess({"reader": reader})
    counts = []
    for privacy in (Privacy.PUBLIC, Privacy.PRIVATE):
        await api.records.channels.update(ChannelKey("main"), {"privacy": privacy})
        answer = await api.client.get("/api/cves/CVE-2026-1000/files", headers={"X-Auth": "reader"})
        counts.append((answer.json()["total_count"], len(answer.json()["items"])))

    assert counts == [(2, 2), (0, 0)]


async def test_a_channel_has_a_report_of_its_cves(api: Api) -> None:
    """By CVE in pages, and file by file as JSON or CSV."""
    await a_world(api)
    assert (await api.ask("GET", "/api/channels/main/cves")).json()["total_count"] == 0
    await take_in(api, DJANGO, an_osv("GHSA-3", vector=CRITICAL, aliases=["CVE-2026-3000"], fixed="5.0"))
    listed = (await api.ask("GET", "/api/channels/main/cves")).json()
    rows = (await api.ask("GET", "/api/channels/main/cves/report")).json()
    exported = await api.ask("GET", "/api/channels/main/cves/report?format=csv")

    assert (listed["total_count"], listed["file_count"]) == (2, 3)
    assert listed["items"][0] == {
        "id": "CVE-2026-3000",
        "score": 9.8,
        "status": "Reported",
        "statuses": {"Reported": 3},
        "packages": ["django"],
        "file_count": 3,
    }
    assert len(rows) == 5
    assert exported.headers["content-disposition"] == 'attachment; filename="main-cves.csv"'
    assert [
        {name: value or None for name, value in line.items()} for line in csv.DictReader(io.StringIO(exported.text))
    ] == [{name: str(value) for name, value in row.items()} for row in rows]
    assert (await api.ask("GET", "/api/channels/other/cves")).status_code == 404


async def test_a_status_acts_at_once_and_stays_in_the_history(api: Api) -> None:
    """In the book, in the lists, and until it is taken back."""
    await a_world(api)
    await take_in(api, DJANGO)
    path = "/api/cves/CVE-2026-1000/status"
    wish = {"status": "Cleared", "package": "Django", "file": "django-1.11-*", "note": "not reachable"}
    shown = (await api.ask("PUT", path, json=wish)).json()

    assert shown["curated"]
    assert shown["curations"] == [
        {
            "status": "Cleared",
            "ecosystem": "conda",
            "package": "django",
            "file": "django-1.11-*",
            "note": "not reachable",
            "score": None,
            "source": "person",
            "by": "admin",
            "at": shown["curations"][0]["at"],
        }
    ]
    files = (await api.ask("GET", "/api/cves/CVE-2026-1000/files")).json()["items"]
    assert {file["cve_status"] for file in files} == {"Cleared"}
    (changed,) = [one for one in api.said(AdvisoriesChanged) if isinstance(one, AdvisoriesChanged)][1:]
    assert (changed.cause, changed.by, changed.cves) == ("curation", "admin", ("CVE-2026-1000",))

    query = "package=django&file=django-1.11-*"
    assert (await api.ask("DELETE", f"{path}?{query}")).status_code == 204
    assert (await api.ask("DELETE", f"{path}?{query}")).status_code == 404
    files = (await api.ask("GET", "/api/cves/CVE-2026-1000/files")).json()["items"]
    assert {file["cve_status"] for file in files} == {"Reported"}
    history = (await api.ask("GET", "/api/cves/CVE-2026-1000")).json()["history"]
    assert {entry["status"] for entry in history} == {None, "Cleared"}


async def test_the_same_status_again_changes_nothing(api: Api) -> None:
    """Nobody decides anew for it."""
    await take_in(api, DJANGO)
    for _ in range(2):
        await api.ask("PUT", "/api/cves/CVE-2026-1000/status", json={"status": "Active", "package": "django"})

    assert len(api.said(AdvisoriesChanged)) == 2


async def test_a_cve_that_no_advisory_has_can_be_brought_in(api: Api) -> None:
    """For native libraries; with the score that people know."""
    await a_world(api)
    wish = {"status": "Active", "package": "numpy", "score": 7.5}
    assert (await api.ask("PUT", "/api/cves/cve-2022-3602/status", json=wish)).json()["id"] == "CVE-2022-3602"
    (file,) = (await api.ask("GET", "/api/cves/CVE-2022-3602/files")).json()["items"]

    assert (file["ckey"], file["cve_score"], file["confidence"]) == ("noarch/numpy-1.0-h0_0.conda", 7.5, "curated")


@pytest.mark.parametrize(
    ("cve", "wish", "field"),
    [
        ("CVE-2026-1000", {"status": "Bad", "package": "x"}, "status"),
        ("CVE-2026-1000", {"status": "Active"}, "package"),
        ("CVE-2026-1000", {"status": "Active", "package": "a b"}, "package"),
        ("CVE-2026-1000", {"status": "Active", "package": "x", "file": "noarch/x"}, "file"),
        ("CVE-2026-1000", {"status": "Active", "package": "x", "score": 11}, "score"),
        ("CVE-2026-1000", {"status": "Active", "package": "x", "ecosystem": "npm"}, "ecosystem"),
        ("a b", {"status": "Active", "package": "x"}, "id"),
    ],
)
async def test_a_status_that_makes_no_sense_is_refused(api: Api, cve: str, wish: dict[str, Any], field: str) -> None:
    """With the field at fault."""
    answer = await api.ask("PUT", f"/api/cves/{cve}/status", json=wish)

    assert answer.status_code == 400
    assert field in f"{answer.json()['field']} {answer.json()['detail']}"


async def test_an_archive_goes_to_the_blob_store_and_the_scheduler_reads_it(api: Api) -> None:
    """As the body, or as a file of a form."""
    data = all_zip(DJANGO)
    form = [("other", (None, b"x", None)), ("file", ("all.zip", data, "application/zip"))]
    headers = {"X-Auth": "a-token-for-tests-only"}
    raw = await api.ask("POST", "/api/cves/import", content=data, content_type="application/zip")
    sent = await api.client.post("/api/cves/import", files=form, headers=headers)
    first, second = [one for one in api.said(AdvisoriesUpdate) if isinstance(one, AdvisoriesUpdate)]

    assert (raw.status_code, sent.status_code) == (202, 202)
    assert (first.report_id, second.report_id) == (raw.json()["report_id"], sent.json()["report_id"])
    assert first.blob == second.blob
    assert first.blob is not None
    assert await read_all(api.blobs, Sha256(first.blob)) == data


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"", "application/zip", 400),
        (b"x" * 3000, "application/zip", 413),
        (b"--x\r\n", "multipart/form-data", 400),
        (b"nonsense", "multipart/form-data; boundary=x", 400),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--", "multipart/form-data; boundary=x", 400),
        (b"--x\r\nA: " + b"b" * 10_000, "multipart/form-data; boundary=x", 400),
    ],
    ids=["empty", "too large", "no boundary", "no form", "no file", "long header"],
)
async def test_what_is_no_upload_is_refused(api: Api, content: bytes, content_type: str, status: int) -> None:
    """And nobody is asked to read it."""
    api.ports.import_limit_bytes = 2000
    answer = await api.ask("POST", "/api/cves/import", content=content, content_type=content_type)

    assert answer.status_code == status
    assert not api.said(AdvisoriesUpdate)


async def test_an_update_can_be_asked_for(api: Api) -> None:
    """From the configured source."""
    answer = await api.ask("POST", "/api/cves/update")
    (message,) = api.said(AdvisoriesUpdate)

    assert message == AdvisoriesUpdate(
        report_id=answer.json()["report_id"], requested_by="admin", by_address=AT_THE_HARNESS
    )


async def test_the_map_of_names_can_be_replaced(api: Api) -> None:
    """In YAML; the book has it at once."""
    await take_in(api, DJANGO)
    assert (await api.ask("GET", "/api/cves/conda-names")).json() == {"names": {}}
    answer = await api.ask("PUT", "/api/cves/conda-names", content=b"py-django: Django\ncurl: none\n")
    assert answer.json() == {"names": {"py-django": "django", "curl": None}}
    head = await api.records.advisory_books.get()
    assert head is not None
    book = AdvisoryBook.decode(await read_all(api.blobs, head.book))
    assert book.matches("conda", "py-django")
    assert (await api.ask("GET", "/api/cves/conda-names")).json() == answer.json()

    wrong = await api.ask("PUT", "/api/cves/conda-names", content=b"a: [b]")
    assert (wrong.status_code, "line 1" in wrong.json()["detail"]) == (400, True)
    await api.ask("PUT", "/api/cves/conda-names", content=b"")
    assert (await api.ask("GET", "/api/cves/conda-names")).json() == {"names": {}}
