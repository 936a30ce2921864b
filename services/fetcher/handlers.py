"""What the fetcher hears, and the use case behind it."""

from collections.abc import Sequence

import msgspec
import structlog

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.messages import ArtifactFetch
from libs.common.ports.bus import Bus
from libs.common.runtime.bus import Route
from services.fetcher.fetch_artifacts import FetchArtifacts

_LOG = structlog.get_logger()


class FetcherHandlers(msgspec.Struct, frozen=True, kw_only=True):
    """Thin methods from messages to use cases."""

    fetch_artifacts: FetchArtifacts
    bus: Bus
    batches_at_once: int = 1

    def routes(self) -> Sequence[Route]:
        """List what the fetcher hears."""
        return (
            Route(
                message=ArtifactFetch,
                handler=self.on_artifact_fetch,
                durable="fetcher",
                slots=self.batches_at_once,
            ),
        )

    async def on_artifact_fetch(self, message: ArtifactFetch, *, event: EventInfo) -> None:
        """Fetch a batch, and say what became of it."""
        result = await self.fetch_artifacts.fetch(message)
        await self.bus.say(result, event_id=f"{event.id}-fetched")
        _LOG.info(
            "batch_fetched",
            run_id=message.run_id,
            batch=message.batch,
            stored=len(result.stored),
            failed=len(result.failed),
            not_tried=len(result.not_tried),
            fetched_bytes=sum(file.fetched_bytes for file in result.stored),
        )
