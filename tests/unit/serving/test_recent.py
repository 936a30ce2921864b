"""The memory of what was used lately."""

import asyncio

import pytest

from services.api.serving.recent import Recent


class _Loader:
    """Counts how often a value is made."""

    def __init__(self, value: str = "value", *, weight: int = 1) -> None:
        self.value = value
        self.weight = weight
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: ValueError | None = None

    async def __call__(self) -> tuple[str, int]:
        self.calls += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.value, self.weight


async def test_a_value_is_made_once() -> None:
    """The second time it is at hand."""
    recent: Recent[str, str] = Recent(budget=10)
    loader = _Loader()

    assert [await recent.get("key", loader) for _ in range(3)] == ["value"] * 3
    assert loader.calls == 1


async def test_those_who_ask_together_wait_for_one_making() -> None:
    """After a publish everyone wants the same contents at once; one who leaves takes nothing away."""
    recent: Recent[str, str] = Recent(budget=10)
    loader = _Loader()
    loader.gate.clear()
    waiting = [asyncio.create_task(recent.get("key", loader)) for _ in range(5)]
    await asyncio.sleep(0)

    waiting[0].cancel()
    loader.gate.set()

    assert await asyncio.gather(*waiting[1:]) == ["value"] * 4
    assert loader.calls == 1


async def test_a_failure_is_not_remembered() -> None:
    """A store that was away for a moment is asked again."""
    recent: Recent[str, str] = Recent(budget=10)
    loader = _Loader()
    loader.error = ValueError("away")
    with pytest.raises(ValueError, match="away"):
        await recent.get("key", loader)

    loader.error = None

    assert await recent.get("key", loader) == "value"


async def test_the_least_recently_used_goes_first() -> None:
    """The budget holds, and what is in use stays."""
    recent: Recent[str, str] = Recent(budget=10)
    loaders = {key: _Loader(key, weight=4) for key in "abc"}
    for key in "abac":
        await recent.get(key, loaders[key])

    await recent.get("a", loaders["a"])
    await recent.get("b", loaders["b"])

    assert [loaders[key].calls for key in "abc"] == [1, 2, 1]
    assert recent.weight <= 10


async def test_a_value_above_the_budget_is_kept_alone() -> None:
    """The largest channel must not be decoded again for every request."""
    recent: Recent[str, str] = Recent(budget=10)
    large = _Loader(weight=100)
    await recent.get("small", _Loader())

    await recent.get("large", large)
    await recent.get("large", large)

    assert large.calls == 1
    assert recent.weight == 100
