"""Shards in memory, both the stored and the rendered ones."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from libs.common.domain.digest import damaged_of


class _Payloads:
    """Payloads by digest, with the time at which each was last put."""

    def __init__(self) -> None:
        self._payloads: dict[bytes, bytes] = {}
        self._seen: dict[bytes, datetime] = {}

    async def put(self, payloads: Mapping[bytes, bytes]) -> None:
        """Store payloads by digest; those that are there already are only made young."""
        self._payloads = {**payloads, **self._payloads}
        self._seen |= dict.fromkeys(payloads, datetime.now(UTC))

    async def known(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that are stored."""
        return frozenset(digests) & self._payloads.keys()

    async def damaged(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests under which other bytes are stored than theirs."""
        return damaged_of({digest: self._payloads[digest] for digest in digests if digest in self._payloads})

    async def digests(self) -> AsyncIterator[bytes]:
        """Yield the digests of all that is stored."""
        for digest in sorted(self._payloads):
            yield digest

    async def older(self, digests: Sequence[bytes], *, than: datetime) -> Mapping[bytes, int]:
        """Return the sizes of those that were last put before `than`."""
        return {digest: len(self._payloads[digest]) for digest in digests if self._is_older(digest, than)}

    async def sweep(self, digests: Sequence[bytes], *, older_than: datetime) -> int:
        """Remove those that were last put before `older_than`; return how many."""
        old = [digest for digest in digests if self._is_older(digest, older_than)]
        for digest in old:
            del self._payloads[digest], self._seen[digest]
        return len(old)

    def _is_older(self, digest: bytes, than: datetime) -> bool:
        return digest in self._payloads and self._seen[digest] < than


class MemoryShards(_Payloads):
    """Implements `ports.records.Shards`."""

    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the payloads that are there, and can be read."""
        return {digest: self._payloads[digest] for digest in digests if digest in self._payloads}


class MemoryRenderedShards(_Payloads):
    """Implements `ports.records.RenderedShards`."""

    async def get(self, sha256: bytes) -> bytes | None:
        """Return one shard's bytes."""
        return self._payloads.get(sha256)
