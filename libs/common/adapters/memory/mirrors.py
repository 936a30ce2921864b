"""Mirrors in memory."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import Mirror
from libs.common.ports.outbox import Unsaid


class MemoryMirrors(MemoryOutbox):
    """Implements `ports.records.Mirrors`."""

    def __init__(self) -> None:
        super().__init__()
        self._mirrors: dict[str, Mirror] = {}

    async def add(self, mirror: Mirror, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new mirror; False where its name is taken anywhere on the server."""
        if mirror.id in self._mirrors or self._is_taken(mirror):
            return False
        self._mirrors[mirror.id] = mirror
        self._hold(mirror.id, unsaid)
        return True

    async def get(self, mirror_id: str) -> Mirror | None:
        """Return a mirror."""
        return self._mirrors.get(mirror_id)

    async def find(self, channel: ChannelKey, name: str) -> Mirror | None:
        """Return a channel's mirror by its name."""
        for mirror in self._mirrors.values():
            if mirror.channel == channel and mirror.name == name:
                return mirror
        return None

    async def list(self, *, channel: ChannelKey | None = None) -> Sequence[Mirror]:
        """Return a channel's mirrors by position, or all mirrors by name."""
        if channel is None:
            return sorted(self._mirrors.values(), key=lambda it: it.name)
        mirrors = [mirror for mirror in self._mirrors.values() if mirror.channel == channel]
        return sorted(mirrors, key=lambda it: (it.position, it.name))

    async def replace(
        self, mirror: Mirror, *, policy_was: str | None, token_was: str | None = None, unsaid: Sequence[Unsaid] = ()
    ) -> bool:
        """Store an edited mirror; see the port for when it is not."""
        before = self._mirrors.get(mirror.id)
        if before is None or (before.policy_id, before.policy_token) != (policy_was, token_was):
            return False
        if self._is_taken(mirror):
            return False
        self._mirrors[mirror.id] = mirror
        self._hold(mirror.id, unsaid)
        return True

    async def set_policy(
        self,
        mirror_id: str,
        policy_id: str | None,
        *,
        token: str | None = None,
        was: str | None,
        token_was: str | None = None,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Change a mirror's own policy; False where there is none such, or its policy or token is another by now."""
        before = self._mirrors.get(mirror_id)
        if before is None or (before.policy_id, before.policy_token) != (was, token_was):
            return False
        self._mirrors[mirror_id] = msgspec.structs.replace(
            before, policy_id=policy_id, policy_token=token, updated_at=at
        )
        self._hold(mirror_id, unsaid)
        return True

    async def delete(self, mirror_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Mirror | None:
        """Remove a mirror and return what it was; see the port."""
        gone = self._mirrors.pop(mirror_id, None)
        if gone is not None:
            self._hold_last(gone.id, unsaid)
        return gone

    def _is_taken(self, mirror: Mirror) -> bool:
        return any(it.name == mirror.name and it.id != mirror.id for it in self._mirrors.values())
