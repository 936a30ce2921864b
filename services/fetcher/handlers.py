"""What the fetcher hears, and the use case behind it."""

from collections.abc import Sequence

import msgspec
import structlog

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.messages import ArtifactDelayed, ArtifactFetch
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.bus import Bus
from libs.common.runtime.bus import Route
from services.fetcher.fetch_artifacts import FetchArtifacts
from services.fetcher.room import FileRoom

_LOG = structlog.get_logger()
ACK_WAIT_S = 15.0
"""After this silence a fetcher counts as dead, and its batches go to the others."""


class FetcherHandlers(msgspec.Struct, frozen=True, kw_only=True):
    """Thin methods from messages to use cases."""

    fetch_artifacts: FetchArtifacts
    bus: Bus
    room: FileRoom

    def routes(self) -> Sequence[Route]:
        """List what the fetcher hears."""
        return (
            Route(
                message=ArtifactFetch,
                handler=self.on_artifact_fetch,
                durable="fetcher",
                room=self.room,
                ack_wait_s=ACK_WAIT_S,
            ),
        )

    async def on_artifact_fetch(self, message: ArtifactFetch, *, event: EventInfo) -> None:
        """Fetch a batch, and say what became of it, or why it waits."""
        try:
            result = await self.fetch_artifacts.fetch(message)
        except StoreUnavailable as exc:
            await self.bus.say(
                ArtifactDelayed(
                    run_id=message.run_id,
                    mirror_id=message.mirror_id,
                    attempt=message.attempt,
                    batch=message.batch,
                    reason=exc.message,
                )
            )
            raise
        await self.bus.say(result, event_id=f"{event.id}-fetched")
        self.fetch_artifacts.told(result)
        _LOG.info(
            "batch_fetched",
            run_id=message.run_id,
            batch=message.batch,
            stored=len(result.stored),
            failed=len(result.failed),
            not_tried=len(result.not_tried),
            fetched_bytes=sum(file.fetched_bytes for file in result.stored),
        )
