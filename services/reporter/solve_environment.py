"""specs, what clients read -> whether an environment can be made of it, by a real solve or a walk."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.close_dependencies import NamedPayloads, grow
from libs.common.domain.policy import Rule
from libs.common.ecosystems.asking import Target, Walked, Walking
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.reporting.dependency_report import Alone
from libs.common.solving.order import Ask, Solution, SolvedFile
from libs.common.solving.solve import solve
from services.reporter.packages import Packages

_MOST_ALONE = 50
_ALONE_WITHIN_S = 120.0
"""For all of them together; on most channels each takes a tenth of a second."""
_NAMES_AT_ONCE = 200


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: of all specs together and, where that does not work, of each alone.

    `files` are those that were taken: partition -> name -> file names.
    """

    together: Solution
    alone: tuple[Alone, ...] = ()
    files: Mapping[str, Mapping[str, tuple[str, ...]]] = {}


async def solve_environment(
    target: Target, specs: Sequence[str], rule: Rule, *, read: Packages, ecosystem: Ecosystem
) -> Environment:
    """Solve what was asked for on what clients read; where it does not work together, each package alone as well.

    A pattern stands for all names that it fits.

    Raises:
        StoreUnavailable: when the database does not answer, or lost a shard.
    """
    names = read.all_names()
    solvable = tuple(dict.fromkeys(one for spec in specs for one in ecosystem.each_of(spec, names).values()))
    if not solvable:
        reasons = (f"nothing in the channel matches {', '.join(specs)}",)
        return Environment(together=Solution(platform=target.name, is_possible=False, reasons=reasons))
    solving = _Solving(target, rule, read=read, ecosystem=ecosystem)
    together = await solving.solve(solvable)
    if together.together.is_possible or len(solvable) == 1:
        return together
    return msgspec.structs.replace(together, alone=await solving.solve_alone(solvable[:_MOST_ALONE]))


class _Solving:
    """One target that is solved for."""

    def __init__(self, target: Target, rule: Rule, *, read: Packages, ecosystem: Ecosystem) -> None:
        self._target = target
        self._rule = rule
        self._read = read
        self._ecosystem = ecosystem
        self._payloads: dict[str, list[bytes]] | None = None
        self._known: dict[str, Mapping[str, bytes]] = {}

    async def solve(self, specs: Sequence[str]) -> Environment:
        walking = self._walk(specs)
        if walking is not None:
            return await self._end(walking)
        ask = Ask(specs=tuple(specs), platform=self._target.platform)
        (environment,) = await solve([ask], payloads=await self._reached())
        return Environment(together=environment)

    async def solve_alone(self, specs: Sequence[str]) -> tuple[Alone, ...]:
        if self._walk(specs) is not None:
            found = [await self.solve((spec,)) for spec in specs]
            return tuple(Alone(spec=spec, environment=one.together) for spec, one in zip(specs, found, strict=True))
        asks = [Ask(specs=(spec,), platform=self._target.platform) for spec in specs]
        solved = await solve(asks, payloads=await self._reached(), within_s=_ALONE_WITHIN_S)
        return tuple(Alone(spec=ask.specs[0], environment=one) for ask, one in zip(asks, solved, strict=True))

    def _walk(self, specs: Sequence[str]) -> Walking | None:
        return self._ecosystem.walk(specs, names=self._read.names(), target=self._target)

    async def _end(self, walking: Walking) -> Environment:
        """Walk to the end; each name is read once."""
        while wanted := sorted(await asyncio.to_thread(walking.wanted)):
            for start in range(0, len(wanted), _NAMES_AT_ONCE):
                some = wanted[start : start + _NAMES_AT_ONCE]
                payloads = await self._names(some)
                await asyncio.to_thread(_add_all, walking, some, payloads)
        return self._written(walking.walked())

    async def _names(self, names: Sequence[str]) -> NamedPayloads:
        self._known |= await self._read.read([name for name in names if name not in self._known])
        return {name: self._known[name] for name in names}

    def _written(self, walked: Walked) -> Environment:
        files: dict[str, dict[str, tuple[str, ...]]] = {}
        solved: list[SolvedFile] = []
        for file in walked.files:
            files.setdefault(file.partition, {})[file.name] = (file.filename,)
            payload = self._known[file.name][file.partition]
            artifacts = self._ecosystem.artifacts(payload, partition=file.partition)
            ref = next(ref for ref in artifacts if ref.filename == file.filename)
            size_bytes = ref.expected.size_bytes
            solved.append(
                SolvedFile(ckey=ref.ckey, name=file.name, version=file.version, build="", size_bytes=size_bytes)
            )
        solution = Solution(
            platform=self._target.name,
            is_possible=walked.is_possible,
            files=tuple(solved),
            reasons=walked.reasons,
            is_unknown=walked.is_unknown,
        )
        return Environment(together=solution, files=files)

    async def _reached(self) -> Mapping[str, list[bytes]]:
        """Return the records of all names that a solver could look at, by partition."""
        if self._payloads is None:
            closing = await asyncio.to_thread(
                self._ecosystem.closing_at, self._rule, names=self._read.names(), target=self._target
            )
            await grow(closing, self._read.read)
            reached = sorted({name for part in closing.closure().reached.values() for name in part})
            self._payloads = {}
            for by_partition in (await self._read.read(reached)).values():
                for partition, payload in by_partition.items():
                    self._payloads.setdefault(partition, []).append(payload)
        return self._payloads


def _add_all(walking: Walking, names: Sequence[str], payloads: NamedPayloads) -> None:
    for name in names:
        walking.add(name, payloads[name])
