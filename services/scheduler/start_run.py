"""mirror.requested -> a pending run (or a skipped one, with its reason)."""

from datetime import datetime

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.digest import sha256_of
from libs.common.domain.run import Run, RunId, RunState, Trigger
from libs.common.ports.bus import Bus
from libs.common.ports.records import Channels, Mirrors, Runs
from services.scheduler.find_mirror import find_mirror
from services.scheduler.say_finished import say_finished


async def start_run(
    message: MirrorRequested,
    *,
    event: EventInfo,
    at: datetime,
    channels: Channels,
    mirrors: Mirrors,
    runs: Runs,
    bus: Bus,
) -> Run:
    """Record the run that was asked for; the same event again returns the same run.

    The run is named by the event's key, not only by its id: another system may choose that id too.

    A mirror has one run at a time: while one goes, the new one is recorded as skipped.

    Raises:
        InvalidInput: when the message names no mirror of ours.
    """
    named = await find_mirror(message, channels=channels, mirrors=mirrors)
    run = await runs.add(
        Run(
            id=run_id_of(event.key, mirror_id=named.mirror.id),
            mirror_id=named.mirror.id,
            mirror_name=named.mirror.name,
            channel=named.channel.key,
            channel_id=named.channel.id,
            number=0,
            state=RunState.PENDING,
            trigger=Trigger(message.trigger),
            request_id=event.id,
            request_source=event.source,
            requested_at=at,
        )
    )
    if run.is_unsaid:
        await say_finished(run, bus=bus)
        await runs.said(run.id)
    return run


def run_id_of(event_key: str, *, mirror_id: str) -> RunId:
    """Name a run by the event that asked for it, in characters that subjects and keys can carry.

    The mirror is part of it, since systems that name no source share one space of ids.
    """
    return RunId(sha256_of(f"{event_key}\n{mirror_id}".encode())[:32])
