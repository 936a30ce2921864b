"""CVEs and downloads of Python and R packages over REST."""

import io
from typing import Any

from libs.common.contracts.policy_messages import ReportRequested
from libs.common.domain.download import Download
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorType
from libs.common.domain.run import Step
from libs.common.vulnerabilities.keep_book import keep_records
from libs.common.vulnerabilities.read_archive import Archive
from libs.common.vulnerabilities.sort_records import sort_records
from tests.support.cran_records import a_stanza
from tests.support.cran_records import payload_of as r_payload
from tests.support.osv import CRITICAL, all_zip, an_osv
from tests.support.python_records import a_wheel, payload_of
from tests.support.records import NOON, a_mirror, a_run
from tests.support.stocked import a_known_file, stock
from tests.support.world import World
from tests.unit.api.harness import Api

PYTHON = a_mirror("index", type=MirrorType.PYTHON_SIMPLE)
R = a_mirror("cran", type=MirrorType.CRAN, position=1)


async def a_world(api: Api) -> World:
    """Put a published channel with both behind the API, and a CVE of each."""
    world = World()
    demo = payload_of(a_known_file(a_wheel("demo")), a_known_file(a_wheel("demo", "2.0")), project="demo")
    await stock(world, PYTHON, {"simple": {"demo": demo, "flask": UNREAD}})
    await stock(world, R, {"src/contrib": {"Demo": r_payload(a_stanza("Demo", MD5sum="0" * 32))}})
    await world.publish()
    api.stands_on(world)
    records = (
        an_osv("GHSA-1", "demo", aliases=["CVE-2026-1001"], vector=CRITICAL, fixed="2.0"),
        an_osv("GHSA-2", "flask", aliases=["CVE-2026-1002"], vector=CRITICAL),
        an_osv("RSEC-1", "Demo", ecosystem="CRAN", aliases=["CVE-2026-1003"], vector=CRITICAL),
    )
    reading = sort_records(Archive(io.BytesIO(all_zip(*records))))
    await keep_records(reading.new, cause="import", by=None, ports=api.ports.keeping)
    return world


async def files_of(api: Api, cve: str) -> list[tuple[str, str, str]]:
    """Return the files that a CVE affects: family, version, path."""
    answer = (await api.ask("GET", f"/api/cves/{cve}/files")).json()
    return [(file["artifact_family"], file["version"], file["ckey"]) for file in answer["items"]]


async def test_the_files_of_a_cve_are_found_in_each_type(api: Api) -> None:
    """Of names that nobody read there are no files to name."""
    await a_world(api)

    assert await files_of(api, "CVE-2026-1001") == [("python", "1.0", f"simple/demo/{a_wheel('demo')}")]
    assert await files_of(api, "CVE-2026-1002") == []
    assert await files_of(api, "CVE-2026-1003") == [("cran", "1.0", "cran/src/contrib/Demo_1.0.tar.gz")]
    assert (await api.ask("GET", "/api/channels/main/cves")).json()["file_count"] == 2


async def test_downloads_of_each_type_are_known_by_their_names(api: Api) -> None:
    """With the CVEs of their versions."""
    await a_world(api)
    ckeys = (
        f"simple/demo/{a_wheel('demo')}",
        "simple/demo/demo-2.0.tar.gz",
        "cran/src/contrib/Archive/Demo/Demo_1.0.tar.gz",
        "cran/bin/windows/contrib/4.5/Demo_1.0.zip",
    )
    await api.records.downloads.add(
        [
            Download(id=str(place), channel="main", ckey=ckey, user="ann", at=NOON, count=1)
            for place, ckey in enumerate(ckeys)
        ]
    )

    wish = {"from_date": "2026-01-01", "to_date": "2026-12-31", "download_as": "json"}
    answer = await api.ask("POST", "/api/reports/artifact_downloads", json=wish)

    known = {item["ckey"]: (item["name"], item["version"], item["cves"]) for item in answer.json()["downloaded_items"]}
    assert known == {
        ckeys[0]: ("demo", "1.0", ["CVE-2026-1001"]),
        ckeys[1]: ("demo", "2.0", []),
        ckeys[2]: ("Demo", "1.0", ["CVE-2026-1003"]),
        ckeys[3]: ("Demo", "1.0", ["CVE-2026-1003"]),
    }


async def test_steps_are_named_as_people_know_the_source(api: Api) -> None:
    """A Python source has projects."""
    world = await a_world(api)
    await world.records.runs.add(a_run("run", mirror_id=PYTHON.id))
    await world.records.runs.add(a_run("other", mirror_id=R.id))

    shown = (await api.ask("GET", "/api/channels/main/mirrors")).json()
    words = {
        mirror["mirror_name"]: mirror["sync_state"]["current_step_description"]
        for mirror in (shown["items"] if isinstance(shown, dict) else shown)
    }

    assert words["index"] == "Check remote project list"
    assert words["cran"] != Step.CHECK.value
    run = (await api.ask("GET", f"/api/channels/main/mirrors/{PYTHON.id}/runs/1")).json()
    assert run["sync_state"]["current_step_description"] == "Check remote project list"


async def refused(api: Api, **wish: Any) -> str:
    """Ask for a report that makes no sense, and return which field is named."""
    answer = await api.ask("POST", "/api/reports/dependencies", json={"channel": "main"} | wish)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["field"])


async def test_a_report_is_checked_by_the_ecosystem_that_it_is_about(api: Api) -> None:
    """Specs, platforms and Pythons each have their own words."""
    await a_world(api)

    python: dict[str, Any] = {"channel": "main", "ecosystem": "python"}
    asked = {**python, "specs": ["demo[x] >=1"], "platforms": ["win_amd64"], "pythons": ["3.12"]}
    assert (await api.ask("POST", "/api/reports/dependencies", json=asked)).status_code == 202
    message = api.bus.said[-1]
    assert isinstance(message, ReportRequested)
    assert '"pythons":["3.12"]' in message.wish

    assert await refused(api, **python, specs=["demo"], platforms=["linux-64"]) == "platforms[0]"
    assert await refused(api, mirror=PYTHON.name, specs=["demo"], pythons=["three"]) == "pythons[0]"
    assert await refused(api, specs=["demo"], ecosystem="r", pythons=["3.12"]) == "pythons"
    assert await refused(api, specs=["demo"], ecosystem="conda") == "ecosystem"
    assert await refused(api, **python, specs=["=="]) == "specs[0]"


async def test_a_report_on_a_channel_of_several_types_is_told_which(api: Api) -> None:
    """By the ecosystem or a mirror: the same name may be of another package in each."""
    await a_world(api)

    assert await refused(api, specs=["demo"]) == "ecosystem"
    for chosen in ({"ecosystem": "r"}, {"mirror": R.name}, {"ecosystem": "python"}):
        answer = await api.ask(
            "POST", "/api/reports/dependencies", json={"channel": "main", "specs": ["Demo"], **chosen}
        )
        assert answer.status_code == 202, answer.text
