"""all channels -> publish those whose catalogues are ahead of their revision.

Messages are how the indexer learns of work at once. This look, at the start and then
now and again, finds what a message did not tell: a process that died between writing
and saying, or a stream that was lost.
"""

import structlog

from libs.common.domain.channel import Channel
from libs.common.domain.errors import TainError
from services.indexer.publish_channel import PublishPorts, publish_channel

_LOG = structlog.get_logger()

Heads = frozenset[tuple[str, str]]


class Reconciler:
    """Remembers what it looked at, so that a look at unchanged channels costs two small reads each."""

    def __init__(self, ports: PublishPorts) -> None:
        self._ports = ports
        self._seen: dict[str, Heads] = {}

    async def reconcile(self) -> int:
        """Publish what is behind, and return how many channels that were."""
        published = 0
        for channel in await self._all():
            if channel.is_frozen:
                continue
            heads = frozenset(
                (head.mirror_id, head.catalogue) for head in await self._ports.heads.of_channel(channel.id)
            )
            if self._seen.get(channel.id) == heads:
                continue
            if heads != await self._published(channel):
                published += await self._publish(channel)
            self._seen[channel.id] = heads
        return published

    async def _all(self) -> list[Channel]:
        channels: list[Channel] = []
        for channel in await self._ports.channels.list():
            channels += [channel, *await self._ports.channels.list(parent=channel.key)]
        return channels

    async def _published(self, channel: Channel) -> Heads:
        if channel.published is None:
            return frozenset()
        revision = await self._ports.revisions.get(channel.published.revision_id)
        if revision is None:
            return frozenset()
        return frozenset((mirror.mirror_id, mirror.catalogue) for mirror in revision.mirrors)

    async def _publish(self, channel: Channel) -> int:
        before = channel.published.number if channel.published else 0
        try:
            pointer = await publish_channel(channel.key, channel.id, ports=self._ports)
        except TainError as exc:
            _LOG.warning("channel_not_reconciled", channel=channel.key, code=exc.code, reason=exc.message)
            return 0
        return int(pointer is not None and pointer.number > before)
