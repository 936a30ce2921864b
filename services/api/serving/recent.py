"""What was used lately, kept in memory up to a budget; only for what can never change under its key."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from libs.common.domain.errors import StoreUnavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Load = Callable[[], Awaitable[tuple[V, int]]]
"""Makes a value and says its weight."""


class Recent(Generic[K, V]):
    """Values by key, the least recently used thrown out first; each is made once however many wait for it."""

    def __init__(self, *, budget: int) -> None:
        self._budget = budget
        self._weight = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._loading: dict[K, asyncio.Task[V]] = {}
        self._is_stopped = False

    @property
    def weight(self) -> int:
        """The weight of all that is kept; only a single value may be heavier than the budget."""
        return self._weight

    def __contains__(self, key: object) -> bool:
        return key in self._values

    async def get(self, key: K, load: Load[V]) -> V:
        """Return the value, made by `load` where it is not at hand; a failure is not remembered.

        Raises:
            StoreUnavailable: when `stop` was called meanwhile; and whatever `load` raises.
        """
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key][0]
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, load))
            self._loading[key] = task
            task.add_done_callback(_look_at_failure)
        try:
            # One of those who wait may leave; the others still want the value.
            return await asyncio.shield(task)
        except asyncio.CancelledError as exc:
            if self._is_stopped:
                raise StoreUnavailable("the server is stopping; try again") from exc
            raise

    def forget(self, key: K) -> None:
        """Forget a value; a no-op where it is not kept."""
        if key in self._values:
            self._weight -= self._values.pop(key)[1]

    async def stop(self) -> None:
        """Give up what is being made."""
        self._is_stopped = True
        tasks = tuple(self._loading.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _load(self, key: K, load: Load[V]) -> V:
        try:
            value, weight = await load()
        finally:
            del self._loading[key]
        self._values[key] = (value, weight)
        self._weight += weight
        while self._weight > self._budget and len(self._values) > 1:
            _, (_, dropped) = self._values.popitem(last=False)
            self._weight -= dropped
        return value


def _look_at_failure(task: "asyncio.Task[V]") -> None:
    """Take note of a failure, so that it is no surprise where everyone who waited has left."""
    if not task.cancelled():
        task.exception()
