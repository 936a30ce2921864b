"""Records of packages, as they were read and as clients read them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol


class Shards(Protocol):
    """Shard payloads by the sha256 of their bytes, compressed at rest; immutable."""

    async def put(self, payloads: Mapping[bytes, bytes]) -> None:
        """Store payloads by digest; those that are there already are only made young."""

    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the payloads that are there, and can be read."""

    async def known(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that are stored."""

    async def damaged(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests under which other bytes are stored than theirs; reads all of them."""

    def digests(self) -> AsyncIterator[bytes]:
        """Yield the digests of all that is stored."""

    async def older(self, digests: Sequence[bytes], *, than: datetime) -> Mapping[bytes, int]:
        """Return the sizes at rest of those that were last put before `than`."""

    async def sweep(self, digests: Sequence[bytes], *, older_than: datetime) -> int:
        """Remove those that were last put before `older_than`; return how many. What a `put` returned for stays."""


class RenderedShards(Protocol):
    """Rendered shards by the sha256 of their bytes; immutable. Written by the indexer."""

    async def put(self, shards: Mapping[bytes, bytes]) -> None:
        """Store shards by digest; those that are there already are only made young."""

    async def get(self, sha256: bytes) -> bytes | None:
        """Return one shard's bytes."""

    async def known(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that are stored."""

    async def damaged(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests under which other bytes are stored than theirs; reads all of them."""

    def digests(self) -> AsyncIterator[bytes]:
        """Yield the digests of all that is stored."""

    async def older(self, digests: Sequence[bytes], *, than: datetime) -> Mapping[bytes, int]:
        """Return the sizes at rest of those that were last put before `than`."""

    async def sweep(self, digests: Sequence[bytes], *, older_than: datetime) -> int:
        """Remove those that were last put before `older_than`; return how many. What a `put` returned for stays."""
