"""specs, what clients read -> whether an environment can be made of it, by a real solve."""

import asyncio
from collections.abc import Collection, Sequence

from libs.common.deciding.close_dependencies import grow
from libs.common.domain.name_index import fits
from libs.common.domain.policy import Rule
from libs.common.ecosystems.conda.specs import read_spec
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.reporting.dependency_report import Alone, Missing
from libs.common.solving.order import Ask, Solution
from libs.common.solving.solve import solve
from services.reporter.packages import Packages

_MOST_ALONE = 50


async def solve_environment(
    platform: str, rule: Rule, *, read: Packages, ecosystem: Ecosystem
) -> tuple[Solution, tuple[Alone, ...]]:
    """Solve what a rule names on what clients read; where it does not work together, each package alone as well.

    A pattern stands for all names that it fits.

    Raises:
        StoreUnavailable: when the database does not answer, or lost a shard.
    """
    names = read.names()
    specs = _solvable(rule, {name for of_partition in names.values() for name in of_partition})
    if not specs:
        asked = ", ".join(rule.where.spec or ())
        return Solution(platform=platform, is_possible=False, reasons=(f"nothing in the channel matches {asked}",)), ()
    closing = await asyncio.to_thread(ecosystem.closing, rule, names=names)
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
    solved = await solve(asks, payloads=payloads)
    return environment, tuple(Alone(spec=ask.specs[0], environment=one) for ask, one in zip(asks, solved, strict=True))


def unknown_specs(rule: Rule, there: Packages) -> Sequence[Missing]:
    """Return what was asked for and fits no name of any source."""
    names = {name for of_partition in there.names().values() for name in of_partition}
    return [Missing(name=spec, needed_by=()) for spec in rule.where.spec or () if not _names_of(spec, names)]


def _solvable(rule: Rule, names: Collection[str]) -> tuple[str, ...]:
    """Return specs that a solver takes, which knows no patterns; a spec of one name stays as it is."""
    solvable: dict[str, None] = {}
    for spec in rule.where.spec or ():
        solvable |= {spec: None} if _is_exact(spec) else dict.fromkeys(sorted(_names_of(spec, names)))
    return tuple(solvable)


def _is_exact(spec: str) -> bool:
    pattern, _ = read_spec(spec, field="specs")
    return isinstance(pattern, str) and "*" not in pattern


def _names_of(spec: str, names: Collection[str]) -> Sequence[str]:
    pattern, _ = read_spec(spec, field="specs")
    if isinstance(pattern, str):
        return [name for name in names if fits(pattern, name)] if "*" in pattern else [pattern] * (pattern in names)
    return [name for name in names if pattern(name)]
