"""Opaque tokens in memory."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.access.people import AccessToken
from libs.common.domain.digest import Sha256
from libs.common.ports.outbox import Unsaid


class MemoryAccessTokens(MemoryOutbox):
    """Implements `ports.records.AccessTokens`."""

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, AccessToken] = {}

    async def add(self, token: AccessToken, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new token; False where its owner has one of this name."""
        if token.id in self._tokens or self._has_namesake(token):
            return False
        self._tokens[token.id] = token
        self._hold(token.id, unsaid)
        return True

    async def find(self, digest: Sha256) -> AccessToken | None:
        """Return the token of a value."""
        return next((token for token in self._tokens.values() if token.hash == digest), None)

    async def get(self, token_id: str) -> AccessToken | None:
        """Return a token."""
        return self._tokens.get(token_id)

    async def list(self, user_id: str) -> Sequence[AccessToken]:
        """Return the tokens of a user, by name."""
        return sorted((it for it in self._tokens.values() if it.user_id == user_id), key=lambda it: it.name)

    async def update(
        self, token_id: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()
    ) -> AccessToken | None:
        """Set fields of `AccessToken` by their names, but its owner; see the port."""
        token = self._tokens.get(token_id)
        if token is None:
            return None
        changed = msgspec.structs.replace(token, **changes)
        if self._has_namesake(changed):
            return None
        self._tokens[token_id] = changed
        self._hold(token_id, unsaid)
        return changed

    async def delete(self, token_id: str, *, unsaid: Sequence[Unsaid] = ()) -> AccessToken | None:
        """Remove a token and return what it was."""
        gone = self._tokens.pop(token_id, None)
        if gone is not None:
            self._hold_last(token_id, unsaid)
        return gone

    async def delete_of_user(self, user_id: str) -> int:
        """Remove all tokens of a user; returns how many there were."""
        gone = [it.id for it in self._tokens.values() if it.user_id == user_id]
        for token_id in gone:
            del self._tokens[token_id]
        return len(gone)

    def _has_namesake(self, token: AccessToken) -> bool:
        others = (it for it in self._tokens.values() if it.id != token.id)
        return any((it.user_id, it.name) == (token.user_id, token.name) for it in others)
