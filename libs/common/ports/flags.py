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


LEASE_S = 10.0
"""How long a lease lasts after it was last taken; holders renew it three times as often."""


class Leases(Protocol):
    """Who does a thing, among several who could. Keys are of [A-Za-z0-9_.=-]."""

    async def take(self, key: str, holder: str) -> bool:
        """Take or renew the lease for `LEASE_S`; False while someone else holds it.

        Raises:
            StoreUnavailable: when NATS does not answer.
        """

    async def release(self, key: str, holder: str) -> None:
        """Give the lease back; a no-op unless `holder` holds it."""
