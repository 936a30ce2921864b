"""specs, what clients read -> whether an environment can be made of it, by a real solve."""

import asyncio
from collections.abc import Collection

from libs.common.deciding.close_dependencies import grow
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.reporting.dependency_report import Alone
from libs.common.solving.order import Ask, Solution
from libs.common.solving.solve import solve
from services.reporter.find_asked import is_pattern, names_of_spec
from services.reporter.packages import Packages

_MOST_ALONE = 50
_ALONE_WITHIN_S = 120.0
"""For all of them together; on most channels each takes a tenth of a second."""


async def solve_environment(
    platform: str, rule: Rule, *, read: Packages, ecosystem: Ecosystem
) -> tuple[Solution, tuple[Alone, ...]]:
    """Solve what a rule names on what clients read; where it does not work together, each package alone as well.

    A pattern stands for all names that it fits.

    Raises:
        StoreUnavailable: when the database does not answer, or lost a shard.
    """
    specs = _solvable(rule, read.all_names())
    if not specs:
        asked = ", ".join(rule.where.spec or ())
        return Solution(platform=platform, is_possible=False, reasons=(f"nothing in the channel matches {asked}",)), ()
    closing = await asyncio.to_thread(ecosystem.closing, rule, names=read.names())
    await grow(closing, read.read)
    reached = sorted({name for part in closing.closure().reached.values() for name in part})
    payloads: dict[str, list[bytes]] = {}
    for by_partition in (await read.read(reached)).values():
        for partition, payload in by_partition.items():
            payloads.setdefault(partition, []).append(payload)
    (environment,) = await solve([Ask(specs=specs, platform=platform)], payloads=payloads)
    if environment.is_possible or len(specs) == 1:
        return environment, ()
    asks = [Ask(specs=(spec,), platform=platform) for spec in specs[:_MOST_ALONE]]
    solved = await solve(asks, payloads=payloads, within_s=_ALONE_WITHIN_S)
    return environment, tuple(Alone(spec=ask.specs[0], environment=one) for ask, one in zip(asks, solved, strict=True))


def _solvable(rule: Rule, names: Collection[str]) -> tuple[str, ...]:
    """Return specs that a solver takes, which knows no patterns; a spec of one name stays as it is."""
    solvable: dict[str, None] = {}
    for spec in rule.where.spec or ():
        solvable |= dict.fromkeys(names_of_spec(spec, names) if is_pattern(spec) else (spec,))
    return tuple(solvable)
