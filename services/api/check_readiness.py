"""GET readyz -> ready, or what is missing."""

import asyncio
from collections.abc import Mapping

from libs.common.domain.errors import StoreUnavailable
from services.api.ports import Probe
from services.api.problems import NotReady


async def check_readiness(probes: Mapping[str, Probe], *, within_s: float) -> None:
    """Ask all probes at once; one that fails or takes too long counts as missing under its own name.

    Raises:
        NotReady: naming what is missing.
    """
    answers = await asyncio.gather(*(missing_of(name, probe, within_s) for name, probe in probes.items()))
    missing = frozenset[str]().union(*answers)
    if missing:
        raise NotReady(tuple(sorted(missing)))


async def missing_of(name: str, probe: Probe, within_s: float) -> frozenset[str]:
    """Return what a probe finds missing; its own name where it fails, or takes too long."""
    try:
        async with asyncio.timeout(within_s):
            return await probe()
    except (TimeoutError, StoreUnavailable):
        return frozenset({name})
