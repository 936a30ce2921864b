"""The right of one process to fetch something, among several that serve it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from libs.common.domain.digest import Digest
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.flags import LEASE_S, Leases


def file_key(digest: Digest, *, hops: int = 0) -> str:
    """Return the key of the lease on a file, for a number of hops (`hops.py`)."""
    return f"file.{digest.algorithm}.{digest.hex}" + (f".{hops}" if hops else "")


class FetchLease:
    """A lease by key, renewed from the moment it is held."""

    def __init__(self, leases: Leases, *, key: str, holder: str) -> None:
        self._leases = leases
        self._key = key
        self._holder = holder
        self._renewing: asyncio.Task[None] | None = None

    async def take(self) -> bool:
        """Try to take the lease; False while another process holds it.

        When NATS does not answer everyone may fetch: what is fetched twice does no harm, as
        the store keeps one, while clients that get nothing do mind.
        """
        try:
            is_held = await self._leases.take(self._key, self._holder)
        except StoreUnavailable:
            return True
        if is_held:
            self._renewing = asyncio.create_task(self._renew())
        return is_held

    async def release(self) -> None:
        """Give it back; where NATS does not answer it runs out by itself."""
        if self._renewing is None:
            return
        self._renewing.cancel()
        await asyncio.wait((self._renewing,))
        with suppress(StoreUnavailable):
            await self._leases.release(self._key, self._holder)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            with suppress(StoreUnavailable):
                await self._leases.take(self._key, self._holder)


@asynccontextmanager
async def fetch_lease(leases: Leases, *, key: str, holder: str) -> AsyncIterator[FetchLease]:
    """Give the lease back at the end, if it was taken."""
    lease = FetchLease(leases, key=key, holder=holder)
    try:
        yield lease
    finally:
        await lease.release()
