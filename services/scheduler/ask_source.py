"""one file of a source -> its bytes, or what is wrong with it; side files are asked for once."""

import asyncio
import hashlib
from collections.abc import Mapping

from libs.common.deciding.told_of import told_of
from libs.common.domain.digest import LISTED, Digest, sha256_of
from libs.common.domain.errors import (
    ContentMismatch,
    Permanent,
    UnreadableIndex,
    UpstreamUnavailable,
    UpstreamUnreachable,
)
from libs.common.domain.manifest import content_digest
from libs.common.domain.source_url import join_url
from libs.common.ecosystems.protocol import ArtifactRef, Ecosystem, ShardRef, SourceShard
from libs.common.ports.upstream import Fetched, NotModified, Upstream, Validators
from libs.common.runtime.extract_remote import extract_remote
from services.scheduler.locate_index import Origin

_AT_ONCE = 16
_SHARD_LIMIT = 64 * 1024 * 1024
_COMPANION_LIMIT = 16 * 1024 * 1024
_MOST_UNANSWERED = 20


class SourceAsker:
    """Asks one source, for one run; its shards and what belongs to them at a bounded rate."""

    def __init__(self, *, ecosystem: Ecosystem, origin: Origin, upstream: Upstream, index_limit_bytes: int) -> None:
        self.origin = origin
        self.content = content_digest(origin.root)
        self._ecosystem = ecosystem
        self._upstream = upstream
        self._index_limit = index_limit_bytes
        self._answered = 0
        self._unanswered: list[UpstreamUnavailable] = []
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._channel_files: dict[str, bytes | None] = {}
        self._channel_files_lock = asyncio.Lock()

    async def shard(
        self, ref: ShardRef, *, base: str, partition: str, side_files: Mapping[str, bytes]
    ) -> tuple[SourceShard, Fetched]:
        """Ask for one shard, whatever it was last time.

        Raises:
            Permanent: when it can't be had, or is not what it should be.
            UpstreamUnavailable: when the source does not answer.
        """
        answer = await self.shard_if_changed(ref, None, base=base, partition=partition, side_files=side_files)
        if answer is None:
            raise UnreadableIndex("the source said 304 to a request without conditions")
        return answer

    async def shard_if_changed(
        self,
        ref: ShardRef,
        validators: Validators | None,
        *,
        base: str,
        partition: str,
        side_files: Mapping[str, bytes],
    ) -> tuple[SourceShard, Fetched] | None:
        """Ask for one shard; None where the source says that it is as the validators say.

        Raises:
            as `shard`.
        """
        url = join_url(base, ref.url)
        async with self._turns:
            answer = await self._get(url, accept=ref.accept, validators=validators, limit_bytes=_SHARD_LIMIT)
            if isinstance(answer, NotModified):
                return None
            if ref.expected is not None and sha256_of(answer.data) != ref.expected.digest.hex:
                raise UnreadableIndex("the shard's digest is not what the shard index says")
            told = told_of(answer, asked=url, source=self.content)
            shard = await asyncio.to_thread(
                self._ecosystem.read_shard, answer.data, ref=ref, partition=partition, side_files=side_files, told=told
            )
        return shard, answer

    async def companion(self, ref: ArtifactRef, *, files_url: str) -> bytes:
        """Ask for a file that belongs to a package file.

        Raises:
            Permanent: when it can't be had, or is not what its record says.
            UpstreamUnavailable: when the source does not answer.
        """
        url = join_url(join_url(self.origin.root, files_url), ref.url)
        async with self._turns:
            answer = await self._get(url, accept=None, validators=None, limit_bytes=_COMPANION_LIMIT)
        if isinstance(answer, NotModified):
            raise UnreadableIndex("the source said 304 to a request without conditions")
        if not _is_as_expected(answer.data, ref.expected.digest):
            raise ContentMismatch(f"{ref.filename} is not the file that its record describes")
        return answer.data

    async def inside(self, ref: ArtifactRef, *, files_url: str) -> bytes:
        """Ask for what stands in a package file, and not for all of it; b"" where there is nothing.

        Raises:
            as `companion`.
        """
        url = join_url(join_url(self.origin.root, files_url), ref.url)
        async with self._turns:
            data = await extract_remote(
                ref,
                url,
                ecosystem=self._ecosystem,
                upstream=self._upstream,
                proxy=self.origin.proxy,
                home=self.origin.root,
            )
        self._answered += 1
        return data or b""

    async def side_files(self, partition: str) -> dict[str, bytes]:
        """Ask for the files that enrich a partition's index, as far as the source has them.

        Those with records of their own read_side_files.py asks for.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        files: dict[str, bytes] = {}
        for side in self._ecosystem.side_files(partition):
            for path in side.paths if side.check is None else ():
                data = await self._side_file(path)
                if data is not None:
                    files[side.name] = data
                    break
        return files

    async def side_file_if_changed(self, path: str, validators: Validators | None) -> Fetched | None:
        """Ask for a side file; None where the source says that it is as the validators say.

        Raises:
            Permanent: when it can't be had.
            UpstreamUnavailable: when the source does not answer.
        """
        url = self.origin.url(path)
        answer = await self._get(url, accept=None, validators=validators, limit_bytes=self._index_limit)
        if isinstance(answer, Fetched):
            return answer
        if validators is None:
            raise UnreadableIndex("the source said 304 to a request without conditions")
        return None

    def bear(self, error: UpstreamUnavailable) -> None:
        """Go on although one shard was not answered for.

        Raises:
            UpstreamUnavailable: when there were too many of these: the source is away.
        """
        self._unanswered.append(error)
        if isinstance(error, UpstreamUnreachable) or len(self._unanswered) > _MOST_UNANSWERED:
            raise error

    def check_answers(self) -> None:
        """See that the source answered for something at all.

        Raises:
            UpstreamUnavailable: when it did not, though it was asked.
        """
        if self._unanswered and not self._answered:
            raise self._unanswered[-1]

    async def _get(
        self, url: str, *, accept: str | None, validators: Validators | None, limit_bytes: int
    ) -> Fetched | NotModified:
        answer = await self._upstream.get(
            url,
            proxy=self.origin.proxy,
            home=self.origin.root,
            accept=accept,
            validators=validators,
            limit_bytes=limit_bytes,
        )
        self._answered += 1
        return answer

    async def _side_file(self, path: str) -> bytes | None:
        async with self._channel_files_lock:
            if path in self._channel_files:
                return self._channel_files[path]
            try:
                answer = await self._get(
                    self.origin.url(path), accept=None, validators=None, limit_bytes=self._index_limit
                )
                data = answer.data if isinstance(answer, Fetched) else None
            except Permanent:
                data = None
            if "/" not in path:
                self._channel_files[path] = data
            return data


def _is_as_expected(data: bytes, digest: Digest) -> bool:
    """Tell whether bytes are what their digest says; one that was only listed says nothing."""
    if digest.algorithm == "md5":
        return hashlib.md5(data, usedforsecurity=False).hexdigest() == digest.hex
    return digest.algorithm == LISTED or sha256_of(data) == digest.hex
