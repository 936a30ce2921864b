"""Ports that let others go first now and again, so that two tasks meet at every line of each."""

import asyncio
import inspect
import random
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class _Jittery:
    """Does what the port does, a few turns of the event loop later."""

    def __init__(self, port: object, dice: random.Random) -> None:
        self._port = port
        self._dice = dice

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return self._late(method) if inspect.iscoroutinefunction(method) else method

    def _late(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            for _ in range(self._dice.randrange(4)):
                await asyncio.sleep(0)
            return await method(*args, **kwargs)

        return call


def jittery(port: T, dice: random.Random) -> T:
    """Return the port with pauses that a seed decides."""
    # It has the port's methods, found when they are called.
    return cast("T", _Jittery(port, dice))
