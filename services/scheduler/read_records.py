"""an index that holds records, or names files of them -> its part of the manifest."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from libs.common.domain.errors import Permanent
from libs.common.domain.manifest import ManifestEntry, ManifestPart
from libs.common.domain.run import FileFailure
from libs.common.ecosystems.protocol import ShardedIndex, ShardRef, SourceShard, WholeIndex
from libs.common.runtime.one_behind import OneBehind
from libs.common.runtime.together import together
from services.scheduler.ask_source import SourceAsker
from services.scheduler.progress import Progress
from services.scheduler.take_shards import ReadShard, ShardTaker

_CHUNK_NAMES = 500
_PROBLEMS_KEPT = 1000


class RecordReader:
    """Reads one partition; `previous` is what the last run knew of it."""

    def __init__(
        self,
        partition: str,
        *,
        previous: ManifestPart | None,
        asker: SourceAsker,
        taker: ShardTaker,
        progress: Progress,
    ) -> None:
        self._partition = partition
        self._previous: Mapping[str, ManifestEntry] = previous.entries if previous is not None else {}
        self._known = frozenset(entry.shard for entry in self._previous.values())
        self._asker = asker
        self._taker = taker
        self._progress = progress
        self._entries: dict[str, ManifestEntry] = {}
        self._problems: list[tuple[str, str, str]] = []
        self._lost = 0

    async def read_whole(self, index: WholeIndex) -> None:
        """Take all records; while one chunk is decided and stored, the next one is read.

        Raises:
            UnreadableIndex: when the index breaks off.
        """
        async with OneBehind() as behind:
            while chunk := await asyncio.to_thread(_take, index.shards, _CHUNK_NAMES):
                await behind.do(self._take([(shard, None) for shard in chunk]))

    async def read_sharded(self, index: ShardedIndex, *, base: str, side_files: Mapping[str, bytes]) -> None:
        """Ask for the shards that changed; their URLs are relative to `base`.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        changed: list[ShardRef] = []
        for ref in index.refs:
            known = self._previous.get(ref.name)
            if known is not None and known.tag == ref.tag:
                self._entries[ref.name] = known
            else:
                changed.append(ref)
        for start in range(0, len(changed), _CHUNK_NAMES):
            refs = changed[start : start + _CHUNK_NAMES]
            shards = await together(self._ask(ref, base=base, side_files=side_files) for ref in refs)
            await self._take([(shard, ref.tag) for shard, ref in zip(shards, refs, strict=True)])
            self._progress.advance(start + len(refs), len(changed))

    def part(
        self, *, form: str, files_url: str, etag: str | None, last_modified: str | None, digest: str
    ) -> ManifestPart:
        """Return the partition as it was read.

        A shard that could not be had is asked for again: the index does not count as read then.
        """
        is_whole = not self._lost
        return ManifestPart(
            form=form,
            files_url=files_url,
            etag=etag if is_whole else None,
            last_modified=last_modified if is_whole else None,
            index_digest=digest if is_whole else None,
            entries=self._entries,
            problems=tuple(self._problems[:_PROBLEMS_KEPT]),
        )

    async def _ask(self, ref: ShardRef, *, base: str, side_files: Mapping[str, bytes]) -> SourceShard:
        try:
            shard, _ = await self._asker.shard(ref, base=base, partition=self._partition, side_files=side_files)
        except Permanent as exc:
            failure = FileFailure(ckey=f"{self._partition}/{ref.name}", code=exc.code, reason=exc.message)
            return SourceShard(name=ref.name, payload=b"", problems=(failure,))
        return shard

    async def _take(self, shards: Sequence[tuple[SourceShard, bytes | None]]) -> None:
        for shard, tag in shards:
            self._lost += tag is not None and not shard.payload
            self._problems.extend((failure.ckey, failure.code, failure.reason) for failure in shard.problems)
            if not shard.payload and shard.name in self._previous:
                # What could not be read stays as it was; its old tag makes the next run try again.
                self._entries[shard.name] = self._previous[shard.name]
        self._entries |= await self._taker.take(
            [ReadShard(name=shard.name, payload=shard.payload, tag=tag) for shard, tag in shards if shard.payload],
            partition=self._partition,
            before=self._previous,
            known=self._known,
        )


def _take(shards: Iterator[SourceShard], count: int) -> list[SourceShard]:
    return list(islice(shards, count))
