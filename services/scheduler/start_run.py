"""mirror.requested -> a pending run (or a skipped one, with its reason)."""

from datetime import datetime

from libs.common.contracts.messages import MirrorFinished, MirrorRequested
from libs.common.domain.digest import sha256_of
from libs.common.domain.run import Run, RunId, RunState, Trigger
from libs.common.ports.bus import Bus
from libs.common.ports.records import Channels, Mirrors, Runs
from services.scheduler.find_mirror import find_mirror


async def start_run(
    message: MirrorRequested,
    *,
    event_id: str,
    at: datetime,
    channels: Channels,
    mirrors: Mirrors,
    runs: Runs,
    bus: Bus,
) -> Run:
    """Record the run that was asked for; the same event again returns the same run.

    A mirror has one run at a time: while one goes, the new one is recorded as skipped.

    Raises:
        InvalidInput: when the message names no mirror of ours.
    """
    named = await find_mirror(message.channel, message.mirror, channels=channels, mirrors=mirrors)
    run = await runs.add(
        Run(
            id=run_id_of(event_id),
            mirror_id=named.mirror.id,
            channel=named.channel.key,
            number=0,
            state=RunState.PENDING,
            trigger=Trigger(message.trigger),
            requested_at=at,
        )
    )
    if run.state is RunState.SKIPPED:
        await bus.say(
            MirrorFinished(
                channel=named.channel.key,
                channel_id=named.channel.id,
                mirror=named.mirror.name,
                mirror_id=named.mirror.id,
                run_id=run.id,
                run_number=run.number,
                state="skipped",
                reason=run.reason,
            ),
            event_id=f"finished-{run.id}",
        )
    return run


def run_id_of(event_id: str) -> RunId:
    """Name a run by the event that asked for it, in characters that subjects and keys can carry."""
    return RunId(sha256_of(event_id.encode())[:32])
