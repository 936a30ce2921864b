"""Shards that can be read and are never written: for catalogues that are only thought of."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from libs.common.ports.records import Shards


class UnwrittenShards:
    """Implements `ports.records.Shards` on other shards; what is put is passed over, and nothing is swept."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    async def put(self, payloads: Mapping[bytes, bytes]) -> None:
        """Pass payloads over."""

    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the payloads that are there."""
        return await self._shards.get(digests)

    async def known(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that are stored."""
        return await self._shards.known(digests)

    async def damaged(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests under which other bytes are stored than theirs."""
        return await self._shards.damaged(digests)

    def digests(self) -> AsyncIterator[bytes]:
        """Yield the digests of all that is stored."""
        return self._shards.digests()

    async def older(self, digests: Sequence[bytes], *, than: datetime) -> Mapping[bytes, int]:
        """Return the sizes at rest of those that were last put before `than`."""
        return await self._shards.older(digests, than=than)

    async def sweep(self, digests: Sequence[bytes], *, older_than: datetime) -> int:  # noqa: ARG002 - the port's shape
        """Remove nothing."""
        return 0
