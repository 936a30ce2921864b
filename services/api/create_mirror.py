"""POST mirror -> mirror.created, and mirror.requested where it is to run now."""

import msgspec

from libs.common.contracts.messages import MirrorCreated
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import Conflict, NotFound
from libs.common.domain.mirror import Mirror
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Channels, Mirrors, Policies
from libs.common.ports.secrets import Seal
from services.api.assign_policy import moved
from services.api.check_mirror import check_mirror
from services.api.find_policy import find_wished_policy
from services.api.mirror_schemas import MirrorIn
from services.api.policy_places import PolicyPlaces
from services.api.request_run import run_request
from services.api.say_unsaid import say_unsaid
from services.api.show_channels import get_channel


async def create_mirror(
    key: ChannelKey,
    wish: MirrorIn,
    *,
    by: Caller,
    channels: Channels,
    mirrors: Mirrors,
    policies: Policies,
    places: PolicyPlaces,
    bus: Bus,
    seal: Seal,
    clock: Clock,
    ids: Ids,
    file_sources: tuple[str, ...],
) -> Mirror:
    """Make a mirror, the last in its channel's order.

    Raises:
        NotFound: when there is no such channel.
        InvalidInput: naming the key at fault.
        SourceNotAllowed: for a file source that the operator does not allow.
        Conflict: when the name is taken anywhere on the server, or the channel has the same policy.
    """
    channel = await get_channel(channels, key)
    checked = check_mirror(wish, before=None, seal=seal, file_sources=file_sources)
    policy = await find_wished_policy(policies, wish.policy or None)
    neighbours = await mirrors.list(channel=key)
    mirror = Mirror(
        id=ids.new(),
        name=checked.name,
        channel=key,
        channel_id=channel.id,
        source_root=checked.source.shown,
        sealed_source=checked.source.sealed,
        type=checked.type,
        mode=checked.mode,
        cron=checked.cron,
        proxy=checked.proxy.shown if checked.proxy else None,
        sealed_proxy=checked.proxy.sealed if checked.proxy else None,
        filters=checked.filters,
        upstream_removals=checked.upstream_removals,
        policy_id=policy.id if policy else None,
        position=max((mirror.position for mirror in neighbours), default=-1) + 1,
        created_at=clock.now(),
    )
    async with places.moving(before=None, token_before=None, after=policy, channel=channel, mirror_id=mirror.id) as act:
        created = Unsaid(
            event_id=f"mirror.created-{mirror.id}",
            at=mirror.created_at,
            message=MirrorCreated(
                channel=key,
                channel_id=channel.id,
                mirror=mirror.name,
                mirror_id=mirror.id,
                by=by.name,
                by_address=by.address,
            ),
        )
        assigned = await moved(
            act, at=created.at, channel=channel, mirror=mirror, before=None, after=policy, by=by, policies=policies
        )
        requested = [run_request(mirror, newest=0, at=created.at, by=by)] if wish.run_now else []
        mirror = msgspec.structs.replace(mirror, policy_token=act if policy else None)
        if not await mirrors.add(mirror, unsaid=[created, *assigned, *requested]):
            raise name_is_taken(mirror.name)
        if await channels.get(key) is None:
            # It was deleted meanwhile; nothing was said of the mirror yet, and nothing will be.
            await mirrors.delete(mirror.id)
            raise NotFound(f"there is no channel {key}")
    await say_unsaid(mirrors, mirror.id, bus=bus)
    return mirror


def name_is_taken(name: str) -> Conflict:
    """Say that mirror names are unique on the server, for clients find mirrors by name."""
    return Conflict(f"there is a mirror {name!r} on this server already; choose another mirror_name")
