"""One piece of work beside the next."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import pytest

from libs.common.domain.errors import StoreUnavailable
from libs.common.runtime.one_behind import OneBehind
from libs.common.runtime.together import together


async def test_work_is_done_in_order_and_to_its_end() -> None:
    """Leaving the context waits for the last piece."""
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    async with OneBehind() as behind:
        for number in range(3):
            await behind.do(work(number))

    assert done == [0, 1, 2]


async def test_the_caller_goes_on_beside_it() -> None:
    """That is what it is for."""
    may_end = asyncio.Event()
    async with OneBehind() as behind:
        await behind.do(_wait(may_end))
        may_end.set()


@pytest.mark.parametrize("pieces", [1, 2])
async def test_a_failure_is_raised_once_by_whoever_comes_next(pieces: int) -> None:
    """By the next piece, or by the end."""
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        await _do_all(work(number) for number in range(pieces))

    assert begun == [0]


async def test_an_error_of_the_caller_ends_the_work() -> None:
    """Nothing goes on behind somebody who gave up."""
    with pytest.raises(StoreUnavailable):
        async with OneBehind() as behind:
            await _begin_and_fail(behind)


async def test_together_raises_the_first_failure_and_ends_the_others() -> None:
    """One error to handle, not a group."""
    with pytest.raises(StoreUnavailable):
        await together([_wait(asyncio.Event()), _fail()])
    assert await together([_give(1), _give(2)]) == [1, 2]


async def _begin_and_fail(behind: OneBehind) -> None:
    await behind.do(_wait(asyncio.Event()))
    raise StoreUnavailable("away")


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _do_all(pieces: Iterable[Coroutine[Any, Any, None]]) -> None:
    async with OneBehind() as behind:
        for piece in pieces:
            await behind.do(piece)


async def _fail() -> None:
    raise StoreUnavailable("away")


async def _give(number: int) -> int:
    return number
