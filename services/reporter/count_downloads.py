"""artifact.served -> the downloads of a channel, counted and told apart by user."""

from datetime import datetime

from libs.common.contracts.messages import ArtifactServed
from libs.common.domain.download import Download
from libs.common.ports.downloads import Downloads
from libs.common.ports.records import History


async def count_downloads(
    message: ArtifactServed, *, event_id: str, event_time: datetime, history: History, downloads: Downloads
) -> None:
    """Add what clients got to the counts, and note who got it; the same event again changes nothing."""
    if not message.counts:
        return
    await downloads.add(
        [
            Download(
                id=f"{event_id}/{place}",
                channel=message.channel,
                ckey=ckey,
                user=user or None,
                at=message.at or event_time,
                count=count,
            )
            for place, (user, ckey, count) in enumerate(
                (user, ckey, count) for user, counts in message.by_user.items() for ckey, count in counts.items()
            )
        ]
    )
    await history.count_downloads(event_id, message.channel_id, message.counts)
