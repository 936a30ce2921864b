"""DELETE mirror -> mirror.deleted."""

from enum import StrEnum

from libs.common.contracts.messages import MirrorDeleted
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import Mirror
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Mirrors
from services.api.policy_places import PolicyPlaces
from services.api.say_unsaid import say_unsaid
from services.api.show_mirrors import get_mirror


class Packages(StrEnum):
    """What becomes of what a mirror brought."""

    KEEP = "keep"
    REMOVE = "remove"


async def delete_mirror(
    key: ChannelKey,
    mirror_id: str,
    *,
    packages: Packages,
    by: Caller,
    mirrors: Mirrors,
    places: PolicyPlaces,
    bus: Bus,
    clock: Clock,
) -> None:
    """Remove a mirror from its channel.

    Raises:
        NotFound: when the channel has no such mirror.
    """
    mirror = await get_mirror(mirrors, key, mirror_id)
    await remove_mirror(mirror, packages=packages, by=by, mirrors=mirrors, places=places, clock=clock)
    await say_unsaid(mirrors, mirror.id, bus=bus)


async def remove_mirror(
    mirror: Mirror, *, packages: Packages, by: Caller, mirrors: Mirrors, places: PolicyPlaces, clock: Clock
) -> None:
    """Remove a mirror; that it is gone is still to be said."""
    message = MirrorDeleted(
        channel=mirror.channel,
        channel_id=mirror.channel_id,
        mirror=mirror.name,
        mirror_id=mirror.id,
        packages="remove" if packages is Packages.REMOVE else "keep",
        by=by.name,
        by_address=by.address,
    )
    deleted = Unsaid(event_id=f"mirror.deleted-{mirror.id}", at=clock.now(), message=message)
    gone = await mirrors.delete(mirror.id, unsaid=[deleted])
    if gone is not None:
        await places.leave(gone)
