"""Lists of mirrors: looked for by text, state and type, in the order that one wants."""

from datetime import timedelta

import pytest

from libs.common.domain.mirror import MirrorType
from libs.common.domain.run import FileFailure, RunState
from tests.support.records import NOON, a_channel, a_mirror, a_run
from tests.unit.api.harness import Api

MIRRORS = "/api/channels/main/mirrors"


@pytest.fixture
async def api_with_three(api: Api) -> Api:
    """Hold one that failed, one that completed and is due first, one that never ran and is in another channel."""
    failed, done = a_mirror("b-failed", position=0), a_mirror("a-done", position=1, type=MirrorType.CRAN)
    never = a_mirror("c-never", channel="other", source_root="https://elsewhere.example/forge")
    failure = FileFailure(ckey="noarch/x-1-0.conda", code="upstream_missing", reason="not there")
    await api.holds(a_channel("main"), a_channel("other"), failed, done, never)
    await api.holds(
        a_run("1", mirror_id=failed.id, state=RunState.FAILED, started_at=NOON, failures=(failure,)),
        a_run("2", mirror_id=done.id, state=RunState.COMPLETED, started_at=NOON + timedelta(hours=1)),
    )
    await api.records.schedule.plan(failed.id, cron=failed.cron, at=NOON + timedelta(days=2))
    await api.records.schedule.plan(done.id, cron=done.cron, at=NOON + timedelta(days=1))
    return api


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=DONE", ["a-done"]),
        ("search=other", ["c-never"]),
        ("search=elsewhere", ["c-never"]),
        ("search=nothing-like-it", []),
        ("state=failed", ["b-failed"]),
        ("state=pending", ["c-never"]),
        ("type=CRAN", ["a-done"]),
        ("type=conda&state=completed", []),
        ("sort=state", ["b-failed", "c-never", "a-done"]),
        ("sort=-last_run_at", ["a-done", "b-failed", "c-never"]),
        ("sort=next_run_at", ["a-done", "b-failed", "c-never"]),
        ("sort=type", ["a-done", "b-failed", "c-never"]),
    ],
)
async def test_the_servers_list_is_looked_through(api_with_three: Api, query: str, names: list[str]) -> None:
    """The total counts what fits."""
    body = (await api_with_three.ask("GET", f"/api/mirrors?{query}")).json()

    assert [item["name"] for item in body["items"]] == names
    assert body["total_count"] == len(names)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["b-failed", "a-done"]),
        ("?sort=name", ["a-done", "b-failed"]),
        ("?state=completed", ["a-done"]),
        ("?search=fail&limit=1", ["b-failed"]),
    ],
)
async def test_so_is_a_channels_list(api_with_three: Api, query: str, names: list[str]) -> None:
    """Which stands by position unless one wants another order."""
    body = (await api_with_three.ask("GET", f"{MIRRORS}{query}")).json()

    assert [item["mirror_name"] for item in body["items"]] == names


@pytest.mark.parametrize("query", ["state=lost", "type=npm", "sort=size"])
async def test_what_there_is_not_can_not_be_looked_for(api_with_three: Api, query: str) -> None:
    """Nobody mistakes a mistyped word for an empty list."""
    for path in ("/api/mirrors", MIRRORS):
        answer = await api_with_three.ask("GET", f"{path}?{query}")

        assert (answer.status_code, answer.json()["field"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize("path", ["", "/id-of-b-failed", "/id-of-b-failed/runs"])
async def test_names_of_files_can_be_left_out(api_with_three: Api, path: str) -> None:
    """They are many, and are not looked at in every list."""
    told, short = [(await api_with_three.ask("GET", f"{MIRRORS}{path}{query}")).text for query in ("", "?logs=false")]

    assert "noarch/x-1-0.conda" in told
    assert "logs" not in short
