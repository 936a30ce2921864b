"""Which bodies come in too slowly to wait for."""

import pytest

from libs.common.adapters.upstream.bodies import LeastSpeed


def test_enough_in_each_stretch_is_waited_for() -> None:
    """However long the whole of it takes."""
    speed = LeastSpeed(least_bytes=10, within_s=60)

    for _ in range(1000):
        speed.came(5, waited_s=30)


def test_too_little_in_one_stretch_is_given_up() -> None:
    """A byte a minute is as good as none, whatever came before."""
    speed = LeastSpeed(least_bytes=10, within_s=60)
    speed.came(1_000_000, waited_s=60)
    for _ in range(5):
        speed.came(1, waited_s=10)

    with pytest.raises(TimeoutError):
        speed.came(1, waited_s=10)


def test_what_is_there_at_once_is_never_too_little() -> None:
    """Our own pauses between the pieces do not count, nor does the size of a small file."""
    speed = LeastSpeed(least_bytes=10, within_s=60)

    for _ in range(1000):
        speed.came(1, waited_s=0)
