"""Stop flags and leases in NATS key-value buckets."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from nats.js.errors import KeyDeletedError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from libs.common.adapters.nats.cancelling import heeds_cancel
from libs.common.contracts.subjects import LEASES, STOP_FLAGS
from libs.common.domain.errors import StoreUnavailable

_FAILURES = (NatsError, JetStreamError, TimeoutError)
_LOOK_S = 0.5


class NatsStopFlags:
    """Implements `ports.flags.StopFlags`: one key a run."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._js = nc.jetstream()

    @heeds_cancel
    async def raise_flag(self, run_id: str, *, reason: str) -> None:
        """Tell everyone to drop this run; see the port."""
        try:
            await (await self._bucket()).put(run_id, reason.encode())
        except _FAILURES as exc:
            raise StoreUnavailable("NATS did not take a stop flag") from exc

    @heeds_cancel
    async def lower_flag(self, run_id: str) -> None:
        """Forget the flag; see the port."""
        try:
            await (await self._bucket()).delete(run_id)
        except _FAILURES as exc:
            raise StoreUnavailable("NATS did not drop a stop flag") from exc

    async def watch(self) -> AsyncIterator[str]:
        """Yield flagged runs; see the port.

        What a watch reads from is the server's, and gone when that was killed; nats-py finds
        out after ten seconds at best. So each new connection gets a new watch, which yields
        all flags again.
        """
        while True:
            connections = self._nc.stats["reconnects"]
            async with aclosing(self._watch(connections)) as flags:
                async for run_id in flags:
                    yield run_id

    async def _watch(self, connections: int) -> AsyncGenerator[str, None]:
        """Yield flagged runs until there is another connection than the one that this began with."""
        try:
            watcher = await (await self._bucket()).watchall(ignore_deletes=True)
        except _FAILURES as exc:
            raise StoreUnavailable("NATS did not show the stop flags") from exc
        try:
            while self._nc.stats["reconnects"] == connections:
                try:
                    entry = await watcher.updates(timeout=_LOOK_S)
                except TimeoutError:
                    continue
                if entry is not None and entry.key:
                    yield entry.key
        finally:
            with suppress(*_FAILURES):
                await watcher.stop()

    async def _bucket(self) -> KeyValue:
        return await self._js.key_value(STOP_FLAGS)


class NatsLeases:
    """Implements `ports.flags.Leases`; the bucket itself lets keys go after `LEASE_S`."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js

    @heeds_cancel
    async def take(self, key: str, holder: str) -> bool:
        """Take or renew the lease; see the port."""
        try:
            bucket = await self._js.key_value(LEASES)
            return await self._take(bucket, key, holder.encode())
        except KeyWrongLastSequenceError:
            return False
        except _FAILURES as exc:
            raise StoreUnavailable("NATS did not answer for a lease") from exc

    @heeds_cancel
    async def release(self, key: str, holder: str) -> None:
        """Give the lease back; see the port."""
        try:
            bucket = await self._js.key_value(LEASES)
            entry = await bucket.get(key)
            if entry.value == holder.encode():
                await bucket.delete(key, last=entry.revision)
        except (KeyNotFoundError, KeyDeletedError, KeyWrongLastSequenceError):
            return
        except _FAILURES as exc:
            raise StoreUnavailable("NATS did not answer for a lease") from exc

    async def _take(self, bucket: KeyValue, key: str, holder: bytes) -> bool:
        try:
            entry = await bucket.get(key)
        except (KeyNotFoundError, KeyDeletedError):
            try:
                await bucket.create(key, holder)
            except KeyNotFoundError:
                # The key expired between two looks of `create`; the next attempt finds it clear.
                await asyncio.sleep(0)
                return False
            return True
        if entry.value != holder:
            return False
        await bucket.update(key, holder, last=entry.revision)
        return True
