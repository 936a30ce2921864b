"""a head that has something to say -> catalogue.decided, and the head with nothing left to say."""

from libs.common.contracts.policy_messages import CatalogueDecided
from libs.common.domain.catalogue import CatalogueHead
from libs.common.ports.bus import Bus
from libs.common.ports.records import CatalogueHeads
from services.scheduler.ask_rules import Asked


async def say_decided(head: CatalogueHead, asked: Asked, *, heads: CatalogueHeads, bus: Bus) -> None:
    """Say what was decided without a run; a no-op where that was said.

    Raises:
        StoreUnavailable: when NATS or the database does not answer; it is said by a later look.
    """
    news = head.unsaid
    if news is None:
        return
    await bus.say(
        CatalogueDecided(
            channel=asked.channel.key,
            channel_id=head.channel_id,
            mirror=asked.mirror.name,
            mirror_id=head.mirror_id,
            catalogue=news.catalogue,
            cause=news.cause,
            files=news.files,
            added=news.added,
            removed=news.removed,
            wants_run=news.wants_run,
        ),
        # The same catalogue may come back with the rules that it was decided by.
        event_id=f"decided-{head.mirror_id}-{news.catalogue}-{news.at.isoformat()}",
    )
    await heads.said(head.mirror_id, catalogue=news.catalogue)
