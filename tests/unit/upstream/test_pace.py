"""How much of a host is used: the token bucket, by its own clock."""

from hypothesis import given
from hypothesis import strategies as st

from libs.common.adapters.upstream.manners import Pace


def test_no_limit_never_waits() -> None:
    """0 is what is set where nothing is set."""
    pace = Pace(0)

    assert [pace.delay(1_000_000, now=1.0) for _ in range(3)] == [0, 0, 0]


def test_a_second_may_come_at_once_and_then_the_rate_counts() -> None:
    """A short burst is no harm; what follows waits its turn, one after the other."""
    pace = Pace(4)

    assert [pace.delay(1, now=10.0) for _ in range(7)] == [0, 0, 0, 0, 0, 0.25, 0.5]


def test_what_was_not_used_is_saved_for_one_second_only() -> None:
    """After an hour of silence no flood is owed."""
    pace = Pace(2)
    pace.delay(1, now=0.0)

    assert [pace.delay(1, now=3600.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_large_piece_is_paid_for_by_the_next() -> None:
    """Bytes are counted when they are here already."""
    pace = Pace(1000)

    assert [pace.delay(5000, now=0.0), pace.delay(1, now=0.0)] == [0, 4]


@given(per_s=st.floats(0.5, 1000), amounts=st.lists(st.floats(0.1, 100), min_size=1, max_size=50))
def test_whoever_waits_as_told_keeps_the_rate(per_s: float, amounts: list[float]) -> None:
    """Whatever comes in, the average is kept but for one second's worth."""
    pace, now = Pace(per_s), 0.0
    for amount in amounts:
        now += pace.delay(amount, now=now)
    now += pace.delay(0, now=now)

    assert sum(amounts) <= per_s * (now + 1) * 1.000001
