"""manifest, rules -> closures of rules with `include_dependencies`, a wave of names at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.evaluation import Closure
from libs.common.domain.manifest import UNREAD, Manifest, ManifestPart
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Closing, Ecosystem
from libs.common.ports.records import Shards

NamedPayloads = Mapping[str, Mapping[str, bytes]]
"""Package name -> partition -> shard payload."""

ReadNames = Callable[[Sequence[str]], Awaitable[Manifest]]
"""Has the shards of some names read from the source, and returns the manifest that has them."""

_NAMES_AT_ONCE = 1_000


class Closures(msgspec.Struct, frozen=True, kw_only=True):
    """Closures by the place of their rule, written as text.

    `unread` are names that they would go on to, and that nobody read, or not all that the rules ask for.
    """

    by_rule: Mapping[str, Closure]
    unread: frozenset[str] = frozenset()


async def close_dependencies(
    rules: Sequence[Rule],
    *,
    manifest: Manifest,
    ecosystem: Ecosystem,
    shards: Shards,
    read_names: ReadNames | None = None,
) -> Closures:
    """Return the closure of each rule that asks for one; what they go on to is read by `read_names`, if given.

    Raises:
        InvalidInput: for a rule that the ecosystem can't decide by.
        StoreUnavailable: when the database does not answer, or lost a shard that the manifest names.
        TainError: when `read_names` can't read.
    """
    closures: dict[str, Closure] = {}
    source = _Source(manifest, rules=tuple(rules), ecosystem=ecosystem, shards=shards, read_names=read_names)
    for place, rule in enumerate(rules):
        if rule.include_dependencies:
            closing = await close_rule(rule, manifest=manifest, ecosystem=ecosystem, read=source.read)
            closures[str(place)] = closing.closure()
    return Closures(by_rule=closures, unread=frozenset(source.unread))


async def close_rule(
    rule: Rule,
    *,
    manifest: Manifest,
    ecosystem: Ecosystem,
    read: Callable[[Sequence[str]], Awaitable[NamedPayloads]],
) -> Closing:
    """Return a rule's closing, grown to its end; `read` returns the shards of some names.

    Raises:
        InvalidInput: for a rule that the ecosystem can't decide by.
        StoreUnavailable: when `read` can't.
    """
    names = {partition: part.entries.keys() for partition, part in manifest.parts.items()}
    closing = await asyncio.to_thread(ecosystem.closing, rule, names=names)
    await grow(closing, read)
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
    """Return the source's shards of some names; none of those that nobody read.

    Raises:
        StoreUnavailable: when the database does not answer, or lost a shard that the manifest names.
    """
    wanted = [
        (name, partition, entry.shard)
        for name in names
        for partition, part in manifest.parts.items()
        if (entry := part.entries.get(name)) is not None and entry.shard != UNREAD
    ]
    payloads = await shards.get([digest for _, _, digest in wanted])
    found: dict[str, dict[str, bytes]] = {name: {} for name in names}
    for name, partition, digest in wanted:
        if digest not in payloads:
            raise StoreUnavailable(f"the shard of {partition}/{name} is not in the database")
        found[name][partition] = payloads[digest]
    return found


class _Source:
    """What a source has, and more of it as closings go on; `unread` as in `Closures`."""

    def __init__(
        self,
        manifest: Manifest,
        *,
        rules: tuple[Rule, ...],
        ecosystem: Ecosystem,
        shards: Shards,
        read_names: ReadNames | None,
    ) -> None:
        self.unread: set[str] = set()
        self._manifest = manifest
        self._rules = rules
        self._ecosystem = ecosystem
        self._shards = shards
        self._read_names = read_names

    async def read(self, names: Sequence[str]) -> NamedPayloads:
        if self._read_names is not None:
            self._manifest = await self._read_names(names)
        manifest = self._manifest
        self.unread |= {name for part in manifest.parts.values() for name in names if _is_unread(part, name)}
        payloads = await payloads_of(names, manifest=manifest, shards=self._shards)
        if self._read_names is None:
            self.unread |= await asyncio.to_thread(self._wanting, payloads)
        return payloads

    def _wanting(self, payloads: NamedPayloads) -> set[str]:
        """Name those of which the rules ask for more than was read: what they need may not be known yet."""
        return {
            name
            for name, own in payloads.items()
            for partition, payload in own.items()
            if not self._manifest.parts[partition].entries[name].has_extras
            and self._ecosystem.extras(payload, partition=partition, rules=self._rules)
        }


def _is_unread(part: ManifestPart, name: str) -> bool:
    entry = part.entries.get(name)
    return entry is not None and entry.shard == UNREAD


def _add_all(closing: Closing, names: Sequence[str], payloads: NamedPayloads) -> None:
    for name in names:
        closing.add(name, payloads[name])
