"""Everything that can be asked of an installation in a moment -> how it is.

Each part is asked for itself and for a bounded time: one that is away leaves the others as they are.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import msgspec

from libs.common.contracts.messages import ArtifactFetch
from libs.common.contracts.permissions import durables
from libs.common.domain.access.identity import Identity
from libs.common.domain.errors import TainError
from libs.common.version import VERSION
from services.api.check_readiness import missing_of
from services.api.health.schemas import (
    DeadLettersOut,
    FailuresOut,
    FetchersOut,
    HealthReport,
    QueuesOut,
    ServicesOut,
    StorageOut,
    StoreOut,
    SweepsOut,
    VerifyOut,
)
from services.api.health.show_failures import show_failures
from services.api.health.show_services import show_queues, show_services
from services.api.health.show_upkeep import show_storage, show_sweeps, show_verification
from services.api.ports import Ports
from services.api.sync_state import timestamp

_WITHIN_S = 3.0
_T = TypeVar("_T", bound=msgspec.Struct)
_FETCHING = next(name for name, arrows in durables().items() if any(arrow.message is ArtifactFetch for arrow in arrows))
"""The stream and the consumer of the fetchers' work."""


async def show_health(identity: Identity, *, ports: Ports) -> HealthReport:
    """Return how everything is, within a few seconds whatever is away; failures only of mirrors that one may see."""
    (services, queues, dead_letters), (storage, sweep, verify), (stores, failures) = await asyncio.gather(
        asyncio.gather(
            _part(show_services(ports), ServicesOut()),
            _part(show_queues(ports), QueuesOut()),
            _part(_dead_letters(ports), DeadLettersOut()),
        ),
        asyncio.gather(
            _part(show_storage(ports), StorageOut()),
            _part(show_sweeps(ports), SweepsOut()),
            _part(show_verification(ports), VerifyOut()),
        ),
        asyncio.gather(_stores(ports), _part(show_failures(identity, ports=ports), FailuresOut())),
    )
    return HealthReport(
        at=timestamp(ports.clock.now()),
        version=VERSION,
        stores=stores,
        services=services,
        queues=queues,
        fetchers=_fetchers(services, queues),
        storage=storage,
        sweep=sweep,
        verify=verify,
        failures=failures,
        dead_letters=dead_letters,
    )


async def _part(asking: Awaitable[_T], unknown: _T) -> _T:
    """Return a part, or what is not known of it with the reason."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await asking
    except TimeoutError:
        problem = f"no answer came within {_WITHIN_S:g} seconds"
    except TainError as exc:
        problem = exc.message
    return msgspec.structs.replace(unknown, problem=problem)


async def _stores(ports: Ports) -> tuple[StoreOut, ...]:
    names = tuple(ports.probes)
    missing = await asyncio.gather(*(missing_of(name, ports.probes[name], _WITHIN_S) for name in names))
    # Of NATS it says which services are away; those have a part of their own.
    return tuple(StoreOut(name=name, is_up=name not in gone) for name, gone in zip(names, missing, strict=True))


def _fetchers(services: ServicesOut, queues: QueuesOut) -> FetchersOut:
    """Count fetchers and their work; what they say one by one of it is not kept anywhere."""
    fetching = [one for one in queues.items or () if (one.stream, one.consumer) == _FETCHING]
    return FetchersOut(
        instances=None if services.items is None else sum(one.name == "fetcher" for one in services.items),
        in_hand=fetching[0].in_hand if fetching else None,
        waiting=fetching[0].waiting if fetching else None,
        problem=services.problem or queues.problem,
    )


async def _dead_letters(ports: Ports) -> DeadLettersOut:
    total, _ = await ports.dead_letters.list(offset=0, limit=0)
    return DeadLettersOut(total_count=total)
