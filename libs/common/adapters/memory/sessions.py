"""Sign-ins that go on, in memory."""

from datetime import datetime

import msgspec

from libs.common.domain.access.sessions import KEPT_SECRETS, Session
from libs.common.domain.digest import Sha256


class MemorySessions:
    """Implements `ports.records.Sessions`."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def add(self, session: Session) -> None:
        """Store a new sign-in."""
        self._sessions[session.id] = session

    async def get(self, session_id: str) -> Session | None:
        """Return a sign-in; what has expired may be gone."""
        return self._sessions.get(session_id)

    async def find(self, digest: Sha256) -> Session | None:
        """Return the sign-in of a value, also of one of the last that were replaced."""
        return next((it for it in self._sessions.values() if digest in (it.hash, *it.was)), None)

    async def rotate(self, session_id: str, *, was: Sha256, digest: Sha256, at: datetime) -> bool:
        """Replace the value and remember the old one; False where it is another by now."""
        session = self._sessions.get(session_id)
        if session is None or session.hash != was:
            return False
        kept = (*session.was, was)[-KEPT_SECRETS:]
        self._sessions[session_id] = msgspec.structs.replace(session, hash=digest, was=kept, rotated_at=at)
        return True

    async def end(self, session_id: str) -> bool:
        """Remove a sign-in; False where it was gone."""
        return self._sessions.pop(session_id, None) is not None

    async def end_of_user(self, user_id: str, *, but: str | None = None) -> int:
        """Remove all sign-ins of a user but one; returns how many there were."""
        gone = [it.id for it in self._sessions.values() if it.user_id == user_id and it.id != but]
        for session_id in gone:
            del self._sessions[session_id]
        return len(gone)
