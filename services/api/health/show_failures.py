"""Mirrors whose newest run failed, rests, or left something out."""

from collections.abc import Mapping, Sequence

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import Run, RunState
from services.api.guards import visible
from services.api.health.schemas import FailureOut, FailuresOut
from services.api.ports import Ports
from services.api.sync_state import timestamp

_MOST_FAILURES = 20


async def show_failures(identity: Identity, *, ports: Ports) -> FailuresOut:
    """Return the mirrors that somebody may see and a person should look at, the latest first.

    Raises:
        StoreUnavailable: when MongoDB does not answer.
    """
    mirrors = {mirror.id: mirror for mirror in await ports.mirrors.list()}
    newest = await ports.runs.latest(list(mirrors))
    ailing = [run for run in newest.values() if _is_ailing(run) and run.mirror_id in mirrors]
    channels = await _channels_of([mirrors[run.mirror_id] for run in ailing], ports)
    seen = {channel.key for channel in visible(identity, list(channels.values()), Action.MIRROR_VIEW)}
    shown = [run for run in ailing if mirrors[run.mirror_id].channel in seen]
    shown.sort(key=lambda run: run.finished_at or run.requested_at, reverse=True)
    return FailuresOut(
        total_count=len(shown),
        items=tuple(_failure_out(run, mirrors[run.mirror_id]) for run in shown[:_MOST_FAILURES]),
    )


def _is_ailing(run: Run) -> bool:
    return run.state is RunState.FAILED or run.counts.failed > 0 or run.rests_since is not None


async def _channels_of(mirrors: Sequence[Mirror], ports: Ports) -> Mapping[str, Channel]:
    keys = {mirror.channel for mirror in mirrors}
    found = [await ports.channels.get(key) for key in sorted(keys)]
    return {channel.key: channel for channel in found if channel is not None}


def _failure_out(run: Run, mirror: Mirror) -> FailureOut:
    return FailureOut(
        channel=mirror.channel,
        channel_id=mirror.channel_id,
        mirror=mirror.name,
        mirror_id=mirror.id,
        run_number=run.number,
        state=run.state.value,
        reason=run.reason or run.last_exception,
        failed_files=run.counts.failed,
        at=timestamp(run.finished_at or run.rests_since or run.requested_at),
    )
