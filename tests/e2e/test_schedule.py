"""Mirrors that run by themselves, on a real scheduler: what was missed, what overlaps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from libs.common.adapters.mongo.indexes import SCHEDULE
from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.faults import Held
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

FILE = a_package("file", padding_bytes=2_000)


@pytest.fixture
def comes_due(stack: Stack) -> Callable[[str, timedelta], None]:
    """Return a way to let a mirror's next fire be so long ago, as if the scheduler had been down."""

    def make_due(mirror_id: str, ago: timedelta) -> None:
        eventually(lambda: _set_due(stack, mirror_id, ago), within_s=10, what="the mirror to be planned")

    return make_due


def test_a_mirror_that_missed_many_fires_runs_once_and_is_planned_ahead(
    stack: Stack, make_source: MakeSource, channel: str, comes_due: Callable[[str, timedelta], None]
) -> None:
    """A scheduler that comes back after days has one run to ask for."""
    mirrored = mirror(stack, channel, make_source((FILE,)).url)
    stack.api.replace_mirror(channel, mirrored.mirror_id, cron="0 * * * *")
    _wait_for_plan(mirrored, within=timedelta(hours=1, minutes=1))

    comes_due(mirrored.mirror_id, timedelta(days=3))

    assert stack.wait_for_run(channel, mirrored.mirror_id, number=2) == "completed"
    _wait_for_plan(mirrored, within=timedelta(hours=1, minutes=1))
    stack.settle()
    runs = _runs(mirrored)
    assert [(run["number"], run["trigger"], run["state"]) for run in runs] == [
        (2, "cron", "completed"),
        (1, "user", "completed"),
    ]


def test_a_due_run_of_a_mirror_that_still_runs_is_skipped_and_says_why(
    stack: Stack, make_source: MakeSource, channel: str, comes_due: Callable[[str, timedelta], None]
) -> None:
    """The run that goes on is not disturbed, and the history shows what did not happen."""
    source = make_source((FILE,))
    source.break_files({FILE.path: Held()})
    stack.api.create_channel(channel)
    mirror_id = stack.api.create_mirror(channel, source.url, mode="active")
    source.wait_for_request(FILE.path)

    comes_due(mirror_id, timedelta(minutes=5))
    stack.bus.wait_for("mirror.finished", mirror_id=mirror_id, state="skipped")
    source.mend()

    assert stack.wait_for_run(channel, mirror_id) == "completed"
    skipped = _runs(Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1))[0]
    assert (skipped["trigger"], skipped["state"]) == ("cron", "skipped")
    assert skipped["reason"] == "an earlier run of this mirror has not ended"


def _set_due(stack: Stack, mirror_id: str, ago: timedelta) -> bool:
    with MongoClient[dict[str, Any]](stack.mongo_url, tz_aware=True) as client:
        due = datetime.now(UTC) - ago
        plans = client.get_default_database()[SCHEDULE]
        return plans.update_one({"_id": mirror_id}, {"$set": {"at": due}}).matched_count == 1


def _wait_for_plan(mirrored: Mirrored, *, within: timedelta) -> None:
    """Wait until the mirror shows that it runs next in so long at most."""
    eventually(
        lambda: datetime.now(UTC) < datetime.fromisoformat(mirrored.show()["next_run_at"]) < datetime.now(UTC) + within,
        within_s=10,
        what="the mirror to be planned ahead",
    )


def _runs(mirrored: Mirrored) -> list[dict[str, Any]]:
    path = f"/channels/{mirrored.channel}/mirrors/{mirrored.mirror_id}/runs"
    found: list[dict[str, Any]] = mirrored.stack.api.call("GET", path, expect=200)["items"]
    return found
