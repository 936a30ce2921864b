"""Waiting a moment for another service to take up what it was asked, so that an answer can show it."""

import asyncio
from collections.abc import Awaitable, Callable

_LOOK_EVERY_S = 0.02


async def wait_until(is_so: Callable[[], Awaitable[bool]], *, within_s: float) -> None:
    """Look until it is so, at least once; without success just return when the time is over."""
    clock = asyncio.get_running_loop().time
    end = clock() + within_s
    while not await is_so():
        if clock() >= end:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
