"""Shard payloads in MongoDB, compressed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.indexes import SHARDS
from libs.common.adapters.mongo.payloads import (
    all_digests,
    find_all,
    insert_all,
    known_of,
    older_of,
    sweep_of,
    unknown_of,
)
from libs.common.domain.digest import damaged_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LEVEL = 1
"""Higher levels take several times the CPU for a tenth less room."""

_THREAD_FROM_COUNT = 16
_SLICE = 2_000
"""What is compressed or decompressed at a time, so that one big call does not double the memory."""


class MongoShards:
    """Implements `ports.records.Shards`."""

    def __init__(self, database: Database) -> None:
        self._shards = database[SHARDS]

    @asking()
    async def put(self, payloads: Mapping[bytes, bytes]) -> None:
        """Store payloads by digest; those that are there already are only made young."""
        unknown = await unknown_of(self._shards, list(payloads))
        for start in range(0, len(unknown), _SLICE):
            some = {digest: payloads[digest] for digest in unknown[start : start + _SLICE]}
            await insert_all(self._shards, await _aside(_compress, some))

    @asking()
    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the payloads that are there, and can be read."""
        payloads: dict[bytes, bytes] = {}
        for start in range(0, len(digests), _SLICE):
            payloads |= await _aside(_decompress, await find_all(self._shards, digests[start : start + _SLICE]))
        return payloads

    @asking()
    async def known(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that are stored."""
        return await known_of(self._shards, digests)

    @asking()
    async def damaged(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests under which other bytes are stored than theirs; reads all of them."""
        damaged: frozenset[bytes] = frozenset()
        for start in range(0, len(digests), _SLICE):
            damaged |= await asyncio.to_thread(_damaged, await find_all(self._shards, digests[start : start + _SLICE]))
        return damaged

    async def digests(self) -> AsyncIterator[bytes]:
        """Yield the digests of all that is stored."""
        async with asking():
            async for digest in all_digests(self._shards):
                yield digest

    @asking()
    async def older(self, digests: Sequence[bytes], *, than: datetime) -> Mapping[bytes, int]:
        """Return the sizes at rest of those that were last put before `than`."""
        return await older_of(self._shards, digests, than=than)

    @asking()
    async def sweep(self, digests: Sequence[bytes], *, older_than: datetime) -> int:
        """Remove those that were last put before `older_than`; return how many."""
        return await sweep_of(self._shards, digests, older_than=older_than)


async def _aside(
    step: Callable[[Mapping[bytes, bytes]], dict[bytes, bytes]], payloads: Mapping[bytes, bytes]
) -> dict[bytes, bytes]:
    """Do CPU work off the event loop where it is more than a few payloads."""
    if len(payloads) < _THREAD_FROM_COUNT:
        return step(payloads)
    return await asyncio.to_thread(step, payloads)


def _compress(payloads: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    return {digest: zstd.compress(payload, _LEVEL) for digest, payload in payloads.items()}


def _decompress(payloads: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    readable: dict[bytes, bytes] = {}
    for digest, payload in payloads.items():
        with suppress(zstd.ZstdError):
            readable[digest] = zstd.decompress(payload)
    return readable


def _damaged(payloads: Mapping[bytes, bytes]) -> frozenset[bytes]:
    readable = _decompress(payloads)
    return damaged_of(readable) | (payloads.keys() - readable.keys())
