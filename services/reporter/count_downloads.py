"""artifact.served -> the downloads of a channel."""

from libs.common.contracts.messages import ArtifactServed
from libs.common.ports.records import History


async def count_downloads(message: ArtifactServed, *, event_id: str, history: History) -> None:
    """Add what clients got to the counts; the same event again changes nothing."""
    if message.counts:
        await history.count_downloads(event_id, message.channel_id, message.counts)
