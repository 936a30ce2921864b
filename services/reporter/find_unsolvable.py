"""what conda mirrors of a channel list before and after -> packages that a solver does not find any more.

Rules of this file:
1. Only so many are solved. Those of which no file has all it needs any more are named without
   a solve, too; the others are counted as not solved.
"""

import asyncio
from collections.abc import Mapping, Sequence

from libs.common.deciding.close_dependencies import NamedPayloads, grow
from libs.common.deciding.explain_files import Place
from libs.common.domain.channel import Channel
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.conda.breaking import CondaBreaking, Loss, name_of
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.reporting.policy_preview import Uninstallable
from libs.common.solving.order import Ask
from libs.common.solving.solve import solve
from services.reporter.listed_files import Layer, ListedFiles

MOST_SOLVED = 40
"""Packages of a channel and platform, the surest first."""

_SOLVE_S = 5.0
_CHUNK_NAMES = 500


class Unsolvable:
    """One channel that is looked at."""

    def __init__(self, channel: Channel, files: ListedFiles, *, ecosystem: Ecosystem) -> None:
        self._channel = channel
        self._files = files
        self._ecosystem = ecosystem

    async def find(self) -> tuple[list[Uninstallable], int]:
        """Return the packages, and how many there was no time to solve."""
        breaking = CondaBreaking({place.partition for layer in self._files.layers for place in layer.places()})
        for layer in self._files.layers:
            places = layer.places()
            for start in range(0, len(places), _CHUNK_NAMES):
                await self._add(breaking, layer, places[start : start + _CHUNK_NAMES])
        losses = await asyncio.to_thread(breaking.losses)
        ordered = sorted(losses, key=lambda loss: (not loss.is_whole, loss.is_narrowed, len(loss.chain), loss.name))
        solved = ordered[:MOST_SOLVED]
        rest = ordered[MOST_SOLVED:]
        found = await self._solve(solved)
        found += [await self._tell(loss, ()) for loss in rest if loss.is_whole]
        found.sort(key=lambda one: (one.name, one.platform))
        return found, sum(not loss.is_whole for loss in rest)

    async def _add(self, breaking: CondaBreaking, layer: Layer, places: Sequence[Place]) -> None:
        """Let it take some names of a mirror."""
        same = layer.same(places)
        payloads = await layer.before.shards.get(sorted(set(same.values())))
        changed = await self._files.read_changed(layer, [place for place in places if place in layer.changed])

        def add() -> None:
            for place, digest in same.items():
                if digest in payloads:
                    breaking.add(place.name, place.partition, payloads[digest])
            for place, files in changed.items():
                breaking.add(place.name, place.partition, files.payload, before=files.before, after=files.after)

        await asyncio.to_thread(add)

    async def _solve(self, losses: Sequence[Loss]) -> list[Uninstallable]:
        """Return those packages that a solver finds before and does not find after."""
        if not losses:
            return []
        rule = Rule(
            id="preview",
            action=Action.REQUIRE,
            where=Where(name=tuple(sorted({loss.name for loss in losses}))),
            include_dependencies=True,
        )
        names: dict[str, set[str]] = {}
        for layer in self._files.layers:
            for place in layer.places():
                names.setdefault(place.partition, set()).add(place.name)
        closing = await asyncio.to_thread(self._ecosystem.closing, rule, names=names)
        await grow(closing, self._files.read_both)
        reached = sorted({name for part in closing.closure().reached.values() for name in part})
        asks = [Ask(specs=(loss.name,), platform=loss.platform) for loss in losses]
        there = _by_partition(await self._files.read(reached, after=True))
        after = await solve(asks, payloads=there, time_limit_s=_SOLVE_S)
        failed = [(loss, solution) for loss, solution in zip(losses, after, strict=True) if not solution.is_possible]
        asks = [Ask(specs=(loss.name,), platform=loss.platform) for loss, _ in failed]
        there = _by_partition(await self._files.read(reached, after=False))
        before = await solve(asks, payloads=there, time_limit_s=_SOLVE_S)
        return [
            await self._tell(loss, solution.reasons)
            for (loss, solution), was in zip(failed, before, strict=True)
            if was.is_possible and (loss.is_whole or not solution.is_unknown)
        ]

    async def _tell(self, loss: Loss, reasons: tuple[str, ...]) -> Uninstallable:
        goes = loss.chain[-1] if loss.chain else ""
        by = await self._files.dropped(name_of(goes))
        return Uninstallable(
            name=loss.name,
            channel=self._channel.key,
            platform=loss.platform,
            goes=goes,
            rule=by.rule if by is not None else None,
            policy=by.policy if by is not None else None,
            reasons=reasons,
        )


def _by_partition(payloads: NamedPayloads) -> Mapping[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for parts in payloads.values():
        for partition, payload in parts.items():
            found.setdefault(partition, []).append(payload)
    return found
