"""Batches: what every adapter of the port keeps to."""

import asyncio

from libs.common.domain.run import FileFailure, RunId
from tests.contract.conftest import Records

RUN = RunId("run")
FAILURE = FileFailure(ckey="noarch/x.conda", code="content_mismatch", reason="its sha256 differs")


async def settle(records: Records, batch: int, *, attempt: int = 1, run_id: RunId = RUN, **changes: object) -> bool:
    """Settle a batch of two stored files."""
    outcome = {"stored": 2, "failures": (), "missing": (), "last_ckey": None} | changes
    return await records.batches.settle(run_id, attempt=attempt, batch=batch, **outcome)  # type: ignore[arg-type]


async def test_nothing_settled_is_all_zero(records: Records) -> None:
    """A run begins so."""
    assert await records.batches.tally(RUN, attempt=1) == (0, 0, 0, None)
    assert await records.batches.received(RUN) == 0
    assert await records.batches.losses(RUN, attempt=1) == ([], frozenset(), frozenset())


async def test_a_tally_sums_an_attempt(records: Records) -> None:
    """Other attempts and other runs are theirs; the last file is the highest batch's that has one."""
    await settle(records, 10, last_ckey="noarch/z.conda")
    await settle(records, 9, last_ckey="noarch/b.conda", failures=(FAILURE,), missing=(FAILURE.ckey,))
    await settle(records, 11)
    await settle(records, 1, attempt=2, last_ckey="noarch/other.conda")
    await settle(records, 1, run_id=RunId("other"))

    assert await records.batches.tally(RUN, attempt=1) == (3, 6, 1, "noarch/z.conda")


async def test_a_batch_is_settled_once(records: Records) -> None:
    """A redelivered answer is not counted again, even if it differs."""
    assert await settle(records, 1)
    assert not await settle(records, 1, stored=99)

    assert await records.batches.tally(RUN, attempt=1) == (1, 2, 0, None)


async def test_of_many_settlements_one_wins(records: Records) -> None:
    """Two schedulers may hear the same answer."""
    settled = await asyncio.gather(*(settle(records, 1) for _ in range(10)))

    assert sum(settled) == 1


async def test_losses_name_failures_missing_files_and_batches(records: Records) -> None:
    """A file may be missing without a failure: the run was stopped before it was tried."""
    other = FileFailure(ckey="noarch/y.conda", code="upstream_missing", reason="404")
    await settle(records, 2, failures=(other,), missing=(other.ckey, "noarch/untried.conda"))
    await settle(records, 1, failures=(FAILURE,), missing=(FAILURE.ckey,))
    await settle(records, 5)
    await settle(records, 7, attempt=2, failures=(FAILURE,), missing=("noarch/elsewhere.conda",))

    failures, missing, settled = await records.batches.losses(RUN, attempt=1)

    assert list(failures) == [FAILURE, other]
    assert missing == {"noarch/x.conda", "noarch/y.conda", "noarch/untried.conda"}
    assert settled == {1, 2, 5}


async def test_forgetting_a_run_leaves_the_others(records: Records) -> None:
    """All attempts go; a second time is a no-op."""
    await settle(records, 1)
    await settle(records, 1, attempt=2)
    await settle(records, 1, run_id=RunId("run-2"))
    for run_id in (RUN, RunId("run-2")):
        await records.batches.note_received(run_id, fetcher="one", received_bytes=7)

    await records.batches.forget(RUN)
    await records.batches.forget(RUN)

    assert (await records.batches.tally(RUN, attempt=1))[0] == 0
    assert (await records.batches.tally(RUN, attempt=2))[0] == 0
    assert (await records.batches.tally(RunId("run-2"), attempt=1))[0] == 1
    assert (await records.batches.received(RUN), await records.batches.received(RunId("run-2"))) == (0, 7)


async def test_what_fetchers_received_is_added_up_over_all_attempts(records: Records) -> None:
    """Each says its own sum, now and again; one that comes late or twice changes nothing."""
    for fetcher, received in (("one", 3_000_000_000), ("two", 5), ("one", 4_000_000_000), ("one", 3_000_000_000)):
        await records.batches.note_received(RUN, fetcher=fetcher, received_bytes=received)
    await records.batches.note_received(RunId("other"), fetcher="one", received_bytes=9)
    await settle(records, 1)

    assert await records.batches.received(RUN) == 4_000_000_005
    assert await records.batches.tally(RUN, attempt=1) == (1, 2, 0, None)


async def test_notes_at_the_same_moment_are_one(records: Records) -> None:
    """Two schedulers may hear of one fetcher."""
    notes = (records.batches.note_received(RUN, fetcher="one", received_bytes=size) for size in range(10))
    await asyncio.gather(*notes)

    assert await records.batches.received(RUN) == 9
