"""What the indexer hears, and the use case behind each message."""

from collections.abc import Sequence

import msgspec

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.messages import (
    CatalogueDropped,
    ChannelDeleted,
    ChannelUnfrozen,
    ChannelVerify,
    GarbageSweep,
    MirrorFinished,
)
from libs.common.contracts.policy_messages import CatalogueDecided
from libs.common.runtime.bus import Route
from services.indexer.forget_channel import forget_channel
from services.indexer.keep_house import Housekeeping
from services.indexer.publish_channel import PublishPorts, publish_channel

_DURABLE = "indexer"


class IndexerHandlers(msgspec.Struct, frozen=True, kw_only=True):
    """Thin methods from messages to use cases."""

    ports: PublishPorts
    house: Housekeeping
    channels_at_once: int

    def routes(self) -> Sequence[Route]:
        """List what the indexer hears."""
        slots = self.channels_at_once
        return (
            Route(message=MirrorFinished, handler=self.on_mirror_finished, durable=_DURABLE, slots=slots),
            Route(message=CatalogueDecided, handler=self.on_channel_changed, durable=_DURABLE, slots=slots),
            Route(message=ChannelUnfrozen, handler=self.on_channel_changed, durable=_DURABLE),
            Route(message=CatalogueDropped, handler=self.on_channel_changed, durable=_DURABLE),
            Route(message=ChannelDeleted, handler=self.on_channel_deleted, durable=_DURABLE),
            Route(message=GarbageSweep, handler=self.on_garbage_sweep, durable=_DURABLE),
            Route(message=ChannelVerify, handler=self.on_channel_verify, durable=_DURABLE),
        )

    async def on_mirror_finished(self, message: MirrorFinished, *, event: EventInfo) -> None:  # noqa: ARG002 - one shape
        """Publish what a run left; a skipped or failed one leaves nothing new."""
        if message.state in ("completed", "stopped"):
            await publish_channel(message.channel, message.channel_id, ports=self.ports)

    async def on_channel_changed(
        self,
        message: ChannelUnfrozen | CatalogueDropped | CatalogueDecided,
        *,
        event: EventInfo,  # noqa: ARG002 - one shape
    ) -> None:
        """Publish what the channel holds now."""
        await publish_channel(message.channel, message.channel_id, ports=self.ports)

    async def on_channel_deleted(self, message: ChannelDeleted, *, event: EventInfo) -> None:  # noqa: ARG002
        """Forget the channel's revisions."""
        await forget_channel(message, revisions=self.ports.revisions)

    async def on_garbage_sweep(self, message: GarbageSweep, *, event: EventInfo) -> None:  # noqa: ARG002
        """Remove what nothing names, or tell what that is."""
        await self.house.sweep(message)

    async def on_channel_verify(self, message: ChannelVerify, *, event: EventInfo) -> None:  # noqa: ARG002
        """Compare store, catalogues and index."""
        await self.house.verify(message)
