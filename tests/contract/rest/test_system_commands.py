"""`config --set-site`, `admin`, `system`, `report`, `cves`: sections 3, 11 and 14 of rest-api.md."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.messages import GarbageSweep
from libs.common.domain.digest import sha256_of
from libs.common.domain.download import Download
from libs.common.domain.garbage import Amount, GarbageReport, Kind
from libs.common.vulnerabilities.keep_book import keep_records
from libs.common.vulnerabilities.read_archive import Archive
from libs.common.vulnerabilities.sort_records import sort_records
from tests.contract.rest.replay import Client
from tests.support.osv import MEDIUM, all_zip, an_osv
from tests.support.packages import a_package
from tests.support.records import NOON
from tests.support.world import World
from tests.unit.api.harness import Api

BLOB = sha256_of(b"garbage")
SWEPT = GarbageReport(
    id="r",
    is_dry_run=True,
    started_at=NOON,
    finished_at=NOON,
    older_than=NOON,
    found={Kind.BLOBS: Amount(count=2, size_bytes=30), Kind.SHARDS: Amount(count=1, size_bytes=5)},
    blobs=(BLOB,),
)


class SweepingBus(MemoryBus):
    """A bus with an indexer on it that has its report at once."""

    def __init__(self, put: Callable[..., Any]) -> None:
        super().__init__()
        self._put = put

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Remember the message, and answer a sweep."""
        await super().say(message, event_id=event_id, at=at)
        if isinstance(message, GarbageSweep):
            await self._put(message.report_id, at=NOON, data=msgspec.json.encode(SWEPT))


async def test_set_site(client: Client) -> None:
    """Before there is a token; the client asks by https, then by http, and wants this word."""
    client.token = None
    found = await client.call("GET", "/system", expect=200)

    assert found["service_name"] == "repo"


async def test_admin_show_and_set(client: Client) -> None:
    """The older client sends one key; the newer one the whole object with its own changes."""
    before = await client.call("GET", "/system/settings", expect=200)
    older = await client.call("PUT", "/system/settings", {"user_channel_autocreate": False}, expect=200)
    ident = {"enabled": True, "enable_from": "2026-06-01", "selected_tokens": ["username", "hostname"]}
    newer = await client.call("PUT", "/system/settings", older | {"anaconda_ident_settings": ident}, expect=200)

    assert before.keys() >= {"user_channel_autocreate", "anaconda_ident_settings"}
    assert before["anaconda_ident_settings"].keys() == {"enabled", "enable_from", "selected_tokens"}
    assert (newer["user_channel_autocreate"], newer["anaconda_ident_settings"]) == (False, ident)


async def test_system_diagnose_blobs(client: Client, api: Api) -> None:
    """JSON that is not called so; the answer is saved under the name that it comes with."""
    api.ports.bus = SweepingBus(api.records.reports.put)
    body = {"download_as": "json", "channel_names": []}
    found = await client.send_untyped("POST", "/diagnose/blobs", body, expect=200)

    assert found["blobs"] == [BLOB]
    assert "filename=" in client.exchanges[0]["headers"]["content-disposition"]


async def test_system_cleanup_blobs(client: Client, api: Api) -> None:
    """Some of them by their digests, or all; the same two numbers."""
    api.ports.bus = SweepingBus(api.records.reports.put)
    some = await client.call("POST", "/system/blob_cleanup", [BLOB], expect=200)
    everything = await client.call("DELETE", "/system/blob_cleanup", expect=200)

    assert some == everything == {"blob_count": 2, "space_reclaimed": 35}


async def test_system_cleanup_that_takes_long(client: Client) -> None:
    """504: the client says that a job was started."""
    await client.call("DELETE", "/system/blob_cleanup", expect=504)


async def test_report(client: Client, api: Api) -> None:
    """As JSON and as CSV, with filters and without."""
    await api.records.downloads.add(
        [Download(id="d", at=NOON, channel="main", ckey="noarch/six-1.16.0-h0_0.conda", user="ann", count=2)]
    )
    wish = {"from_date": "2026-05-01", "to_date": "2026-05-31", "download_as": "json"}
    found = await client.call("POST", "/reports/artifact_downloads", wish, expect=200)
    narrowed = wish | {"user_names": ["bob"], "channel_names": ["main"]}
    none = await client.call("POST", "/reports/artifact_downloads", narrowed, expect=200)
    table = await client.call("POST", "/reports/artifact_downloads", wish | {"download_as": "csv"}, expect=200)
    await client.call("POST", "/reports/artifact_downloads", wish | {"from_date": "2025-01-01"}, expect=400)

    assert (len(found["downloaded_items"]), none["downloaded_items"]) == (1, [])
    assert "six" in table


async def test_cves(client: Client, api: Api) -> None:
    """The list, one of them with its parts of CVSS, and the files that it is about."""
    world = World()
    world.offer([a_package("django", "1.11"), a_package("numpy", "1.0")])
    await world.run()
    await world.publish()
    api.stands_on(world)
    record = an_osv("GHSA-1", vector=MEDIUM, fixed="2.0", database_specific={"severity": "HIGH"})
    reading = sort_records(Archive(io.BytesIO(all_zip(record))))
    await keep_records(reading.new, cause="import", by=None, ports=api.ports.keeping)

    listed = await client.call("GET", "/cves?offset=0&limit=50", expect=200)
    shown = await client.call("GET", f"/cves/{listed['items'][0]['id']}", expect=200)
    files = await client.call("GET", f"/cves/{listed['items'][0]['id']}/files?offset=0&limit=50", expect=200)

    (item,), (file,) = listed["items"], files["items"]
    assert item.keys() >= {"id", "cvssv3_score", "curated", "packages_count", "description", "packages"}
    assert shown.keys() >= {"cvssv2", "cvssv3", "published_at"}
    assert "cvssV3" in shown["cvssv3"]
    assert files["total_count"] == 1
    assert file.keys() >= {
        "channel_name", "parent_channel_name", "artifact_family", "cve_status", "common_name", "ckey",
    }  # fmt: skip
