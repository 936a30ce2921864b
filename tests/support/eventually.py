"""Waiting for something to become true, with a deadline."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_PAUSE_S = 0.03
_T = TypeVar("_T")


def eventually(probe: Callable[[], _T | None], *, within_s: float, what: str) -> _T:
    """Ask until the answer is true (not None, not 0, not empty), and return it.

    Raises:
        AssertionError: after `within_s`, naming what was waited for and the last answer.
    """
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s} s for {what}; last answer {answer!r}")
        pause.wait(_PAUSE_S)
