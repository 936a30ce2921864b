"""Kills parts of a stack at moments that a seed chooses."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tests.support.mortal_stack import PARTS, MortalStack

_AT_ONCE = (1, 1, 1, 2, 2, 3, len(PARTS))
_LATEST_S = 1.5
_MOST_BLOWS = 4


class Blow(msgspec.Struct, frozen=True, kw_only=True):
    """These parts are killed so long after the blow before."""

    after_s: float
    parts: tuple[str, ...]


def blows_of(rng: random.Random) -> tuple[Blow, ...]:
    """Choose who is killed, and when."""
    return tuple(
        Blow(after_s=rng.uniform(0.02, _LATEST_S), parts=tuple(rng.sample(PARTS, rng.choice(_AT_ONCE))))
        for _ in range(rng.randint(1, _MOST_BLOWS))
    )


class Assassin:
    """Deals the blows in a thread of its own; `is_done` after the last."""

    def __init__(self, stack: MortalStack, blows: tuple[Blow, ...]) -> None:
        self._stack = stack
        self._blows = blows
        self._thread = threading.Thread(target=self._deal, name="assassin", daemon=True)

    @property
    def is_done(self) -> bool:
        """Tell whether all blows were dealt."""
        return not self._thread.is_alive()

    def begin(self) -> None:
        """Deal the first blow, and the others in their time."""
        self._thread.start()

    def wait(self) -> None:
        """Return once all blows were dealt."""
        self._thread.join()

    def _deal(self) -> None:
        pause = threading.Event()
        for blow in self._blows:
            # Time is the point here: the moments are the seed's, not the program's.
            pause.wait(blow.after_s)
            for part in blow.parts:
                self._stack.kill(part)


@contextmanager
def under_attack(stack: MortalStack, blows: tuple[Blow, ...]) -> Iterator[Assassin]:
    """Let the blows fall while the block runs, and return when all is up again."""
    assassin = Assassin(stack, blows)
    assassin.begin()
    try:
        yield assassin
    finally:
        assassin.wait()
    stack.wait_until_ready()
