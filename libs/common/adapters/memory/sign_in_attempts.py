"""How often sign-ins failed, in memory."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.access.sessions import FAILURES_COUNT_FOR, SignInFailures
from libs.common.ports.outbox import Unsaid


class MemorySignInAttempts(MemoryOutbox):
    """Implements `ports.records.SignInAttempts`."""

    def __init__(self) -> None:
        super().__init__()
        self._failures: dict[str, SignInFailures] = {}

    async def failed(self, key: str, *, at: datetime) -> SignInFailures:
        """Count one more failure, and return what that makes; counts older than an hour are forgotten."""
        before = self._failures.get(key)
        count = before.count if before is not None and before.last_at > at - FAILURES_COUNT_FOR else 0
        locked_until = before.locked_until if before is not None else None
        made = SignInFailures(key=key, count=count + 1, last_at=at, locked_until=locked_until)
        self._failures[key] = made
        return made

    async def get(self, key: str) -> SignInFailures | None:
        """Return the failures of a key."""
        return self._failures.get(key)

    async def lock(self, key: str, *, until: datetime, unsaid: Sequence[Unsaid] = ()) -> None:
        """Refuse sign-ins under a key, which failed before, until a time; see the port."""
        before = self._failures.get(key)
        if before is None:
            return
        locked_until = max(until, before.locked_until or until)
        self._failures[key] = msgspec.structs.replace(before, locked_until=locked_until)
        self._hold(key, unsaid)

    async def forget(self, key: str) -> None:
        """Begin to count anew: a sign-in succeeded."""
        before = self._failures.get(key)
        if before is not None:
            self._failures[key] = msgspec.structs.replace(before, count=0, locked_until=None)
