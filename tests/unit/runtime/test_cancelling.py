"""A cancellation that a library swallows is heeded all the same."""

import asyncio
import contextlib

import pytest

from libs.common.adapters.nats.cancelling import heeds_cancel


@heeds_cancel
async def swallowing(entered: asyncio.Event) -> str:
    """Do what nats-py does: pass over a cancellation, and go on."""
    entered.set()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    return "went on"


async def test_a_swallowed_cancellation_ends_the_task() -> None:
    """A loop around such a call would otherwise never end."""
    entered = asyncio.Event()
    task = asyncio.create_task(swallowing(entered))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_time_out_inside_is_no_cancellation() -> None:
    """What the call itself cancels and takes back is its own matter."""

    @heeds_cancel
    async def patient() -> str:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            return "timed out"
        return "never"

    assert await patient() == "timed out"


async def test_results_and_errors_come_through() -> None:
    """Nothing else changes."""

    @heeds_cancel
    async def fine() -> int:
        return 1

    @heeds_cancel
    async def broken() -> int:
        raise LookupError

    assert await fine() == 1
    with pytest.raises(LookupError):
        await broken()
