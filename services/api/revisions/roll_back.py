"""POST rollback -> clients read an older revision's content again; channel.rolledback, channel.published.

The content is stored: a new revision names it, and one conditional write moves the pointer and
freezes the channel, so that no run takes it back (docs/decisions/0016-roll-back.md). Cut off at any
line nothing has changed, or all of it; asked for again it is as if asked for once.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from libs.common.contracts.messages import ChannelFrozen, ChannelPublished, ChannelRolledBack
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel, ChannelKey, PublishedRevision
from libs.common.domain.digest import Digest
from libs.common.domain.errors import Conflict, NotFound, NotKept
from libs.common.domain.revision import Revision
from libs.common.ports.blobs import BlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Channels, Revisions
from services.api.revisions.comparisons import RevisionComparisons
from services.api.revisions.kept_revisions import find_revision, kept_revisions
from services.api.say_unsaid import say_unsaid
from services.api.show_channels import get_channel

_TRIES = 5
_LOOKS_AT_ONCE = 16


class RollBackPorts(Protocol):
    """What rolling back asks of the outside world."""

    @property
    def channels(self) -> Channels:
        """The channel, whose pointer is moved."""

    @property
    def revisions(self) -> Revisions:
        """Where the old revision stands, and the new one is put."""

    @property
    def comparisons(self) -> RevisionComparisons:
        """What tells how many packages come and go."""

    @property
    def blobs(self) -> BlobStore:
        """Where what they name must lie."""

    @property
    def bus(self) -> Bus:
        """Where it is said."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def ids(self) -> Ids:
        """The name of the new revision."""


async def roll_back(key: ChannelKey, number: int, *, by: Caller, ports: RollBackPorts) -> PublishedRevision:
    """Let clients read what revision `number` has, as a new revision, and freeze the channel.

    A no-op where they read just that, and the channel is frozen.

    Raises:
        NotFound: when there is no such channel or revision.
        NotKept: when there was such a revision, or some of it is lost.
        Conflict: when it is what clients read now, or others publish the channel all the time.
        StoreUnavailable: when a store does not answer.
    """
    for _ in range(_TRIES):
        channel = await get_channel(ports.channels, key)
        current = channel.published
        if current is None:
            raise NotFound(f"channel {key} has no revision {number}: nothing was published yet")
        kept = await kept_revisions(channel, revisions=ports.revisions)
        target = find_revision(kept, number, channel=channel)
        if channel.is_frozen and _is_same(kept[0], target):
            return current
        if current.number == number:
            raise Conflict(f"revision {number} is what clients read now; freeze the channel to keep it")
        await _check_whole(target, ports=ports)
        pointer = await _move(channel, current, kept[0], target, by=by, ports=ports)
        if pointer is not None:
            return pointer
    raise Conflict(f"channel {key} is being published by others; try again")


def _is_same(one: Revision, other: Revision) -> bool:
    return (one.contents, one.files, one.mirrors) == (other.contents, other.files, other.mirrors)


async def _check_whole(revision: Revision, *, ports: RollBackPorts) -> None:
    at_once = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def is_there(sha256: str) -> bool:
        async with at_once:
            return await ports.blobs.find(Digest("sha256", sha256)) is not None

    named = {"what stands behind its names": revision.contents}
    named |= {path: file.sha256 for path, file in sorted(revision.files.items())}
    found = await asyncio.gather(*map(is_there, named.values()))
    lost = [what for what, is_here in zip(named, found, strict=True) if not is_here]
    if lost:
        raise NotKept(f"revision {revision.number} can't be shown again: {lost[0]} is lost")


async def _move(
    channel: Channel, current: PublishedRevision, shown: Revision, target: Revision, *, by: Caller, ports: RollBackPorts
) -> PublishedRevision | None:
    now = ports.clock.now()
    revision = msgspec.structs.replace(
        target,
        id=ports.ids.new(),
        number=current.number + 1,
        created_at=now,
        superseded_at=None,
        packages=await ports.comparisons.count(shown, target),
        previous=current.revision_id,
        rolled_back_to=target.number,
        by=by.name,
    )
    pointer = PublishedRevision(
        number=revision.number,
        revision_id=revision.id,
        published_at=now,
        artifact_count=revision.artifact_count,
        size_bytes=revision.size_bytes,
        runs={mirror.mirror_id: mirror.run_number for mirror in revision.mirrors},
        package_count=revision.package_count,
    )
    await ports.revisions.add(revision)
    # A sweep removes outdated revisions before it looks for new ones: it sees this one, or we see the old one gone.
    if await ports.revisions.get(target.id) is None:
        await ports.revisions.delete([revision.id])
        raise NotKept(f"revision {target.number} of channel {channel.key} is no longer kept")
    words = _words(channel, revision, by=by)
    if not await ports.channels.roll_back(channel.id, pointer, after=current.number, at=now, unsaid=words):
        await ports.revisions.delete([revision.id])
        return None
    await ports.revisions.supersede(channel.id, before=revision.number, at=now)
    await say_unsaid(ports.channels, channel.id, bus=ports.bus)
    return pointer


def _words(channel: Channel, revision: Revision, *, by: Caller) -> Sequence[Unsaid]:
    place = {"channel": channel.key, "channel_id": channel.id}
    frozen = ChannelFrozen(**place, by=by.name, by_address=by.address)
    rolled_back = ChannelRolledBack(
        **place,
        revision_id=revision.id,
        number=revision.number,
        rolled_back_to=revision.rolled_back_to or 0,
        by=by.name,
        by_address=by.address,
    )
    published = ChannelPublished(
        **place,
        revision_id=revision.id,
        number=revision.number,
        artifact_count=revision.artifact_count,
        size_bytes=revision.size_bytes,
        files_written=0,
    )
    messages = (rolled_back, published) if channel.is_frozen else (frozen, rolled_back, published)
    return [
        Unsaid(event_id=f"{_NAMES[type(message)]}-{revision.id}", at=revision.created_at, message=message)
        for message in messages
    ]


_NAMES = {ChannelFrozen: "frozen", ChannelRolledBack: "rolledback", ChannelPublished: "published"}
