"""What a sweep asks of the records besides shards: what every adapter keeps to."""

from libs.common.domain.run import RunId, RunState
from tests.contract.conftest import Records
from tests.support.records import a_head, a_revision, a_run, minutes_on


async def test_heads_and_revisions_are_found_without_their_channels(records: Records) -> None:
    """A channel may be gone before what was in it."""
    for mirror_id, channel_id in (("m1", "c1"), ("m2", "c2")):
        await records.catalogue_heads.move(a_head(mirror_id, channel_id=channel_id))
    for number, channel_id in ((1, "c1"), (2, "c1"), (1, "c3")):
        await records.revisions.add(a_revision(number, channel_id=channel_id))

    assert [head.mirror_id for head in await records.catalogue_heads.all()] == ["m1", "m2"]
    assert await records.revisions.channel_ids() == ["c1", "c3"]


async def test_runs_with_outcomes_of_batches_are_listed_once(records: Records) -> None:
    """Those whose run has ended are left over."""
    for run_id, batch in (("one", 1), ("one", 2), ("two", 1)):
        await records.batches.settle(
            RunId(run_id),
            attempt=1,
            batch=batch,
            stored=0,
            failures=(),
            missing=(),
            last_ckey=None,
        )

    await records.batches.note_received(RunId("three"), fetcher="one", received_bytes=7)

    assert sorted(await records.batches.run_ids()) == ["one", "three", "two"]


async def test_old_runs_are_trimmed(records: Records) -> None:
    """Those beyond the newest few that were asked for before a time, and of one mirror alone."""
    for minute in range(5):
        await records.runs.add(a_run(f"run-{minute}", state=RunState.COMPLETED, requested_at=minutes_on(minute)))
    await records.runs.add(a_run("other", mirror_id="other", state=RunState.COMPLETED))

    assert await records.runs.mirror_ids() == ["id-of-forge", "other"]
    assert await records.runs.trim("id-of-forge", keep=2, before=minutes_on(2), is_dry=True) == 2
    assert await records.runs.trim("id-of-forge", keep=2, before=minutes_on(2)) == 2
    assert [run.number for run in await records.runs.list("id-of-forge")] == [5, 4, 3]
    assert await records.runs.trim("id-of-forge", keep=3, before=minutes_on(9)) == 0
    assert len(await records.runs.list("other")) == 1


async def test_an_active_run_and_the_last_that_was_not_skipped_stay(records: Records) -> None:
    """The one goes on, and the other is what the mirror shows."""
    await records.runs.add(a_run("shown", state=RunState.FAILED))
    for number in range(3):
        await records.runs.add(a_run(f"skipped-{number}", state=RunState.SKIPPED))
    await records.runs.add(a_run("going", mirror_id="busy"))
    await records.runs.add(a_run("waits", mirror_id="busy"))
    await records.runs.said(RunId("waits"))

    assert await records.runs.trim("id-of-forge", keep=1, before=minutes_on(1)) == 2
    assert await records.runs.trim("busy", keep=0, before=minutes_on(1)) == 1

    assert [run.id for run in await records.runs.list("id-of-forge")] == ["skipped-2", "shown"]
    assert [run.id for run in await records.runs.list("busy")] == ["going"]


async def test_a_run_whose_end_was_not_said_stays(records: Records) -> None:
    """It is all that its words can be made of."""
    for number in range(3):
        await records.runs.add(a_run(f"run-{number}", state=RunState.FAILED, is_unsaid=number == 0))

    assert await records.runs.trim("id-of-forge", keep=1, before=minutes_on(1), is_dry=True) == 1
    assert await records.runs.trim("id-of-forge", keep=1, before=minutes_on(1)) == 1

    assert [run.id for run in await records.runs.list("id-of-forge")] == ["run-2", "run-0"]
