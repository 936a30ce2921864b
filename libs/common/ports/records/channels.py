"""Channels and subchannels."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from libs.common.domain.channel import Channel, ChannelKey, PublishedRevision
from libs.common.ports.outbox import Outbox, Unsaid


class Channels(Outbox, Protocol):
    """Channels and subchannels. Written by the api; `publish` by the indexer.

    The pointer to the published revision is moved by `publish` and `roll_back` alone.
    """

    async def add(self, channel: Channel, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new channel; False where the key is taken."""

    async def get(self, key: ChannelKey) -> Channel | None:
        """Return a channel."""

    async def list(self, *, parent: ChannelKey | None = None) -> Sequence[Channel]:
        """Return top-level channels, or the subchannels of `parent`, sorted by key."""

    async def below(self, keys: Sequence[ChannelKey]) -> Sequence[Channel]:
        """Return the subchannels of some channels, sorted by key; one question, however many they are."""

    async def update(
        self,
        key: ChannelKey,
        changes: Mapping[str, object],
        *,
        was: Mapping[str, object] | None = None,
        unsaid: Sequence[Unsaid] = (),
    ) -> Channel | None:
        """Set fields of `Channel` by their names; None where there is no such channel, or `was` is not so by now."""

    async def set_policy(
        self,
        channel_id: str,
        policy_id: str | None,
        *,
        token: str | None = None,
        was: str | None,
        token_was: str | None = None,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Change a channel's policy; False where there is no such channel, or its policy or token is another by now."""

    async def publish(self, channel_id: str, revision: PublishedRevision, *, after: int) -> bool:
        """Move the pointer, unless the channel is frozen or its revision is not number `after` (0 for none)."""

    async def roll_back(
        self,
        channel_id: str,
        revision: PublishedRevision,
        *,
        after: int,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Move the pointer and freeze the channel, frozen or not; False where its revision is not number `after`."""

    async def delete(self, key: ChannelKey, *, unsaid: Sequence[Unsaid] = ()) -> Channel | None:
        """Remove a channel and return what it was; without last words it goes with all that it had to say."""
