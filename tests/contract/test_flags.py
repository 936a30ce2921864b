"""Stop flags and leases: memory and NATS keep the same promises."""

import uuid
from collections.abc import AsyncIterator

import pytest

from libs.common.adapters.memory.flags import MemoryLeases, MemoryStopFlags
from libs.common.adapters.nats.connect import connect_nats, prepare_nats
from libs.common.adapters.nats.flags import NatsLeases, NatsStopFlags
from libs.common.ports.flags import Leases, StopFlags


@pytest.fixture(params=["memory", "nats"])
async def flags(request: pytest.FixtureRequest) -> AsyncIterator[StopFlags]:
    """Return stop flags of each kind."""
    if request.param == "memory":
        yield MemoryStopFlags()
        return
    nc = await connect_nats(request.getfixturevalue("nats_url"), name="test")
    await prepare_nats(nc)
    yield NatsStopFlags(nc)
    await nc.close()


@pytest.fixture(params=["memory", "nats"])
async def leases(request: pytest.FixtureRequest) -> AsyncIterator[Leases]:
    """Return leases of each kind."""
    if request.param == "memory":
        yield MemoryLeases()
        return
    nc = await connect_nats(request.getfixturevalue("nats_url"), name="test")
    await prepare_nats(nc)
    yield NatsLeases(nc.jetstream())
    await nc.close()


def a_name() -> str:
    """Return a name that no other test uses."""
    return uuid.uuid4().hex


async def seen(flags: StopFlags, *wanted: str) -> set[str]:
    """Watch until every wanted run was seen."""
    missing = set(wanted)
    async for run_id in flags.watch():
        missing.discard(run_id)
        if not missing:
            break
    return set(wanted)


async def test_a_flag_is_seen_by_one_who_starts_late(flags: StopFlags) -> None:
    """A fetcher that starts after the stop still drops the run."""
    early, late = a_name(), a_name()
    await flags.raise_flag(early, reason="stopped by request")
    watching = flags.watch()
    found = [await anext(watching)]
    while early not in found:
        found.append(await anext(watching))
    await flags.raise_flag(late, reason="stopped by request")
    while late not in found:
        found.append(await anext(watching))

    assert {early, late} <= set(found)


async def test_raising_twice_is_raising_once(flags: StopFlags) -> None:
    """The handler of mirror.stop may run twice."""
    run_id = a_name()
    await flags.raise_flag(run_id, reason="a")
    await flags.raise_flag(run_id, reason="b")

    assert await seen(flags, run_id) == {run_id}


async def test_a_lowered_flag_is_not_seen_by_newcomers(flags: StopFlags) -> None:
    """Lowering is for good, and a second time a no-op."""
    gone, kept = a_name(), a_name()
    await flags.raise_flag(gone, reason="a")
    await flags.lower_flag(gone)
    await flags.lower_flag(gone)
    await flags.raise_flag(kept, reason="a")
    found: list[str] = []
    async for run_id in flags.watch():
        found.append(run_id)
        if run_id == kept:
            break

    assert gone not in found


async def test_a_lease_has_one_holder(leases: Leases) -> None:
    """Renewing is taking again; another one gets it only once it is given back."""
    key = a_name()

    assert await leases.take(key, "one")
    assert await leases.take(key, "one")
    assert not await leases.take(key, "two")
    await leases.release(key, "two")
    assert not await leases.take(key, "two")
    await leases.release(key, "one")
    assert await leases.take(key, "two")


async def test_releasing_what_nobody_holds_is_a_no_op(leases: Leases) -> None:
    """A holder whose lease lapsed may still say goodbye."""
    await leases.release(a_name(), "one")
