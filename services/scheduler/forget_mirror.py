"""mirror.deleted -> its run stops, its plan and history go, and its catalogue if asked."""

from datetime import datetime

from libs.common.contracts.messages import CatalogueDropped, MirrorDeleted
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.run import ACTIVE_STATES
from libs.common.ports.bus import Bus, WorkQueue
from libs.common.ports.flags import StopFlags
from libs.common.ports.records import CatalogueHeads, ReadPages, Runs, Schedule
from services.scheduler.stop_run import stop_mirror


async def forget_mirror(
    message: MirrorDeleted,
    *,
    event_id: str,
    at: datetime,
    runs: Runs,
    heads: CatalogueHeads,
    pages: ReadPages,
    schedule: Schedule,
    flags: StopFlags,
    queue: WorkQueue,
    bus: Bus,
) -> None:
    """Forget a deleted mirror; what it brought stays unless `packages` says remove.

    Raises:
        StoreUnavailable: while its run is still stopping, or not told yet; the message comes again.
    """
    await schedule.drop(message.mirror_id)
    because = {"reason": "the mirror was deleted", "is_discarded": message.packages == "remove"}
    run = await stop_mirror(message.mirror_id, at=at, changes=because, runs=runs, flags=flags, queue=queue)
    if run is not None and run.state in ACTIVE_STATES:
        # Its owner may be about to save a catalogue; only after that can it be dropped for good.
        raise StoreUnavailable("the deleted mirror's run is still stopping")
    if any(unsaid.mirror_id == message.mirror_id for unsaid in await runs.unsaid()):
        raise StoreUnavailable("the end of the deleted mirror's run is not said yet")
    if message.packages == "remove":
        await heads.delete(message.mirror_id)
        await pages.forget_mirror(message.mirror_id)
        await bus.say(
            CatalogueDropped(channel=message.channel, channel_id=message.channel_id, mirror_id=message.mirror_id),
            event_id=f"dropped-{event_id}",
        )
    await runs.forget(message.mirror_id)
