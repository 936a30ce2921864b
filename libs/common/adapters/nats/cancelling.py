"""Being cancelled while NATS is asked something.

nats-py 2.16 swallows a cancellation that meets it while it flushes (`Client._flush_pending`):
the caller goes on as if nothing had been said, in a loop for ever. `heeds_cancel` looks
after the call whether one came in, and raises it then.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def heeds_cancel(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a coroutine function end with `CancelledError` where its task was cancelled meanwhile."""

    @wraps(call)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.current_task()
        before = task.cancelling() if task is not None else 0
        try:
            return await call(*args, **kwargs)
        finally:
            if task is not None and task.cancelling() > before:
                raise asyncio.CancelledError

    return wrapped
