"""What was looked up a moment ago, in a bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT_S = 0.25
"""Two of these are laid over each other: what is revoked is refused half a second later at the latest."""


class Kept(Generic[K, V]):
    """Values by key, each for `kept_s` seconds from when its lookup began, at most `limit` of them."""

    def __init__(self, *, limit: int, kept_s: float = KEPT_S, now_s: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._kept_s = kept_s
        self._now_s = now_s
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()

    async def get(self, key: K, look_up: Callable[[], Awaitable[V]]) -> V:
        """Return what is kept under a key, or look it up; a lookup that fails is not kept."""
        held = self._values.get(key)
        began = self._now_s()
        if held is not None and began - held[0] < self._kept_s:
            return held[1]
        value = await look_up()
        if self._kept_s > 0:
            self._values[key] = (began, value)
            self._values.move_to_end(key)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
        return value

    def has(self, key: K) -> bool:
        """Tell whether a value would be answered without a lookup."""
        held = self._values.get(key)
        return held is not None and self._now_s() - held[0] < self._kept_s
