"""artifact.progress -> the bytes of a run."""

from libs.common.contracts.messages import ArtifactProgress
from libs.common.domain.run import RunId
from libs.common.ports.records import Batches


async def note_received(message: ArtifactProgress, *, batches: Batches) -> None:
    """Note what a fetcher received for a run so far; a sum that comes late changes nothing."""
    await batches.note_received(RunId(message.run_id), fetcher=message.fetcher, received_bytes=message.received_bytes)
