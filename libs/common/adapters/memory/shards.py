"""Shards in memory, both the stored and the rendered ones."""

from collections.abc import Mapping, Sequence


class MemoryShards:
    """Implements `ports.records.Shards`."""

    def __init__(self) -> None:
        self._payloads: dict[bytes, bytes] = {}

    async def put(self, payloads: Mapping[bytes, bytes]) -> None:
        """Store payloads by digest; those that are there already are left alone."""
        self._payloads = {**payloads, **self._payloads}

    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the payloads that are there."""
        return {digest: self._payloads[digest] for digest in digests if digest in self._payloads}


class MemoryRenderedShards:
    """Implements `ports.records.RenderedShards`."""

    def __init__(self) -> None:
        self._shards: dict[bytes, bytes] = {}

    async def put(self, shards: Mapping[bytes, bytes]) -> None:
        """Store shards by digest; those that are there already are left alone."""
        self._shards = {**shards, **self._shards}

    async def get(self, sha256: bytes) -> bytes | None:
        """Return one shard's bytes."""
        return self._shards.get(sha256)
