"""Roles that were made here, in memory."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.access.roles import Role
from libs.common.ports.outbox import Unsaid


class MemoryRoles(MemoryOutbox):
    """Implements `ports.records.Roles`."""

    def __init__(self) -> None:
        super().__init__()
        self._roles: dict[str, Role] = {}

    async def add(self, role: Role, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new role; False where the name is taken."""
        if role.name in self._roles:
            return False
        self._roles[role.name] = role
        self._hold(role.name, unsaid)
        return True

    async def get(self, name: str) -> Role | None:
        """Return a role."""
        return self._roles.get(name)

    async def list(self) -> Sequence[Role]:
        """Return all roles that were made here, by name."""
        return [role for _, role in sorted(self._roles.items())]

    async def update(self, name: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()) -> Role | None:
        """Set fields of `Role` by their names; None where there is no such role."""
        if name not in self._roles:
            return None
        changed = self._roles[name] = msgspec.structs.replace(self._roles[name], **changes)
        self._hold(name, unsaid)
        return changed

    async def delete(self, name: str, *, unsaid: Sequence[Unsaid] = ()) -> Role | None:
        """Remove a role and return what it was."""
        gone = self._roles.pop(name, None)
        if gone is not None:
            self._hold_last(name, unsaid)
        return gone
