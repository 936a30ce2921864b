"""What people took out of channels though mirrors bring it, in memory."""

from collections.abc import Sequence

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.upload import Removal
from libs.common.ports.outbox import Unsaid


class MemoryRemovals(MemoryOutbox):
    """Implements `ports.records.Removals`."""

    def __init__(self) -> None:
        super().__init__()
        self._removals: dict[str, Removal] = {}

    async def put(self, removal: Removal, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a removal; False where it is there."""
        if removal.id in self._removals:
            return False
        self._removals[removal.id] = removal
        self._hold(removal.id, unsaid)
        return True

    async def list(self, channel_id: str) -> Sequence[Removal]:
        """Return a channel's removals, by id."""
        return [it for _, it in sorted(self._removals.items()) if it.channel_id == channel_id]

    async def all(self) -> Sequence[Removal]:
        """Return every removal, by channel and id."""
        return sorted(self._removals.values(), key=lambda it: (it.channel_id, it.id))

    async def delete(self, removal_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Removal | None:
        """Take a removal back and return what it was."""
        gone = self._removals.pop(removal_id, None)
        if gone is not None:
            self._hold_last(gone.id, unsaid)
        return gone

    async def delete_of_channel(self, channel_id: str) -> int:
        """Forget all removals of a channel that is gone; see the port."""
        gone = [it.id for it in self._removals.values() if it.channel_id == channel_id]
        for removal_id in gone:
            del self._removals[removal_id]
        return len(gone)
