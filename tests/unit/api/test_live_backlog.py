"""What waits to be sent: in order, bounded, and progress not too often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.live.backlog import Backlog, LiveEvent

RESYNC = LiveEvent(name="resync", data=b"{}")


def an_event(name: str = "channel.updated", mirror: str | None = None) -> LiveEvent:
    """Return an event."""
    return LiveEvent(name=name, data=b"{}", mirror_id=mirror)


def progress(mirror: str = "m", percent: int = 0) -> LiveEvent:
    """Return progress of a mirror."""
    return LiveEvent(name="mirror.progress", data=b"%d" % percent, mirror_id=mirror, is_progress=True)


def a_backlog(most: int = 10) -> Backlog:
    """Return an empty one; progress may go out once in a second."""
    return Backlog(resync=RESYNC, most=most, pace_s=1.0)


def test_events_go_out_in_order_and_once() -> None:
    """As they were said."""
    backlog = a_backlog()
    events = [an_event(name) for name in ("a", "b", "c")]
    for event in events:
        backlog.add(event)

    assert backlog.wait_s(now_s=5) == 0
    assert list(backlog.take(now_s=5)) == events
    assert backlog.take(now_s=5) == ()
    assert backlog.wait_s(now_s=5) is None


def test_of_progress_only_the_newest_goes_out_and_not_too_often() -> None:
    """What comes too soon waits for its time, and is replaced by what comes after."""
    backlog = a_backlog()
    backlog.add(progress(percent=1))
    backlog.add(progress(percent=2))
    first = backlog.take(now_s=10)
    backlog.add(progress(percent=3))
    too_soon = backlog.take(now_s=10.4)
    wait_s = backlog.wait_s(now_s=10.4)
    backlog.add(progress(percent=4))
    backlog.add(progress("other", percent=9))

    assert first == (progress(percent=2),)
    assert too_soon == ()
    assert wait_s == pytest.approx(0.6)
    assert backlog.take(now_s=10.5) == (progress("other", percent=9),)
    assert backlog.take(now_s=11) == (progress(percent=4),)


def test_progress_does_not_come_after_the_end() -> None:
    """A page would show a run that has ended as going on."""
    backlog = a_backlog()
    backlog.add(progress())
    backlog.take(now_s=0)
    backlog.add(progress(percent=99))
    backlog.add(an_event("mirror.finished", "m"))

    assert backlog.take(now_s=0.1) == (an_event("mirror.finished", "m"),)
    assert backlog.wait_s(now_s=0.1) is None


def test_too_many_events_become_one_that_says_so() -> None:
    """And what comes until that is sent is part of it."""
    backlog = a_backlog(most=3)
    for number in range(9):
        backlog.add(an_event(str(number)))
        backlog.add(progress(str(number)))

    assert backlog.wait_s(now_s=0) == 0
    assert backlog.take(now_s=0) == (RESYNC,)
    assert backlog.take(now_s=0) == ()


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["event", "take"]).map(lambda word: (word, "")),
            st.tuples(st.just("progress"), st.sampled_from("abcdefgh")),
        ),
        max_size=80,
    )
)
def test_never_more_waits_than_may(steps: list[tuple[str, str]]) -> None:
    """Whatever comes in which order; and nothing is lost in silence."""
    backlog, sent, added = a_backlog(most=5), 0, 0
    for now_s, (step, mirror) in enumerate(steps):
        if step == "event":
            backlog.add(an_event())
            added += 1
        elif step == "progress":
            backlog.add(progress(mirror))
        else:
            taken = backlog.take(now_s=now_s)
            assert len(taken) <= 5
            sent = added if taken == (RESYNC,) else sent + sum(not event.is_progress for event in taken)
            assert sent == added
