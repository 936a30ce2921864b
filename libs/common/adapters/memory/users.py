"""Users in memory."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.adapters.memory.outbox import MemoryOutbox, is_so
from libs.common.domain.access.people import User
from libs.common.ports.outbox import Unsaid


class MemoryUsers(MemoryOutbox):
    """Implements `ports.records.Users`."""

    def __init__(self) -> None:
        super().__init__()
        self._users: dict[str, User] = {}

    async def add(self, user: User, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new user; False where the name is taken, or the issuer's subject is known."""
        if user.id in self._users or any(_is_same(user, other) for other in self._users.values()):
            return False
        self._users[user.id] = user
        self._hold(user.id, unsaid)
        return True

    async def get(self, user_id: str) -> User | None:
        """Return a user."""
        return self._users.get(user_id)

    async def find(self, name: str) -> User | None:
        """Return a user by name."""
        return next((user for user in self._users.values() if user.name == name), None)

    async def find_subject(self, issuer: str, subject: str) -> User | None:
        """Return the user that a provider knows as `subject`."""
        return next((it for it in self._users.values() if (it.issuer, it.subject) == (issuer, subject)), None)

    async def list(self) -> Sequence[User]:
        """Return all users, by name."""
        return sorted(self._users.values(), key=lambda it: it.name)

    async def update(
        self,
        user_id: str,
        changes: Mapping[str, object],
        *,
        was: Mapping[str, object] | None = None,
        unsaid: Sequence[Unsaid] = (),
    ) -> User | None:
        """Set fields of `User` by their names; see the port."""
        there = self._users.get(user_id)
        if there is None or not is_so(there, was):
            return None
        changed = self._users[user_id] = msgspec.structs.replace(there, **changes)
        self._hold(user_id, unsaid)
        return changed

    async def delete(self, user_id: str, *, unsaid: Sequence[Unsaid] = ()) -> User | None:
        """Remove a user and return what it was."""
        gone = self._users.pop(user_id, None)
        if gone is not None:
            self._hold_last(user_id, unsaid)
        return gone


def _is_same(user: User, other: User) -> bool:
    is_known = user.subject is not None and (user.issuer, user.subject) == (other.issuer, other.subject)
    return is_known or user.name == other.name
