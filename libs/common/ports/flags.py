"""Stop flags: which runs must drop their transfers."""

from collections.abc import AsyncIterator
from typing import Protocol


class StopFlags(Protocol):
    """Flags that every fetcher sees, also one that starts late."""

    async def raise_flag(self, run_id: str, *, reason: str) -> None:
        """Tell everyone to drop this run; a second time is a no-op."""

    async def lower_flag(self, run_id: str) -> None:
        """Forget the flag; a no-op where there is none."""

    def watch(self) -> AsyncIterator[str]:
        """Yield the run ids that are flagged now, then each one as it is flagged."""


class Leases(Protocol):
    """Who does a thing, among several who could."""

    async def take(self, key: str, holder: str, *, ttl_s: float) -> bool:
        """Take or renew the lease; False while someone else holds it."""

    async def release(self, key: str, holder: str) -> None:
        """Give the lease back; a no-op unless `holder` holds it."""
