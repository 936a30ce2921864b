"""what Python or R mirrors of a channel list before and after -> packages that a walk does not reach any more.

Rules of this file:
1. A package may lose something if it needs, directly or not, a name of which files go. Only so many
   are walked, those first that are nearest to such a name; the others are counted.
2. A package counts as lost where it could be installed before, and surely can't be after. Where
   the walk does not know, before or after, it is counted with those that were not walked.
3. Each target by itself: a contrib folder of R; of Python the machine and version that reports begin with.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.close_dependencies import NamedPayloads
from libs.common.deciding.known_needs import MOST_VERSIONS, KnownNeeds
from libs.common.domain.channel import Channel
from libs.common.ecosystems.asking import Target, Walked, Walking
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.reporting.policy_preview import Uninstallable
from services.reporter.listed_files import ListedFiles

MOST_WALKED = 40
"""Packages of a channel and target."""

_NAMES_AT_ONCE = 200
_VERSIONS_LOOKED_AT = 3
"""Of each name of the channel, for what it may need; those that are walked are looked into further."""


class _Loss(msgspec.Struct, frozen=True):
    """A package that may lose something; `goes` is the name of which files go."""

    name: str
    goes: str


class Unwalkable:
    """One channel that is looked at."""

    def __init__(self, channel: Channel, files: ListedFiles, *, ecosystem: Ecosystem, known: KnownNeeds) -> None:
        self._channel = channel
        self._files = files
        self._ecosystem = ecosystem
        self._names = {after: files.names(after=after) for after in (False, True)}
        self._known = known
        self._payloads: dict[bool, dict[str, Mapping[str, bytes]]] = {False: {}, True: {}}

    async def find(self) -> tuple[list[Uninstallable], int]:
        """Return the packages, and of how many it is not known."""
        found: list[Uninstallable] = []
        unknown = 0
        targets = self._ecosystem.targets(self._names[False], rules=(), platforms=(), pythons=())
        for target in targets:
            losses = await self._losses(target)
            unknown += len(losses[MOST_WALKED:])
            for loss in losses[:MOST_WALKED]:
                after = await self._walk(loss.name, target, after=True)
                if after.is_possible:
                    continue
                before = await self._walk(loss.name, target, after=False)
                if before.is_possible and not after.is_unknown:
                    found.append(await self._tell(loss, target, after.reasons))
                unknown += after.is_unknown and (before.is_possible or before.is_unknown)
        found.sort(key=lambda one: (one.name, one.platform))
        return found, unknown

    async def _losses(self, target: Target) -> list[_Loss]:
        """Follow from names of which files go to those that need them; the nearest first."""
        needing = await self._needing(target)
        gone = sorted(
            {
                place.name
                for layer in self._files.layers
                for place, change in layer.changed.items()
                if place.partition in target.partitions and change.old is not None and change.old.files
            }
        )
        goes = {name: name for name in gone}
        waiting = deque(gone)
        found: list[_Loss] = []
        while waiting:
            name = waiting.popleft()
            for other in sorted(needing.get(name, ())):
                if other not in goes:
                    goes[other] = goes[name]
                    waiting.append(other)
                    found.append(_Loss(other, goes[other]))
        # A name of which some files go may need another such name, or be needed by itself alone.
        listed = self._listed(target, after=True)
        return [*found, *(_Loss(name, name) for name in gone if name in listed)]

    async def _needing(self, target: Target) -> Mapping[str, set[str]]:
        """Return, of all names that stay, which of them need a name."""
        needing: dict[str, set[str]] = defaultdict(set)
        names = sorted(self._listed(target, after=True) & self._files.names_read())
        for start in range(0, len(names), _NAMES_AT_ONCE):
            read = await self._files.read(names[start : start + _NAMES_AT_ONCE], after=True)
            payloads = await self._with_needs(read, versions=_VERSIONS_LOOKED_AT)
            await asyncio.to_thread(self._add_needs, needing, payloads, target)
        return needing

    def _add_needs(self, needing: dict[str, set[str]], payloads: NamedPayloads, target: Target) -> None:
        for name, parts in payloads.items():
            for partition in target.partitions:
                if partition in parts:
                    for needs in self._ecosystem.needs(parts[partition], partition=partition, target=target).values():
                        for needed in needs:
                            needing[needed.name].add(name)

    def _listed(self, target: Target, *, after: bool) -> frozenset[str]:
        names = self._names[after]
        return frozenset(name for partition in target.partitions for name in names.get(partition, ()))

    async def _walk(self, name: str, target: Target, *, after: bool) -> Walked:
        names = {partition: self._names[after].get(partition, set()) for partition in target.partitions}
        walking = self._ecosystem.walk((name,), names=names, target=target)
        if walking is None:
            return Walked(is_possible=False, is_unknown=True)
        while wanted := sorted(await asyncio.to_thread(walking.wanted)):
            payloads = await self._read(wanted, target, after=after)
            await asyncio.to_thread(_add_all, walking, payloads)
        return walking.walked()

    async def _read(self, names: Sequence[str], target: Target, *, after: bool) -> NamedPayloads:
        known = self._payloads[after]
        read = await self._files.read([name for name in names if name not in known], after=after)
        known |= await self._with_needs(read, versions=MOST_VERSIONS)
        return {
            name: {partition: known[name][partition] for partition in target.partitions if partition in known[name]}
            for name in names
        }

    async def _with_needs(self, payloads: NamedPayloads, *, versions: int) -> NamedPayloads:
        return {
            name: {
                partition: await self._known.add(payload, partition=partition, name=name, versions=versions)
                for partition, payload in parts.items()
            }
            for name, parts in payloads.items()
        }

    async def _tell(self, loss: _Loss, target: Target, reasons: tuple[str, ...]) -> Uninstallable:
        by = await self._files.dropped(loss.goes)
        return Uninstallable(
            name=loss.name,
            channel=self._channel.key,
            platform=target.name,
            goes=loss.goes,
            rule=by.rule if by is not None else None,
            policy=by.policy if by is not None else None,
            reasons=reasons,
        )


def _add_all(walking: Walking, payloads: NamedPayloads) -> None:
    for name, parts in payloads.items():
        walking.add(name, parts)
