"""Runs as `sync_state`."""

import msgspec

from libs.common.domain.catalogue import CatalogueHead, HeadCounts
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.run import STEPS, Counts, FileFailure, RunState, Step
from services.api.sync_state import Logs, as_decided, state_of, sync_state_of
from tests.support.records import a_head, a_mirror, a_run, minutes_on

NEVER_OMIT = {
    "last_ckey",
    "last_exception",
    "bytes_transfered",
    "total_steps_count",
    "current_step_number",
    "current_step_percentage",
    "current_step_description",
}


def test_no_key_is_missing_before_the_first_run() -> None:
    """The older client fails on any missing key."""
    wire = msgspec.to_builtins(sync_state_of(None, logs=Logs.LEFT_OUT))

    assert wire.keys() >= NEVER_OMIT
    assert wire["count"].keys() >= {"active", "failed", "passive", "removed", "active_planned"}
    assert wire["count"]["mirror_filtered"].keys() >= {
        "cve",
        "date",
        "license",
        "only_specs",
        "exclude_specs",
        "duplicated_legacy_conda",
    }
    assert wire["count"]["channel_filtered"].keys() >= {"license", "exclude_specs"}
    assert "logs" not in wire
    assert state_of(None) is RunState.PENDING


def test_the_third_of_eight_steps_is_filtering() -> None:
    """Clients know this one by its text."""
    state = sync_state_of(a_run(step=Step.FILTER, step_percent=40), logs=Logs.LEFT_OUT)

    assert state.total_steps_count == len(STEPS) == 8
    assert state.current_step_number == 3
    assert state.current_step_percentage == 40
    assert state.current_step_description == "Filter remote packages"


def test_counts_stand_under_their_scope_and_reason() -> None:
    """`scope.reason` of the run becomes two levels on the wire."""
    counts = Counts(
        active=1,
        passive=2,
        active_planned=3,
        failed=4,
        removed=5,
        bytes_transferred=6,
        excluded={"mirror_filtered.license": 7, "channel_filtered.license": 8, "mirror_filtered.signed": 9},
    )

    state = sync_state_of(a_run(counts=counts), logs=Logs.LEFT_OUT)

    count = state.count
    assert (count.active, count.passive, count.active_planned, count.failed, count.removed) == (1, 2, 3, 4, 5)
    assert state.bytes_transfered == 6
    assert (count.mirror_filtered.license, count.channel_filtered.license, count.mirror_filtered.signed) == (7, 8, 9)
    assert count.mirror_filtered.cve == 0


def test_names_that_nobody_read_are_there_when_they_count() -> None:
    """Else a whole index would seem to have brought nothing."""
    unread, none = (sync_state_of(a_run(counts=Counts(unread=n)), logs=Logs.LEFT_OUT) for n in (600_000, 0))

    assert msgspec.to_builtins(unread)["count"]["unread"] == 600_000
    assert "unread" not in msgspec.to_builtins(none)["count"]


def test_reasons_that_the_incumbent_lacks_are_there_when_they_count() -> None:
    """No file is left out without a trace, and the usual shape stays as it is."""
    counts = Counts(excluded={"channel_filtered.date": 2})

    usual = msgspec.to_builtins(sync_state_of(a_run(), logs=Logs.LEFT_OUT))["count"]["channel_filtered"]
    more = msgspec.to_builtins(sync_state_of(a_run(counts=counts), logs=Logs.LEFT_OUT))["count"]["channel_filtered"]

    assert usual == {"license": 0, "exclude_specs": 0}
    assert more == {"license": 0, "exclude_specs": 0, "date": 2}


def test_failed_files_are_named() -> None:
    """A person must learn which files failed, and why."""
    failure = FileFailure(ckey="noarch/a-1-0.conda", code="content_mismatch", reason="its sha256 is another one")

    wire = msgspec.json.decode(msgspec.json.encode(sync_state_of(a_run(failures=(failure,)), logs=Logs.NAMED)))

    assert wire["logs"]["failed"] == [
        {"ckey": "noarch/a-1-0.conda", "code": "content_mismatch", "reason": "its sha256 is another one"}
    ]
    assert wire["logs"]["mirror_filtered"]["license"] == []


def decided_after(minute: int) -> CatalogueHead:
    """Return a head that was decided anew at this minute."""
    counts = HeadCounts(files=3, excluded={"channel_filtered.license": 4})
    return msgspec.structs.replace(a_head(), counts=counts, decided_at=minutes_on(minute))


def test_after_a_decision_without_a_run_the_counts_are_those_of_what_the_mirror_holds() -> None:
    """What the run transferred and lost stays the run's."""
    before = Counts(passive=9, failed=1, bytes_transferred=6, excluded={"mirror_filtered.license": 7})
    run = a_run(state=RunState.COMPLETED, finished_at=minutes_on(1), counts=before)
    mirror = a_mirror()
    active = msgspec.structs.replace(mirror, mode=MirrorMode.ACTIVE)

    shown = as_decided(run, mirror=mirror, head=decided_after(2))

    assert shown is not None
    assert shown.counts == Counts(passive=3, failed=1, bytes_transferred=6, excluded={"channel_filtered.license": 4})
    shown = as_decided(run, mirror=active, head=decided_after(2))
    assert shown is not None
    assert (shown.counts.active, shown.counts.passive) == (3, 9)


def test_a_run_that_goes_or_ended_later_shows_its_own_counts() -> None:
    """It decides, or decided, by the same rules itself."""
    mirror = a_mirror()
    going = a_run(state=RunState.RUNNING, counts=Counts(passive=9))
    later = a_run(state=RunState.COMPLETED, finished_at=minutes_on(5), counts=Counts(passive=9))

    assert as_decided(going, mirror=mirror, head=decided_after(2)) is going
    assert as_decided(later, mirror=mirror, head=decided_after(2)) is later
    assert as_decided(later, mirror=mirror, head=a_head()) is later
    assert as_decided(None, mirror=mirror, head=decided_after(2)) is None
