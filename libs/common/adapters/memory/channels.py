"""Channels in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from libs.common.adapters.memory.outbox import MemoryOutbox, is_so
from libs.common.domain.channel import Channel, ChannelKey, IndexingBehavior, PublishedRevision
from libs.common.ports.outbox import Unsaid


class MemoryChannels(MemoryOutbox):
    """Implements `ports.records.Channels`."""

    def __init__(self) -> None:
        super().__init__()
        self._channels: dict[ChannelKey, Channel] = {}

    async def add(self, channel: Channel, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new channel; False where the key is taken."""
        is_taken = channel.key in self._channels or any(it.id == channel.id for it in self._channels.values())
        if not is_taken:
            self._channels[channel.key] = channel
            self._hold(channel.id, unsaid)
        return not is_taken

    async def get(self, key: ChannelKey) -> Channel | None:
        """Return a channel."""
        return self._channels.get(key)

    async def list(self, *, parent: ChannelKey | None = None) -> Sequence[Channel]:
        """Return top-level channels, or the subchannels of `parent`, sorted by key."""
        return [channel for _, channel in sorted(self._channels.items()) if channel.parent == parent]

    async def below(self, keys: Sequence[ChannelKey]) -> Sequence[Channel]:
        """Return the subchannels of some channels, sorted by key."""
        return [channel for _, channel in sorted(self._channels.items()) if channel.parent in keys]

    async def update(
        self,
        key: ChannelKey,
        changes: Mapping[str, object],
        *,
        was: Mapping[str, object] | None = None,
        unsaid: Sequence[Unsaid] = (),
    ) -> Channel | None:
        """Set fields of `Channel` by their names; see the port."""
        there = self._channels.get(key)
        if there is None or not is_so(there, was):
            return None
        changed = self._channels[key] = msgspec.structs.replace(there, **changes)
        self._hold(changed.id, unsaid)
        return changed

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
        for key, channel in self._channels.items():
            if channel.id == channel_id and (channel.policy_id, channel.policy_token) == (was, token_was):
                self._channels[key] = msgspec.structs.replace(
                    channel, policy_id=policy_id, policy_token=token, updated_at=at
                )
                self._hold(channel.id, unsaid)
                return True
        return False

    async def publish(self, channel_id: str, revision: PublishedRevision, *, after: int) -> bool:
        """Move the pointer, unless the channel is frozen or its revision is not number `after` (0 for none)."""
        for key, channel in self._channels.items():
            number = channel.published.number if channel.published else 0
            if channel.id == channel_id and number == after and not channel.is_frozen:
                self._channels[key] = msgspec.structs.replace(channel, published=revision)
                return True
        return False

    async def roll_back(
        self,
        channel_id: str,
        revision: PublishedRevision,
        *,
        after: int,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Move the pointer and freeze the channel; see the port."""
        for key, channel in self._channels.items():
            if channel.id == channel_id and channel.published is not None and channel.published.number == after:
                self._channels[key] = msgspec.structs.replace(
                    channel, published=revision, indexing_behavior=IndexingBehavior.FROZEN, updated_at=at
                )
                self._hold(channel_id, unsaid)
                return True
        return False

    async def delete(self, key: ChannelKey, *, unsaid: Sequence[Unsaid] = ()) -> Channel | None:
        """Remove a channel and return what it was; see the port."""
        gone = self._channels.pop(key, None)
        if gone is not None:
            self._hold_last(gone.id, unsaid)
        return gone
