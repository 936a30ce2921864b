"""POST runs: a run is asked for without an edit."""

import pytest

from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.run import RunState
from tests.support.callers import AT_THE_HARNESS
from tests.support.records import a_channel, a_mirror, a_run
from tests.unit.api.harness import Api

RUNS = "/api/channels/main/mirrors/id-of-mm/runs"


@pytest.mark.parametrize("state", [None, RunState.COMPLETED, RunState.FAILED, RunState.STOPPED])
async def test_a_mirror_is_run_as_it_is(api: Api, state: RunState | None) -> None:
    """202 and the mirror; nothing of it changes."""
    await api.holds(a_channel("main"), a_mirror("mm"))
    if state is not None:
        await api.holds(a_run(mirror_id="id-of-mm", state=state))
    before = await api.records.mirrors.get("id-of-mm")

    answer = await api.ask("POST", RUNS)

    assert (answer.status_code, answer.json()["mirror_id"]) == (202, "id-of-mm")
    assert await api.records.mirrors.get("id-of-mm") == before
    assert api.bus.said == [
        MirrorRequested(
            channel="main",
            mirror="mm",
            mirror_id="id-of-mm",
            trigger="user",
            requested_by="admin",
            by_address=AT_THE_HARNESS,
        )
    ]


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.RUNNING, RunState.STOPPING])
async def test_a_mirror_that_runs_is_not_run_again(api: Api, state: RunState) -> None:
    """Such a run would only be skipped; the answer says what to do."""
    await api.holds(a_channel("main"), a_mirror("mm"), a_run(mirror_id="id-of-mm", state=state))

    answer = await api.ask("POST", RUNS)

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert f"run 1 of mirror mm is {state.value}; wait for its end, or stop it first" in answer.json()["detail"]
    assert api.bus.said == []


async def test_two_who_ask_at_once_ask_for_one_run(api: Api) -> None:
    """Both requests have one id, and the bus takes it once."""
    await api.holds(a_channel("main"), a_mirror("mm"))
    await api.ask("POST", RUNS)
    await api.ask("POST", RUNS)

    assert len(api.said(MirrorRequested)) == 1


async def test_there_is_no_run_of_a_mirror_that_is_not_there(api: Api) -> None:
    """Nor of one that is in another channel."""
    await api.holds(a_channel("main"), a_channel("other"), a_mirror("mm", channel="other"))

    assert (await api.ask("POST", RUNS)).status_code == 404


async def test_a_run_tells_whether_its_decisions_are_there(api: Api) -> None:
    """So that nobody is sent to what was never saved."""
    saved = {"manifest": "a" * 64, "evaluation": "b" * 64, "catalogue": "c" * 64}
    await api.holds(a_channel("main"), a_mirror("mm"))
    await api.holds(a_run("1", mirror_id="id-of-mm", state=RunState.COMPLETED, **saved))
    await api.holds(a_run("2", mirror_id="id-of-mm", state=RunState.FAILED))

    listed = (await api.ask("GET", RUNS)).json()["items"]

    assert [(run["number"], run["has_decisions"]) for run in listed] == [(2, False), (1, True)]
