"""PUT mirror -> mirror.updated, and mirror.requested where it is to run now."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from libs.common.contracts.messages import MirrorUpdated
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import Mirror
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Channels, Mirrors, Policies, Runs
from libs.common.ports.secrets import Seal
from services.api.assign_policy import moved, policy_was_changed
from services.api.check_mirror import check_mirror
from services.api.create_mirror import name_is_taken
from services.api.find_policy import find_wished_policy
from services.api.mirror_schemas import MirrorIn
from services.api.policy_places import PolicyPlaces
from services.api.request_run import newest_number, request_run, run_request, wait_for_run
from services.api.say_unsaid import say_unsaid
from services.api.show_channels import get_channel
from services.api.show_mirrors import get_mirror


async def edit_mirror(
    key: ChannelKey,
    mirror_id: str,
    wish: MirrorIn,
    *,
    by: Caller,
    channels: Channels,
    mirrors: Mirrors,
    policies: Policies,
    places: PolicyPlaces,
    runs: Runs,
    bus: Bus,
    seal: Seal,
    clock: Clock,
    ids: Ids,
    file_sources: tuple[str, ...],
    patience_s: float,
) -> Mirror:
    """Replace all of a mirror but its type and mode; what is left out falls back to its default.

    A masked source or proxy that is as it was keeps its secret; a policy that is left out stays.

    Raises:
        NotFound: when the channel has no such mirror.
        InvalidInput: naming the key at fault.
        SourceNotAllowed: for a file source that the operator does not allow.
        Conflict: for another mode or type, when the new name is taken, and where the channel has the same policy.
    """
    channel = await get_channel(channels, key)
    before = await get_mirror(mirrors, key, mirror_id)
    checked = check_mirror(wish, before=before, seal=seal, file_sources=file_sources)
    policy = await find_wished_policy(policies, wish.policy or None)
    policy_id = before.policy_id if wish.policy is UNSET else policy.id if policy else None
    after = msgspec.structs.replace(
        before,
        name=checked.name,
        source_root=checked.source.shown,
        sealed_source=checked.source.sealed,
        cron=checked.cron,
        proxy=checked.proxy.shown if checked.proxy else None,
        sealed_proxy=checked.proxy.sealed if checked.proxy else None,
        filters=checked.filters,
        upstream_removals=checked.upstream_removals,
        policy_id=policy_id,
    )
    left, got = (before.policy_id, policy) if policy_id != before.policy_id else (None, None)
    fields = _changed(before, after)
    if not fields:
        if wish.run_now:
            await request_run(after, by=by, runs=runs, bus=bus, patience_s=patience_s)
        return after
    now = clock.now()
    after = msgspec.structs.replace(after, updated_at=now)
    newest = await newest_number(mirror_id, runs=runs)
    async with places.moving(
        before=left, token_before=before.policy_token, after=got, channel=channel, mirror_id=mirror_id
    ) as act:
        if policy_id != before.policy_id:
            after = msgspec.structs.replace(after, policy_token=act if got else None)
        updated = Unsaid(event_id=f"mirror.updated-{ids.new()}", at=now, message=_updated(after, fields, by=by))
        assigned = await moved(
            act, at=now, channel=channel, mirror=after, before=left, after=got, by=by, policies=policies
        )
        requested = [run_request(after, newest=newest, at=now, by=by)] if wish.run_now else []
        await _replace(after, before=before, unsaid=[updated, *assigned, *requested], mirrors=mirrors)
    await say_unsaid(mirrors, mirror_id, bus=bus)
    if requested:
        await wait_for_run(mirror_id, request_id=requested[0].event_id, runs=runs, patience_s=patience_s)
    return after


def _updated(mirror: Mirror, fields: tuple[str, ...], *, by: Caller) -> MirrorUpdated:
    return MirrorUpdated(
        channel=mirror.channel,
        channel_id=mirror.channel_id,
        mirror=mirror.name,
        mirror_id=mirror.id,
        fields=fields,
        by=by.name,
        by_address=by.address,
    )


def _changed(before: Mirror, after: Mirror) -> tuple[str, ...]:
    """Name what differs, in the words of the wire; a secret counts as what it is part of."""
    names = {"name": "mirror_name", "sealed_source": "source_root", "sealed_proxy": "proxy", "policy_id": "policy"}
    all_names = (field.name for field in msgspec.structs.fields(Mirror))
    changed = (name for name in all_names if getattr(before, name) != getattr(after, name))
    return tuple(sorted({names.get(name, name) for name in changed}))


async def _replace(mirror: Mirror, *, before: Mirror, unsaid: Sequence[Unsaid], mirrors: Mirrors) -> None:
    policy_was, token_was = before.policy_id, before.policy_token
    if await mirrors.replace(mirror, policy_was=policy_was, token_was=token_was, unsaid=unsaid):
        return
    present = await get_mirror(mirrors, mirror.channel, mirror.id)
    if (present.policy_id, present.policy_token) != (policy_was, token_was):
        raise policy_was_changed(mirror)
    raise name_is_taken(mirror.name)
