"""Sweeping and verifying over REST; the indexer's part is played by a bus that answers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.messages import ChannelVerify, GarbageSweep
from libs.common.domain.digest import sha256_of
from libs.common.domain.garbage import Amount, GarbageReport, Kind
from tests.support.records import NOON, a_channel
from tests.unit.api.harness import Api

BLOB = sha256_of(b"garbage")
REPORT = GarbageReport(
    id="r",
    is_dry_run=True,
    started_at=NOON,
    finished_at=NOON,
    older_than=NOON,
    found={Kind.BLOBS: Amount(count=2, size_bytes=30), Kind.SHARDS: Amount(count=1, size_bytes=5)},
    blobs=(BLOB,),
)


class AnsweringBus(MemoryBus):
    """A bus with an indexer on it that has the report at once."""

    def __init__(self, put: Callable[..., Any]) -> None:
        super().__init__()
        self._put = put

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Remember the message, and answer a sweep."""
        await super().say(message, event_id=event_id, at=at)
        if isinstance(message, GarbageSweep):
            await self._put(message.report_id, at=NOON, data=msgspec.json.encode(REPORT))


@pytest.fixture
def bus(api: Api) -> AnsweringBus:
    """Put an answering bus behind the API."""
    api.ports.bus = bus = AnsweringBus(api.records.reports.put)
    return bus


async def test_the_diagnosis_is_a_dry_run_to_be_saved_as_a_file(api: Api, bus: AnsweringBus) -> None:
    """Older clients send a body without saying what it is."""
    answer = await api.ask("POST", "/api/diagnose/blobs", content=b'{"download_as": "json", "channel_names": []}')

    assert answer.status_code == 200
    assert "blobs.json" in answer.headers["content-disposition"]
    assert answer.json()["found"]["blobs"] == {"count": 2, "size_bytes": 30}
    assert answer.json()["blobs"] == [BLOB]
    assert [(it.is_dry_run, it.requested_by) for it in bus.said if isinstance(it, GarbageSweep)] == [(True, "admin")]


async def test_a_cleanup_says_what_it_freed(api: Api, bus: AnsweringBus) -> None:
    """In the incumbent's words, for all or for some blobs."""
    everything = await api.ask("DELETE", "/api/system/blob_cleanup?grace_s=60")
    some = await api.ask("POST", "/api/system/blob_cleanup", json=[BLOB])
    none = await api.ask("POST", "/api/system/blob_cleanup", json=[])

    assert everything.json() == some.json() == {"blob_count": 2, "space_reclaimed": 35}
    assert none.json() == {"blob_count": 0, "space_reclaimed": 0}
    said = [it for it in bus.said if isinstance(it, GarbageSweep)]
    assert [(it.is_dry_run, it.grace_s, it.only) for it in said] == [(False, 60, ()), (False, None, (BLOB,))]


async def test_a_long_cleanup_goes_on_without_its_client(api: Api) -> None:
    """504, as the incumbent says it, with the place of the report."""
    answer = await api.ask("DELETE", "/api/system/blob_cleanup")

    (said,) = api.said(GarbageSweep)
    assert isinstance(said, GarbageSweep)
    assert answer.status_code == 504
    assert said.report_id in answer.json()["detail"]
    assert (await api.ask("GET", f"/api/system/reports/{said.report_id}")).status_code == 404


async def test_a_sweep_is_asked_for_and_its_report_shown(api: Api, bus: AnsweringBus) -> None:
    """A dry run, unless it is said otherwise."""
    asked = await api.ask("POST", "/api/system/garbage", json={})
    shown = await api.ask("GET", f"/api/system/reports/{asked.json()['report_id']}")

    assert asked.status_code == 202
    assert msgspec.convert(shown.json(), GarbageReport) == REPORT
    assert [it.is_dry_run for it in bus.said if isinstance(it, GarbageSweep)] == [True]


async def test_a_verification_is_asked_for(api: Api) -> None:
    """Of a channel that is there, or of all."""
    await api.holds(a_channel())

    one = await api.ask("POST", "/api/system/verify", json={"channel": "main", "deep": True, "repair": True})
    every = await api.ask("POST", "/api/system/verify", json={})
    missing = await api.ask("POST", "/api/system/verify", json={"channel": "other"})

    assert (one.status_code, every.status_code, missing.status_code) == (202, 202, 404)
    said = [it for it in api.said(ChannelVerify) if isinstance(it, ChannelVerify)]
    assert [(it.channel, it.is_deep, it.is_repair) for it in said] == [("main", True, True), (None, False, False)]


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("DELETE", "/api/system/blob_cleanup?grace_s=-1", None),
        ("POST", "/api/system/garbage", {"grace_s": -1}),
        ("POST", "/api/system/verify", {"channel": "a/b/c"}),
        ("POST", "/api/system/blob_cleanup", {"no": "list"}),
    ],
)
async def test_what_makes_no_sense_is_refused(api: Api, method: str, path: str, json: object) -> None:
    """With a reason, and nothing is said."""
    answer = await api.ask(method, path, json=json)

    assert answer.status_code == 400
    assert api.bus.said == []


async def test_upkeep_is_for_administrators(api: Api) -> None:
    """Nobody else removes anything."""
    answer = await api.client.delete("/api/system/blob_cleanup")

    assert answer.status_code == 401
