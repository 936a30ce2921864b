"""Shard payloads in MongoDB, compressed."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence

from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.indexes import SHARDS
from libs.common.adapters.mongo.payloads import find_all, insert_all, unknown_of

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
        """Store payloads by digest; those that are there already are left alone."""
        unknown = await unknown_of(self._shards, list(payloads))
        for start in range(0, len(unknown), _SLICE):
            some = {digest: payloads[digest] for digest in unknown[start : start + _SLICE]}
            await insert_all(self._shards, await _aside(_compress, some))

    @asking()
    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the payloads that are there."""
        payloads: dict[bytes, bytes] = {}
        for start in range(0, len(digests), _SLICE):
            payloads |= await _aside(_decompress, await find_all(self._shards, digests[start : start + _SLICE]))
        return payloads


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
    return {digest: zstd.decompress(payload) for digest, payload in payloads.items()}
