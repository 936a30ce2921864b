"""How many tokens that nobody knows an address may show in a while.

A token can't be guessed, for it has 192 random bits; this keeps who tries from asking the database
for each one. Counted by each api for itself, in bounded memory.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from libs.common.domain.errors import TooManyAttempts

_BURST = 200
_PER_S = 2.0
_ADDRESSES = 10_000


class Guesses:
    """A bucket of tries for each address, which fills up again with time."""

    def __init__(self, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, address: str | None) -> None:
        """Refuse an address that has shown too many.

        Raises:
            TooManyAttempts: with the time after which it may try again.
        """
        left = self._tries(address)
        if left < 1:
            raise TooManyAttempts(
                "too many tokens that are not valid came from this address; try again later",
                retry_after_s=math.ceil((1 - left) / _PER_S),
            )

    def count(self, address: str | None) -> None:
        """Count one token that nobody knows."""
        key = address or ""
        self._left[key] = (self._tries(address) - 1, self._now_s())
        self._left.move_to_end(key)
        while len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)

    def _tries(self, address: str | None) -> float:
        left, since = self._left.get(address or "", (float(_BURST), self._now_s()))
        return min(_BURST, left + (self._now_s() - since) * _PER_S)
