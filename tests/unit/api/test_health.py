"""GET /api/system/health: what is told of each part, and of parts that are away."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.contracts.permissions import durables
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import Rights
from libs.common.domain.channel import Privacy
from libs.common.domain.digest import Blob
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.garbage import DAILY, Amount, GarbageReport, Kind
from libs.common.domain.history import HistoryEntry
from libs.common.domain.run import Counts, RunState
from libs.common.domain.verification import Verification
from libs.common.ports.blobs import put_bytes
from libs.common.ports.dead_letters import DeadLetter
from libs.common.ports.vital_signs import DiskSign, QueueSign, ServiceSign, StreamSign
from libs.common.runtime.health import SERVICES
from services.api.health.count_blobs import COUNTS_FOR, BlobCount
from tests.support.people import a_role, a_token, a_user
from tests.support.records import NOON, a_channel, a_mirror, a_run
from tests.unit.api.harness import TOKEN, Api

FETCHING = ("TAIN_WORK", "fetcher-artifact-fetch")


async def health(api: Api, *, by: str = TOKEN) -> dict[str, Any]:
    """Return what is told."""
    answer = await api.ask("GET", "/api/system/health", X_Auth=by)
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


async def test_services_and_queues_are_told_as_they_answer(api: Api) -> None:
    """With what is missing, and what each queue is for."""
    signs = api.signs
    signs.seen_services = [
        ServiceSign(name="api", id="1", version="1.0", started_at=NOON, host="one", pid="7"),
        *(ServiceSign(name="fetcher", id=str(number), version="1.0") for number in (2, 3)),
    ]
    signs.seen_queues = [
        QueueSign(stream=FETCHING[0], consumer=FETCHING[1], waiting=12, in_hand=3, redelivered=1),
        QueueSign(stream="TAIN_EVENTS", consumer="reporter-channel-deleted", waiting=0, in_hand=0, redelivered=0),
        QueueSign(stream="TAIN_EVENTS", consumer="scheduler-runs", waiting=1, in_hand=0, redelivered=0),
    ]
    signs.seen_streams = [StreamSign(name="TAIN_EVENTS", messages=9, size_bytes=900)]
    signs.seen_disk = DiskSign(free_bytes=1, total_bytes=2)

    shown = await health(api)

    assert shown["services"]["missing"] == ["indexer", "reporter", "scheduler"]
    assert shown["services"]["items"][0] == {
        "name": "api",
        "id": "1",
        "version": "1.0",
        "started_at": "2026-05-17T12:00:00.123000+00:00",
        "host": "one",
        "pid": "7",
    }
    assert shown["fetchers"] == {"instances": 2, "in_hand": 3, "waiting": 12, "problem": None}
    assert [(one["service"], one["does"]) for one in shown["queues"]["items"]] == [
        ("fetcher", "fetch, verify and store the files"),
        ("reporter", "record it"),
        ("scheduler", "start a run: read the source, decide, compare; stop the run within seconds"),
    ]
    assert shown["queues"]["streams"] == [{"name": "TAIN_EVENTS", "messages": 9, "size_bytes": 900}]
    assert shown["storage"]["disk"] == {"free_bytes": 1, "total_bytes": 2}
    assert shown["stores"] == [{"name": "mongodb", "is_up": True}]


async def test_what_is_away_says_so_and_leaves_the_rest(api: Api) -> None:
    """Never a 500; what is not known is null."""
    api.signs.is_away = True
    api.dead_letters.letters.append(
        DeadLetter(number=1, subject="s", event_id="e", buried_at=NOON, error="x", payload=b"{}")
    )

    shown = await health(api)

    for part in ("services", "queues", "fetchers", "storage"):
        assert shown[part]["problem"] == "nothing answers"
    assert shown["services"]["items"] is None
    assert shown["services"]["missing"] == []
    assert shown["queues"]["items"] is shown["fetchers"]["in_hand"] is shown["storage"]["disk"] is None
    assert shown["storage"]["blobs"] is not None
    assert shown["dead_letters"] == {"total_count": 1, "problem": None}
    assert shown["sweep"] == {"daily": None, "asked": None, "next_at": None, "problem": None}
    assert shown["verify"] == {"last": None, "problem": None}


async def test_the_last_sweeps_and_the_last_verification_are_told(api: Api) -> None:
    """The one that came by itself, and the newest that somebody asked for."""
    swept = GarbageReport(
        id=DAILY,
        is_dry_run=False,
        started_at=NOON,
        finished_at=NOON,
        older_than=NOON,
        found={Kind.BLOBS: Amount(count=3, size_bytes=30), Kind.RUNS: Amount(count=1)},
        next_at=NOON + timedelta(days=1),
    )
    asked = msgspec.structs.replace(swept, id="asked", is_dry_run=True, found={}, refused="why", next_at=None)
    verified = Verification(
        id="v", channel="main", is_deep=True, is_repair=False, started_at=NOON, finished_at=NOON, fault_count=2
    )
    for report in (swept, asked, verified):
        await api.records.reports.put(report.id, at=NOON, data=msgspec.json.encode(report))
    for number, (report_id, kind) in enumerate(
        [("asked", "blob_cleanup_completed"), (DAILY, "blob_cleanup_completed"), ("v", "verification_completed")]
    ):
        entry = HistoryEntry(
            id=str(number),
            channel_id="",
            channel="",
            event_type=kind,
            created=NOON + timedelta(minutes=number),
            data={"report_id": report_id},
        )
        await api.records.history.add(entry)

    shown = await health(api)

    assert shown["sweep"]["daily"]["size_bytes"] == 30
    assert shown["sweep"]["daily"]["counts"] == {"blobs": 3, "runs": 1}
    assert shown["sweep"]["next_at"] == "2026-05-18T12:00:00.123000+00:00"
    assert shown["sweep"]["asked"]["report_id"] == "asked"
    assert shown["sweep"]["asked"]["refused"] == "why"
    assert shown["verify"]["last"]["fault_count"] == 2


async def test_failures_are_of_newest_runs_and_of_mirrors_that_one_sees(api: Api) -> None:
    """Whoever looks after the system does not thereby see what is private."""
    for key, privacy in (("main", Privacy.PUBLIC), ("secret", Privacy.PRIVATE)):
        await api.holds(a_channel(key, privacy=privacy))
    broken, whole, partly, hidden = (
        a_mirror("broken"),
        a_mirror("whole"),
        a_mirror("partly"),
        a_mirror("hidden", channel="secret"),
    )
    await api.holds(broken, whole, partly, hidden)
    ended = {"state": RunState.FAILED, "reason": "the source is away", "finished_at": NOON}
    await api.holds(
        a_run("1", mirror_id=broken.id, **ended),
        a_run("2", mirror_id=whole.id, **ended),
        a_run("4", mirror_id=hidden.id, **ended),
        a_run(
            "5",
            mirror_id=partly.id,
            state=RunState.COMPLETED,
            counts=Counts(active=7, failed=2),
            finished_at=NOON + timedelta(minutes=1),
        ),
    )
    await api.holds(a_run("3", mirror_id=whole.id, state=RunState.COMPLETED, finished_at=NOON))
    await api.records.roles.add(
        a_role("watch", rights=Rights(levels={Category.SYSTEM: Level.READ, Category.CHANNEL_MIRROR: Level.READ}))
    )
    await api.records.users.add(a_user("ann", roles=("watch",)))
    await api.records.access_tokens.add(
        a_token("ci", of="ann", value="anns-token", scopes=("system:view", "channel.mirror:view"))
    )

    all_of_them = (await health(api))["failures"]
    anns = (await health(api, by="anns-token"))["failures"]

    assert all_of_them["total_count"] == 3
    assert [(one["mirror"], one["state"], one["failed_files"]) for one in anns["items"]] == [
        ("partly", "completed", 2),
        ("broken", "failed", 0),
    ]
    assert anns["items"][1]["reason"] == "the source is away"


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        """Return the time."""
        return self.time


class MoodyBlobs(MemoryBlobStore):
    """A store that does not list while `is_away`."""

    is_away = False

    async def older(self, than: datetime) -> AsyncIterator[Blob]:
        """Yield blobs, or fail."""
        if self.is_away:
            raise StoreUnavailable("away")
        async for blob in super().older(than):
            yield blob


async def test_blobs_are_counted_now_and_then() -> None:
    """Not each time that somebody looks; and what was counted stays known while the store is away."""
    clock, blobs = Clock(), MoodyBlobs()
    counting = BlobCount(blobs, clock=clock)
    await put_bytes(blobs, b"abc")
    first = await counting.amount()
    await put_bytes(blobs, b"abcd")
    same = await counting.amount()
    clock.time += COUNTS_FOR + timedelta(seconds=1)
    again = await counting.amount()
    clock.time += COUNTS_FOR + timedelta(seconds=1)
    blobs.is_away = True

    assert first is not None
    assert again is not None
    assert (first.count, first.size_bytes, first.counted_at) == (1, 3, NOON)
    assert same == first
    assert (again.count, again.size_bytes) == (2, 7)
    assert await counting.amount() == again


def test_every_queue_is_of_a_service() -> None:
    """And of messages; that of the fetchers' work has its name."""
    assert FETCHING in durables()
    assert all(name.partition("-")[0] in SERVICES and arrows for (_, name), arrows in durables().items())


@pytest.mark.parametrize("token", ["nobody", ""])
async def test_it_is_for_those_who_look_after_the_system(api: Api, token: str) -> None:
    """Names of machines and mirrors are not for everybody."""
    assert (await api.ask("GET", "/api/system/health", X_Auth=token)).status_code == 401
