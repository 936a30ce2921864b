"""Runs: what every adapter of the port keeps to."""

import asyncio

import msgspec
import pytest

from libs.common.domain.run import (
    ACTIVE_STATES,
    END_STATES,
    TRANSITIONS,
    Counts,
    FileFailure,
    Run,
    RunId,
    RunState,
    Step,
    Trigger,
)
from tests.contract.conftest import Records
from tests.support.records import NOON, a_run, minutes_on

RUN = RunId("run")
COUNTS = Counts(active=3, failed=1, excluded={"mirror_filtered.license": 2, "$x": 1}, bytes_transferred=5_000_000_000)
FAILURES = (FileFailure(ckey="noarch/x.conda", code="content_mismatch", reason="its sha256 differs"),)
ROUTES = {
    RunState.PENDING: (),
    RunState.RUNNING: (RunState.RUNNING,),
    RunState.STOPPING: (RunState.STOPPING,),
    RunState.COMPLETED: (RunState.RUNNING, RunState.COMPLETED),
    RunState.FAILED: (RunState.FAILED,),
    RunState.STOPPED: (RunState.STOPPING, RunState.STOPPED),
}
"""How to bring a pending run into each state."""


async def a_stored_run(
    records: Records,
    *,
    run_id: str = RUN,
    mirror_id: str = "id-of-forge",
    state: RunState = RunState.PENDING,
    **changes: object,
) -> Run:
    """Return a run that was stored and brought into a state."""
    run = await records.runs.add(a_run(run_id, mirror_id=mirror_id, **changes))
    for step in ROUTES[state]:
        moved = await records.runs.move(run.id, step, at=minutes_on(1))
        assert moved is not None
        run = moved
    return run


async def test_a_run_comes_back_as_it_was(records: Records) -> None:
    """All fields survive, also counts that are keyed `scope.reason`."""
    run = a_run(
        trigger=Trigger.CRON,
        request_id="build-4711",
        request_source="/ci",
        is_discarded=True,
        reason="because",
        attempt=2,
        owner="me",
        step=Step.DOWNLOAD,
        step_percent=40,
        counts=COUNTS,
        failures=FAILURES,
        last_ckey="noarch/x.conda",
        last_exception="oh",
        started_at=minutes_on(1),
        seen_at=minutes_on(2),
        catalogue="c" * 64,
    )

    stored = await records.runs.add(run)

    assert stored == msgspec.structs.replace(run, number=1)
    assert await records.runs.get(RUN) == stored
    assert await records.runs.get(RunId("other")) is None


async def test_a_repeated_add_changes_nothing(records: Records) -> None:
    """The message that asks for a run may come twice, also after the run began."""
    first = await a_stored_run(records, state=RunState.RUNNING)

    assert await records.runs.add(a_run()) == first
    assert len(await records.runs.list("id-of-forge")) == 1


async def test_runs_are_numbered_per_mirror(records: Records) -> None:
    """A person speaks of `run 3 of this mirror`."""
    await a_stored_run(records, run_id="a", mirror_id="one", state=RunState.COMPLETED)
    second = await a_stored_run(records, run_id="b", mirror_id="one")
    other = await a_stored_run(records, run_id="c", mirror_id="two")

    assert (second.number, other.number) == (2, 1)


async def test_an_overlapping_run_is_skipped_with_its_reason(records: Records) -> None:
    """Nobody waits and nobody is replaced."""
    await a_stored_run(records, run_id="first", state=RunState.STOPPING)

    second = await records.runs.add(a_run("second", requested_at=minutes_on(5)))

    assert second.state is RunState.SKIPPED
    assert second.number == 2
    assert second.reason
    assert second.finished_at == minutes_on(5)
    assert await records.runs.get(RunId("second")) == second


async def test_of_many_runs_at_once_one_is_active(records: Records) -> None:
    """All get a number of their own, and all but one are skipped."""
    runs = await asyncio.gather(*(records.runs.add(a_run(f"run-{number}")) for number in range(20)))

    assert sorted(run.number for run in runs) == list(range(1, 21))
    assert sum(run.state is RunState.PENDING for run in runs) == 1
    assert sum(run.state is RunState.SKIPPED for run in runs) == 19


async def test_of_many_repeated_adds_all_get_the_same_run(records: Records) -> None:
    """A redelivered message does not skip its own run."""
    runs = await asyncio.gather(*(records.runs.add(a_run()) for _ in range(10)))

    assert {(run.id, run.number, run.state) for run in runs} == {(RUN, 1, RunState.PENDING)}


async def test_after_a_run_ends_the_next_may_begin(records: Records) -> None:
    """Only active runs stand in the way."""
    await a_stored_run(records, run_id="first", state=RunState.STOPPED)

    assert (await records.runs.add(a_run("second"))).state is RunState.PENDING


@pytest.mark.parametrize("target", list(RunState))
@pytest.mark.parametrize("state", list(ROUTES))
async def test_a_run_moves_only_as_the_table_allows(records: Records, state: RunState, target: RunState) -> None:
    """A refused move changes nothing; times are set on the way."""
    run = await a_stored_run(records, state=state)

    moved = await records.runs.move(RUN, target, at=minutes_on(7), changes={"reason": "told"})

    if target not in TRANSITIONS[state]:
        assert moved is None
        assert await records.runs.get(RUN) == run
        return
    assert moved == await records.runs.get(RUN)
    assert moved is not None
    assert (moved.state, moved.reason) == (target, "told")
    assert moved.finished_at == (minutes_on(7) if target in END_STATES else None)
    assert moved.is_unsaid == (target in END_STATES)
    if target is RunState.RUNNING:
        assert moved.started_at == minutes_on(7)


async def test_a_move_keeps_an_earlier_start(records: Records) -> None:
    """A run that was taken up again began when it first began."""
    await records.runs.add(a_run(started_at=NOON))

    moved = await records.runs.move(RUN, RunState.RUNNING, at=minutes_on(9))

    assert moved is not None
    assert moved.started_at == NOON


async def test_a_move_takes_values_as_they_are(records: Records) -> None:
    """Words with a dollar are words; counts, failures and times may be set on the way."""
    await a_stored_run(records, state=RunState.RUNNING)
    changes = {"last_exception": "$state is $$ROOT", "counts": COUNTS, "failures": FAILURES, "catalogue": "c" * 64}

    moved = await records.runs.move(RUN, RunState.COMPLETED, at=minutes_on(9), changes=changes)

    assert moved is not None
    assert moved == await records.runs.get(RUN)
    assert (moved.last_exception, moved.counts, moved.failures) == ("$state is $$ROOT", COUNTS, FAILURES)


@pytest.mark.parametrize("target", [RunState.COMPLETED, RunState.FAILED, RunState.STOPPING])
async def test_an_owner_that_lost_a_run_does_not_move_it(records: Records, target: RunState) -> None:
    """It stalled, and does not know that another one is at work."""
    await a_stored_run(records, state=RunState.RUNNING)
    await records.runs.claim(RUN, owner="new", at=minutes_on(2), unseen_since=minutes_on(2))
    before = await records.runs.get(RUN)

    assert await records.runs.move(RUN, target, at=minutes_on(3), owner="old") is None
    assert await records.runs.get(RUN) == before
    assert await records.runs.move(RUN, target, at=minutes_on(3), owner="new") is not None


async def test_an_end_is_unsaid_until_it_was_said(records: Records) -> None:
    """Also that of a run which never began; what goes on has no end to be said."""
    await a_stored_run(records, run_id="ended", state=RunState.COMPLETED)
    await a_stored_run(records, run_id="other", state=RunState.RUNNING)
    skipped = await records.runs.add(a_run("skipped"))
    assert (skipped.state, skipped.is_unsaid) == (RunState.SKIPPED, True)
    unsaid = await records.runs.unsaid()
    assert sorted(run.id for run in unsaid) == ["ended", "skipped"]
    assert [run for run in unsaid if run.id == "skipped"] == [skipped]

    for run_id in (RunId("ended"), RunId("ended"), RunId("unknown")):
        await records.runs.said(run_id)

    assert [run.id for run in await records.runs.unsaid()] == ["skipped"]
    ended = await records.runs.get(RunId("ended"))
    assert ended is not None
    assert (ended.state, ended.is_unsaid) == (RunState.COMPLETED, False)


async def test_a_missing_run_does_not_move(records: Records) -> None:
    """None, as for a refused move."""
    assert await records.runs.move(RUN, RunState.RUNNING, at=NOON) is None
    assert await records.runs.claim(RUN, owner="me", at=NOON, unseen_since=NOON) is None
    assert not await records.runs.report(RUN, owner="me", at=NOON, step=Step.READ, percent=1, counts=COUNTS)


async def test_of_many_moves_one_wins(records: Records) -> None:
    """Stop and completion may race; the loser sees it."""
    await a_stored_run(records, state=RunState.RUNNING)
    targets = [RunState.COMPLETED, RunState.STOPPING, RunState.FAILED] * 4

    moved = await asyncio.gather(*(records.runs.move(RUN, target, at=minutes_on(2)) for target in targets))

    # FAILED may follow STOPPING; every other move leaves the state for good.
    states = [run.state for run in moved if run is not None]
    assert len(states) == len(set(states))
    assert len([state for state in states if state in END_STATES]) <= 1
    assert RunState.COMPLETED not in states or len(states) == 1


async def test_a_free_run_is_claimed(records: Records) -> None:
    """A claim starts a new attempt from the first step."""
    await records.runs.add(
        a_run(step=Step.SAVE, step_percent=50, counts=COUNTS, failures=FAILURES, last_ckey="noarch/x.conda", attempt=1)
    )

    claimed = await records.runs.claim(RUN, owner="me", at=minutes_on(1), unseen_since=NOON)

    assert claimed is not None
    assert claimed == await records.runs.get(RUN)
    assert (claimed.owner, claimed.seen_at, claimed.attempt) == ("me", minutes_on(1), 2)
    assert (claimed.step, claimed.step_percent, claimed.counts) == (Step.CHECK, 0, Counts())
    assert (claimed.failures, claimed.last_ckey) == ((), None)


@pytest.mark.parametrize(
    ("owner", "unseen_since", "attempt"),
    [("me", NOON, 2), ("you", minutes_on(2), 2), ("you", minutes_on(1), None), ("you", NOON, None)],
    ids=["again by its owner", "owner lost", "owner seen just then", "owner seen later"],
)
async def test_an_owned_run_is_claimed_only_from_the_lost(
    records: Records, owner: str, unseen_since: object, attempt: int | None
) -> None:
    """Two schedulers must not work on one run."""
    await a_stored_run(records, state=RunState.RUNNING)
    await records.runs.claim(RUN, owner="me", at=minutes_on(1), unseen_since=NOON)

    claimed = await records.runs.claim(RUN, owner=owner, at=minutes_on(3), unseen_since=unseen_since)  # type: ignore[arg-type]

    assert (claimed.attempt if claimed else None) == attempt


@pytest.mark.parametrize("state", list(ROUTES))
async def test_only_active_runs_are_claimed_or_reported(records: Records, state: RunState) -> None:
    """What has ended stays as it ended."""
    run = await a_stored_run(records, state=state, owner="me")

    claimed = await records.runs.claim(RUN, owner="me", at=minutes_on(2), unseen_since=NOON)
    reported = await records.runs.report(
        RUN, owner="me", at=minutes_on(3), step=Step.READ, percent=1, counts=COUNTS, failures=FAILURES
    )

    assert (claimed is not None, reported) == (state in ACTIVE_STATES, state in ACTIVE_STATES)
    if state in END_STATES:
        assert await records.runs.get(RUN) == run


async def test_of_many_claims_one_wins(records: Records) -> None:
    """A free run has one owner, and one attempt was begun."""
    await records.runs.add(a_run())

    claims = await asyncio.gather(
        *(records.runs.claim(RUN, owner=f"owner-{it}", at=minutes_on(1), unseen_since=NOON) for it in range(10))
    )

    winners = [run for run in claims if run is not None]
    assert len(winners) == 1
    assert winners[0] == await records.runs.get(RUN)
    assert winners[0].attempt == 1


async def test_a_report_keeps_what_it_does_not_name(records: Records) -> None:
    """Failures and the last file stay until there are newer ones."""
    await records.runs.add(a_run(owner="me"))
    report = records.runs.report

    assert await report(
        RUN,
        owner="me",
        at=minutes_on(1),
        step=Step.DOWNLOAD,
        percent=10,
        counts=COUNTS,
        failures=FAILURES,
        last_ckey="noarch/x.conda",
    )
    assert await report(RUN, owner="me", at=minutes_on(2), step=Step.SAVE, percent=90, counts=Counts(active=9))

    run = await records.runs.get(RUN)
    assert run is not None
    assert (run.seen_at, run.step, run.step_percent) == (minutes_on(2), Step.SAVE, 90)
    assert (run.counts, run.failures, run.last_ckey) == (Counts(active=9), FAILURES, "noarch/x.conda")


async def test_who_lost_a_run_cannot_report(records: Records) -> None:
    """A scheduler that was slow sees that another took over."""
    await records.runs.add(a_run(owner="you"))

    assert not await records.runs.report(RUN, owner="me", at=minutes_on(1), step=Step.READ, percent=1, counts=COUNTS)

    run = await records.runs.get(RUN)
    assert run is not None
    assert run.seen_at is None


async def test_active_runs_are_found(records: Records) -> None:
    """The watchdog looks at these, and at no others."""
    for state in ROUTES:
        await a_stored_run(records, run_id=state.value, mirror_id=f"of-{state.value}", state=state)

    assert {run.state for run in await records.runs.active()} == ACTIVE_STATES


async def test_the_latest_run_is_none_that_was_skipped(records: Records) -> None:
    """A skipped request says nothing of the mirror's state."""
    await a_stored_run(records, run_id="a1", mirror_id="a", state=RunState.COMPLETED)
    await a_stored_run(records, run_id="a2", mirror_id="a", state=RunState.RUNNING)
    await records.runs.add(a_run("a3", mirror_id="a"))
    await a_stored_run(records, run_id="b1", mirror_id="b", state=RunState.FAILED)
    await a_stored_run(records, run_id="c1", mirror_id="c")

    latest = await records.runs.latest(["a", "b", "unknown"])

    assert {mirror_id: run.id for mirror_id, run in latest.items()} == {"a": "a2", "b": "b1"}
    assert await records.runs.latest([]) == {}


async def test_runs_are_listed_newest_first_in_pages(records: Records) -> None:
    """Skipped ones too, for their reason is what a person looks for."""
    for number in range(5):
        await records.runs.add(a_run(f"run-{number}"))
    await records.runs.add(a_run("other", mirror_id="other"))

    async def numbers(offset: int, limit: int) -> list[int]:
        return [run.number for run in await records.runs.list("id-of-forge", offset=offset, limit=limit)]

    assert await numbers(0, 50) == [5, 4, 3, 2, 1]
    assert await numbers(1, 2) == [4, 3]
    assert await numbers(9, 2) == []
    assert await numbers(0, 0) == []


async def test_only_ended_runs_that_were_said_are_forgotten(records: Records) -> None:
    """A run that is being stopped still needs its document, and so does one whose end is to be said."""
    await a_stored_run(records, run_id="a", state=RunState.FAILED)
    await a_stored_run(records, run_id="b", state=RunState.RUNNING)
    await records.runs.add(a_run("skipped"))
    await records.runs.add(a_run("unsaid"))
    await a_stored_run(records, run_id="c", mirror_id="other", state=RunState.FAILED)
    for run_id in ("a", "skipped", "c"):
        await records.runs.said(RunId(run_id))

    await records.runs.forget("id-of-forge")

    assert [run.id for run in await records.runs.list("id-of-forge")] == ["unsaid", "b"]
    assert [run.id for run in await records.runs.list("other")] == ["c"]


async def test_a_rest_is_counted_from_its_first_reason_and_shows_the_newest(records: Records) -> None:
    """What is away at first may not be what is away now."""
    await a_stored_run(records, state=RunState.RUNNING)
    await records.runs.rest(RUN, at=minutes_on(2), reason="the disk is full")
    run = await records.runs.rest(RUN, at=minutes_on(5), reason="$x is away", until=minutes_on(6))

    assert run is not None
    assert (run.state, run.rests_since, run.last_exception) == (RunState.RUNNING, minutes_on(2), "$x is away")
    assert run.rests_until == minutes_on(6)
    assert await records.runs.get(RUN) == run


async def test_a_run_that_goes_on_has_no_reason_any_more(records: Records) -> None:
    """And one that does not rest stays as it is."""
    before = await a_stored_run(records, state=RunState.RUNNING)
    await records.runs.resume(RUN)
    await records.runs.rest(RUN, at=minutes_on(2), reason="the disk is full", until=minutes_on(3))
    await records.runs.resume(RUN)

    assert await records.runs.get(RUN) == before


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.FAILED, RunState.STOPPED])
async def test_a_run_that_ended_does_not_rest(records: Records, state: RunState) -> None:
    """A late message changes nothing."""
    before = await a_stored_run(records, state=state)

    assert await records.runs.rest(RUN, at=minutes_on(2), reason="the disk is full") is None
    await records.runs.resume(RUN)
    assert await records.runs.get(RUN) == before
