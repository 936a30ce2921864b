"""PUT, DELETE policy of a channel or mirror -> policy.assigned, policy.unassigned."""

from datetime import datetime

from libs.common.contracts.policy_messages import PolicyAssigned, PolicyUnassigned
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import Conflict
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Channels, Mirrors, Policies
from services.api.policy_places import PolicyPlaces
from services.api.say_unsaid import say_unsaid
from services.api.show_channels import get_channel
from services.api.show_mirrors import get_mirror


async def assign_to_channel(
    key: ChannelKey,
    policy: Policy | None,
    *,
    by: Caller,
    channels: Channels,
    policies: Policies,
    places: PolicyPlaces,
    bus: Bus,
    clock: Clock,
) -> None:
    """Put a channel under a policy, or under none; a no-op where it is so.

    Raises:
        NotFound: when there is no such channel, or the policy is gone.
        Conflict: where a mirror of the channel has the same policy, or someone else changed it meanwhile.
    """
    channel = await get_channel(channels, key)
    before, after = channel.policy_id, policy.id if policy else None
    if before == after:
        return
    async with places.moving(
        before=before, token_before=channel.policy_token, after=policy, channel=channel, mirror_id=None
    ) as act:
        now = clock.now()
        unsaid = await moved(
            act, at=now, channel=channel, mirror=None, before=before, after=policy, by=by, policies=policies
        )
        if not await channels.set_policy(
            channel.id,
            after,
            token=act if policy else None,
            was=before,
            token_was=channel.policy_token,
            at=now,
            unsaid=unsaid,
        ):
            await get_channel(channels, key)
            raise Conflict(f"the policy of channel {key} was changed in this moment; look at it and try again")
    await say_unsaid(channels, channel.id, bus=bus)


async def assign_to_mirror(
    key: ChannelKey,
    mirror_id: str,
    policy: Policy | None,
    *,
    by: Caller,
    channels: Channels,
    mirrors: Mirrors,
    policies: Policies,
    places: PolicyPlaces,
    bus: Bus,
    clock: Clock,
) -> None:
    """Give a mirror a policy of its own, or let the channel's be in force; a no-op where it is so.

    Raises:
        NotFound: when there is no such mirror, or the policy is gone.
        Conflict: where the mirror's channel has the same policy, or someone else changed it meanwhile.
    """
    channel = await get_channel(channels, key)
    mirror = await get_mirror(mirrors, key, mirror_id)
    before, after = mirror.policy_id, policy.id if policy else None
    if before == after:
        return
    async with places.moving(
        before=before, token_before=mirror.policy_token, after=policy, channel=channel, mirror_id=mirror.id
    ) as act:
        now = clock.now()
        unsaid = await moved(
            act, at=now, channel=channel, mirror=mirror, before=before, after=policy, by=by, policies=policies
        )
        if not await mirrors.set_policy(
            mirror.id,
            after,
            token=act if policy else None,
            was=before,
            token_was=mirror.policy_token,
            at=now,
            unsaid=unsaid,
        ):
            await get_mirror(mirrors, key, mirror_id)
            raise policy_was_changed(mirror)
    await say_unsaid(mirrors, mirror.id, bus=bus)


def policy_was_changed(mirror: Mirror) -> Conflict:
    """Say that two people chose a mirror's policy at once."""
    return Conflict(f"the policy of mirror {mirror.name!r} was changed in this moment; look at it and try again")


async def moved(
    act: str,
    *,
    at: datetime,
    channel: Channel,
    mirror: Mirror | None,
    before: str | None,
    after: Policy | None,
    by: Caller,
    policies: Policies,
) -> tuple[Unsaid, ...]:
    """Return what is to be said of the policy that a place leaves and the one it gets; nothing where they are one."""
    if before == (after.id if after else None):
        return ()
    unsaid: list[Unsaid] = []
    if before is not None:
        left = await policies.get(before)
        unassigned = PolicyUnassigned(
            policy_id=before,
            name=left.name if left else before,
            channel=channel.key,
            channel_id=channel.id,
            target="mirror" if mirror else "channel",
            mirror=mirror.name if mirror else None,
            mirror_id=mirror.id if mirror else None,
            by=by.name,
            by_address=by.address,
        )
        unsaid.append(Unsaid(event_id=f"policy.unassigned-{act}", at=at, message=unassigned))
    if after is not None:
        assigned = PolicyAssigned(
            policy_id=after.id,
            name=after.name,
            channel=channel.key,
            channel_id=channel.id,
            target="mirror" if mirror else "channel",
            mirror=mirror.name if mirror else None,
            mirror_id=mirror.id if mirror else None,
            by=by.name,
            by_address=by.address,
        )
        unsaid.append(Unsaid(event_id=f"policy.assigned-{act}", at=at, message=assigned))
    return tuple(unsaid)
