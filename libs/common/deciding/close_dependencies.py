"""manifest, rules -> closures of rules with `include_dependencies`, a wave of names at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.evaluation import Closure
from libs.common.domain.manifest import Manifest
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Closing, Ecosystem
from libs.common.ports.records import Shards

NamedPayloads = Mapping[str, Mapping[str, bytes]]
"""Package name -> partition -> shard payload."""

_NAMES_AT_ONCE = 1_000


async def close_dependencies(
    rules: Sequence[Rule], *, manifest: Manifest, ecosystem: Ecosystem, shards: Shards
) -> Mapping[str, Closure]:
    """Return the closure of each rule that asks for one, by the rule's place in `rules`, written as text.

    Raises:
        InvalidInput: for a rule that the ecosystem can't decide by.
        StoreUnavailable: when the database does not answer, or lost a shard that the manifest names.
    """
    closures: dict[str, Closure] = {}
    for place, rule in enumerate(rules):
        if rule.include_dependencies:
            closing = await close_rule(rule, manifest=manifest, ecosystem=ecosystem, shards=shards)
            closures[str(place)] = closing.closure()
    return closures


async def close_rule(rule: Rule, *, manifest: Manifest, ecosystem: Ecosystem, shards: Shards) -> Closing:
    """Return a rule's closing, grown to its end.

    Raises:
        InvalidInput: for a rule that the ecosystem can't decide by.
        StoreUnavailable: when the database does not answer, or lost a shard that the manifest names.
    """
    names = {partition: part.entries.keys() for partition, part in manifest.parts.items()}
    closing = await asyncio.to_thread(ecosystem.closing, rule, names=names)
    await grow(closing, partial(payloads_of, manifest=manifest, shards=shards))
    return closing


async def grow(closing: Closing, read: Callable[[Sequence[str]], Awaitable[NamedPayloads]]) -> None:
    """Grow a closing to its end; `read` returns the shards of some names.

    Raises:
        StoreUnavailable: when `read` can't.
    """
    while wanted := sorted(closing.wanted()):
        for start in range(0, len(wanted), _NAMES_AT_ONCE):
            some = wanted[start : start + _NAMES_AT_ONCE]
            await asyncio.to_thread(_add_all, closing, some, await read(some))


async def payloads_of(names: Sequence[str], *, manifest: Manifest, shards: Shards) -> NamedPayloads:
    """Return the source's shards of some names.

    Raises:
        StoreUnavailable: when the database does not answer, or lost a shard that the manifest names.
    """
    wanted = [
        (name, partition, entry.shard)
        for name in names
        for partition, part in manifest.parts.items()
        if (entry := part.entries.get(name)) is not None
    ]
    payloads = await shards.get([digest for _, _, digest in wanted])
    found: dict[str, dict[str, bytes]] = {name: {} for name in names}
    for name, partition, digest in wanted:
        if digest not in payloads:
            raise StoreUnavailable(f"the shard of {partition}/{name} is not in the database")
        found[name][partition] = payloads[digest]
    return found


def _add_all(closing: Closing, names: Sequence[str], payloads: NamedPayloads) -> None:
    for name in names:
        closing.add(name, payloads[name])
