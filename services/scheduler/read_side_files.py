"""side files with records of their own -> their bytes, asked for conditionally in every run.

What was read of one stays while the source refuses it or sends what can't be read; only when it is
not there any more its records go.
"""

import asyncio
from collections.abc import Mapping

import msgspec
import structlog

from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import Permanent, UpstreamMissing, UpstreamRefused
from libs.common.domain.manifest import SideState
from libs.common.ecosystems.protocol import Ecosystem, SideFile
from libs.common.ports.records import Shards
from libs.common.ports.upstream import Validators
from services.scheduler.ask_source import SourceAsker

_LOG = structlog.get_logger()
_MOST_KEPT_BYTES = 12 * 1024 * 1024
"""What one record of the store takes; that of CRAN has 5 MB. A larger one is read anew in each run."""


class SideFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What a partition's side files are now, by name; what is gone is not among them."""

    states: dict[str, SideState]
    texts: dict[str, bytes]

    def are_as(self, before: Mapping[str, SideState]) -> bool:
        """Tell whether they have the same bytes as before."""
        return _digests(self.states) == _digests(before)


class SideReader:
    """Reads the side files of one source, for one run."""

    def __init__(self, *, ecosystem: Ecosystem, asker: SourceAsker, shards: Shards) -> None:
        self._ecosystem = ecosystem
        self._asker = asker
        self._shards = shards

    async def read(self, partition: str, *, before: Mapping[str, SideState]) -> SideFiles:
        """Ask for those of a partition; `before` is what the last run knew of them.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        sides = [side for side in self._ecosystem.side_files(partition) if side.check is not None]
        held = await self._shards.get(
            [before[side.name].digest for side in sides if side.name in before and before[side.name].digest]
        )
        states: dict[str, SideState] = {}
        texts: dict[str, bytes] = {}
        for side in sides:
            last = before.get(side.name)
            kept = held.get(last.digest) if last is not None else None
            state, text = await self._read(side, last if kept is not None else None, kept)
            if state is not None:
                states[side.name] = state
            if text is not None:
                texts[side.name] = text
        return SideFiles(states=states, texts=texts)

    async def _read(
        self, side: SideFile, last: SideState | None, kept: bytes | None
    ) -> tuple[SideState | None, bytes | None]:
        problem: Permanent | None = None
        for path in side.paths:
            try:
                answer = await self._asker.side_file_if_changed(path, _validators(last))
                if answer is None:
                    return last, kept
                if side.check is not None:
                    await asyncio.to_thread(side.check, answer.data)
            except UpstreamMissing:
                continue
            except Permanent as exc:
                # Object stores answer 403 for what is not there: only what was there is missed.
                if last is not None or not isinstance(exc, UpstreamRefused):
                    _LOG.warning("side_file_unreadable", path=path, reason=exc.message)
                    problem = exc
                continue
            digest = bytes.fromhex(sha256_of(answer.data))
            if len(answer.data) <= _MOST_KEPT_BYTES:
                await self._shards.put({digest: answer.data})
            validators = answer.validators
            return SideState(digest, etag=validators.etag, last_modified=validators.last_modified), answer.data
        if problem is None:
            return None, None
        reason = f"it can't be read, and what was read of it before stays: {problem.message}"
        if last is None:
            reason = f"it can't be read, so that what only it lists is left out: {problem.message}"
        return SideState(last.digest if last is not None else b"", problem=(side.ckey, problem.code, reason)), kept


def _validators(last: SideState | None) -> Validators | None:
    if last is None or (last.etag is None and last.last_modified is None):
        return None
    return Validators(etag=last.etag, last_modified=last.last_modified)


def _digests(states: Mapping[str, SideState]) -> Mapping[str, bytes]:
    return {name: state.digest for name, state in states.items() if state.digest}
