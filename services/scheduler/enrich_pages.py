"""pages that were read, rules -> the same with what the rules ask for besides them.

What a source does not have, or has otherwise than its page says, is asked for no more until the
page changes; where it does not answer, the next run asks again.
"""

import asyncio
from collections.abc import Collection, Sequence

import msgspec

from libs.common.domain.errors import Permanent, UpstreamMissing, UpstreamUnavailable
from libs.common.domain.policy import Rule
from libs.common.domain.run import FileFailure
from libs.common.ecosystems.protocol import ArtifactRef, Ecosystem
from libs.common.runtime.together import together
from services.scheduler.ask_source import SourceAsker
from services.scheduler.take_shards import ReadShard


class PageEnricher:
    """Asks for companions that rules must read; `problems` has those that can't be used, by name."""

    def __init__(self, partition: str, *, asker: SourceAsker, ecosystem: Ecosystem) -> None:
        self.problems: dict[str, list[FileFailure]] = {}
        self._partition = partition
        self._asker = asker
        self._ecosystem = ecosystem

    async def enrich(self, shards: Sequence[ReadShard], *, rules: tuple[Rule, ...], files_url: str) -> list[ReadShard]:
        """Add to each shard what these rules ask for besides it; `files_url` is where files lie.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        return await together(self._enrich(shard, rules=rules, files_url=files_url) for shard in shards)

    async def _enrich(self, shard: ReadShard, *, rules: tuple[Rule, ...], files_url: str) -> ReadShard:
        refs, inside = await asyncio.to_thread(self._wanted, shard.payload, rules)
        if not refs:
            return msgspec.structs.replace(shard, has_extras=True)
        answers = await together(
            self._ask(shard.name, ref, is_inside=ref.filename in inside, files_url=files_url) for ref in refs
        )
        texts = {ref.filename: text for ref, text in zip(refs, answers, strict=True) if text}
        payload = await asyncio.to_thread(self._ecosystem.with_extras, shard.payload, texts) if texts else shard.payload
        return msgspec.structs.replace(shard, payload=payload, has_extras=None not in answers)

    def _wanted(self, payload: bytes, rules: tuple[Rule, ...]) -> tuple[Sequence[ArtifactRef], Collection[str]]:
        """Return what must be read, and the package files that have it in themselves."""
        refs = self._ecosystem.extras(payload, partition=self._partition, rules=rules)
        return refs, self._ecosystem.needs_extraction(payload, partition=self._partition) if refs else ()

    async def _ask(self, name: str, ref: ArtifactRef, *, is_inside: bool, files_url: str) -> bytes | None:
        """Ask for what stands beside or in a file: b"" where it can't be had, None where the source did not answer."""
        try:
            if is_inside:
                return await self._asker.inside(ref, files_url=files_url)
            return await self._asker.companion(ref, files_url=files_url)
        except UpstreamMissing:
            return b""
        except Permanent as exc:
            problem = FileFailure(ckey=ref.ckey, code=exc.code, reason=exc.message)
            self.problems.setdefault(name, []).append(problem)
            return b""
        except UpstreamUnavailable as exc:
            self._asker.bear(exc)
            return None
