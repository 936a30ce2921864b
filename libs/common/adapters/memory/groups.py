"""Groups in memory."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.access.people import Group
from libs.common.ports.outbox import Unsaid


class MemoryGroups(MemoryOutbox):
    """Implements `ports.records.Groups`."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: dict[str, Group] = {}

    async def add(self, group: Group, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new group; False where the name is taken."""
        if group.id in self._groups or await self.find(group.name) is not None:
            return False
        self._groups[group.id] = group
        self._hold(group.id, unsaid)
        return True

    async def find(self, name: str) -> Group | None:
        """Return a group by name."""
        return next((group for group in self._groups.values() if group.name == name), None)

    async def get(self, group_id: str) -> Group | None:
        """Return a group."""
        return self._groups.get(group_id)

    async def list(self) -> Sequence[Group]:
        """Return all groups, by name."""
        return sorted(self._groups.values(), key=lambda it: it.name)

    async def update(
        self, group_id: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()
    ) -> Group | None:
        """Set fields of `Group` by their names, but the name; None where there is no such group."""
        if group_id not in self._groups:
            return None
        changed = self._groups[group_id] = msgspec.structs.replace(self._groups[group_id], **changes)
        self._hold(group_id, unsaid)
        return changed

    async def delete(self, group_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Group | None:
        """Remove a group and return what it was."""
        gone = self._groups.pop(group_id, None)
        if gone is not None:
            self._hold_last(group_id, unsaid)
        return gone
