"""mirrors + their newest runs -> the wire's two shapes of a mirror."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from libs.common.deciding.filling_mirrors import filling_mirrors
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import NotFound
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import Run
from libs.common.ports.records import Mirrors
from services.api.mirror_schemas import ChannelName, MirrorA, MirrorB, SubchannelName
from services.api.policy_names import policy_names
from services.api.ports import Ports
from services.api.run_schemas import RunOut
from services.api.show_channels import get_channel
from services.api.sync_state import Logs, as_decided, state_of, sync_state_of, timestamp, timestamp_or_none


async def get_mirror(mirrors: Mirrors, key: ChannelKey, mirror_id: str) -> Mirror:
    """Return a channel's mirror.

    Raises:
        NotFound: when the channel has no such mirror.
    """
    mirror = await mirrors.get(mirror_id)
    if mirror is None or mirror.channel != key:
        raise NotFound(f"channel {key} has no mirror with the id {mirror_id}")
    return mirror


async def get_filling(key: ChannelKey, mirror_id: str, *, ports: Ports) -> Mirror:
    """Return a channel's mirror, or its uploads of a type by the id of these.

    Raises:
        NotFound: when the channel has no such mirror.
    """
    channel = await get_channel(ports.channels, key)
    for mirror in await filling_mirrors(channel, heads=ports.heads, mirrors=ports.mirrors):
        if mirror.id == mirror_id:
            return mirror
    raise NotFound(f"channel {key} has no mirror with the id {mirror_id}")


async def show_mirror(mirror: Mirror, *, ports: Ports) -> MirrorA:
    """Show one mirror as its channel does."""
    return (await show_mirrors([mirror], ports=ports))[0]


async def show_mirrors(shown: Sequence[Mirror], *, ports: Ports, logs: Logs = Logs.NAMED) -> tuple[MirrorA, ...]:
    """Show a channel's mirrors in the order given."""
    ids = [mirror.id for mirror in shown]
    # The heads after the runs: the catalogue of a run that is shown as ended is among them.
    newest = await ports.runs.latest(ids)
    held = {
        head.mirror_id: head
        for channel_id in {mirror.channel_id for mirror in shown}
        for head in await ports.heads.of_channel(channel_id)
    }
    fires = await ports.schedule.next_of(ids)
    names = await policy_names([mirror.policy_id for mirror in shown], policies=ports.policies)
    return tuple(
        MirrorA(
            mirror_id=mirror.id,
            mirror_name=mirror.name,
            source_root=mirror.source_root,
            mirror_type=mirror.type.value,
            mirror_mode=mirror.mode.value,
            cron=mirror.cron,
            proxy=mirror.proxy,
            filters=_filters(mirror),
            upstream_removals=mirror.upstream_removals,
            policy=mirror.policy_id,
            policy_name=names.get(mirror.policy_id),
            state=state_of(run),
            last_run_at=_last_run_at(run),
            next_run_at=timestamp_or_none(fires.get(mirror.id)),
            run_number=run.number if run else None,
            catalogue_run=held[mirror.id].run_number if mirror.id in held else None,
            created_at=timestamp(mirror.created_at),
            updated_at=timestamp_or_none(mirror.updated_at),
            sync_state=sync_state_of(
                as_decided(run, mirror=mirror, head=held.get(mirror.id)), type=mirror.type, logs=logs
            ),
        )
        for mirror, run in ((mirror, newest.get(mirror.id)) for mirror in shown)
    )


async def show_all_mirrors(shown: Sequence[Mirror], *, ports: Ports) -> tuple[MirrorB, ...]:
    """Show mirrors of any channels in the order given.

    `filters`, `proxy` and `cron` must be there: clients build their next PUT from this shape.
    """
    ids = [mirror.id for mirror in shown]
    newest = await ports.runs.latest(ids)
    held = {head.mirror_id: head for head in await ports.heads.all()}
    fires = await ports.schedule.next_of(ids)
    names = await policy_names([mirror.policy_id for mirror in shown], policies=ports.policies)
    homes = {key: await ports.channels.get(key) for key in {_top(mirror.channel) for mirror in shown}}
    return tuple(
        MirrorB(
            id=mirror.id,
            name=mirror.name,
            source_root=mirror.source_root,
            type=mirror.type.value,
            mode=mirror.mode.value,
            cron=mirror.cron,
            proxy=mirror.proxy,
            filters=_filters(mirror),
            upstream_removals=mirror.upstream_removals,
            policy=mirror.policy_id,
            policy_name=names.get(mirror.policy_id),
            state=state_of(run),
            last_run_at=_last_run_at(run),
            next_run_at=timestamp_or_none(fires.get(mirror.id)),
            run_number=run.number if run else None,
            created_at=timestamp(mirror.created_at),
            updated_at=timestamp_or_none(mirror.updated_at),
            sync_state=sync_state_of(
                as_decided(run, mirror=mirror, head=held.get(mirror.id)), type=mirror.type, logs=Logs.LEFT_OUT
            ),
            channel=ChannelName(name=home.name, privacy=home.privacy),
            subchannel=_subchannel(mirror),
        )
        for mirror, run, home in _with_homes(shown, newest=newest, homes=homes)
    )


def show_run(run: Run, *, mirror: Mirror, logs: Logs) -> RunOut:
    """Show one run of a mirror."""
    return RunOut(
        id=run.id,
        number=run.number,
        state=run.state,
        trigger=run.trigger,
        reason=run.reason,
        requested_at=timestamp(run.requested_at),
        started_at=timestamp_or_none(run.started_at),
        finished_at=timestamp_or_none(run.finished_at),
        has_decisions=None not in (run.manifest, run.evaluation, run.catalogue),
        sync_state=sync_state_of(run, type=mirror.type, logs=logs),
    )


def _with_homes(
    shown: Sequence[Mirror], *, newest: Mapping[str, Run], homes: dict[ChannelKey, Channel | None]
) -> list[tuple[Mirror, Run | None, Channel]]:
    """Pair mirrors with their runs and channels; a mirror whose channel has just been deleted is left out."""
    return [
        (mirror, newest.get(mirror.id), home) for mirror in shown if (home := homes[_top(mirror.channel)]) is not None
    ]


def _top(key: ChannelKey) -> ChannelKey:
    return ChannelKey(key.partition("/")[0])


def _subchannel(mirror: Mirror) -> SubchannelName | msgspec.UnsetType:
    name = mirror.channel.partition("/")[2]
    return SubchannelName(name=name) if name else msgspec.UNSET


def _filters(mirror: Mirror) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(mirror.filters)
    return found


def _last_run_at(run: Run | None) -> str | None:
    return timestamp(run.started_at or run.requested_at) if run else None
