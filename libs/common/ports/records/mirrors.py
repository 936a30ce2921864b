"""Mirrors."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import Mirror
from libs.common.ports.outbox import Outbox, Unsaid


class Mirrors(Outbox, Protocol):
    """Mirrors. Written by the api."""

    async def add(self, mirror: Mirror, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new mirror; False where its name is taken anywhere on the server."""

    async def get(self, mirror_id: str) -> Mirror | None:
        """Return a mirror."""

    async def find(self, channel: ChannelKey, name: str) -> Mirror | None:
        """Return a channel's mirror by its name."""

    async def list(self, *, channel: ChannelKey | None = None) -> Sequence[Mirror]:
        """Return a channel's mirrors by position, or all mirrors by name."""

    async def replace(
        self, mirror: Mirror, *, policy_was: str | None, token_was: str | None = None, unsaid: Sequence[Unsaid] = ()
    ) -> bool:
        """Store an edited mirror.

        False where it is gone, its new name is taken, or its policy or token is another by now.
        """

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

    async def delete(self, mirror_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Mirror | None:
        """Remove a mirror and return what it was; without last words it goes with all that it had to say."""
