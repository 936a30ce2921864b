"""Where policies are assigned: taking a place, leaving it, and looking which are held.

How the list of a policy and what is in force keep together is told in
`libs/common/domain/assignment.py`.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from libs.common.domain.access.actions import Action
from libs.common.domain.access.decide_access import Verdict, decide_access
from libs.common.domain.access.identity import Identity
from libs.common.domain.assignment import LEFT_OVER_AFTER, Assignment
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import Conflict, NotFound, Permanent
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.records import Channels, Mirrors, Policies


class PolicyPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, or one of its mirrors, that a policy is assigned to."""

    channel: ChannelKey
    mirror: str | None = None
    mirror_id: str | None = None
    is_frozen: bool = False

    def __str__(self) -> str:
        return f"mirror {self.mirror!r} of channel {self.channel}" if self.mirror else f"channel {self.channel}"


class PolicyPlaces:
    """The places of all policies."""

    def __init__(self, *, policies: Policies, channels: Channels, mirrors: Mirrors, clock: Clock, ids: Ids) -> None:
        self._policies = policies
        self._channels = channels
        self._mirrors = mirrors
        self._clock = clock
        self._ids = ids

    @asynccontextmanager
    async def moving(
        self,
        *,
        before: str | None,
        token_before: str | None,
        after: Policy | None,
        channel: Channel,
        mirror_id: str | None,
    ) -> AsyncIterator[str]:
        """Take a place for one policy while it is written down there, then leave it for the one before.

        Yields what tells this act from others; it is written down with the policy. Where the
        write is refused the place is left again; where its outcome is not known it is not.

        Raises:
            Conflict: where the policy is on the channel and would be on its mirror as well, or the other way round.
            NotFound: when the policy is gone.
        """
        if after is not None and after.id == before:
            yield self._ids.new()
            return
        held = await self._held(before, token=token_before, channel_id=channel.id, mirror_id=mirror_id)
        taken = await self._take(after, channel=channel, mirror_id=mirror_id) if after is not None else None
        try:
            yield taken.token if taken else self._ids.new()
        except Permanent:
            await self._policies.unassign([taken] if taken else [])
            raise
        await self._policies.unassign(held)

    async def leave(self, gone: Channel | Mirror) -> None:
        """Leave a place that is gone."""
        channel_id, mirror_id = (gone.channel_id, gone.id) if isinstance(gone, Mirror) else (gone.id, None)
        held = await self._held(gone.policy_id, token=gone.policy_token, channel_id=channel_id, mirror_id=mirror_id)
        await self._policies.unassign(held)

    async def of(self, policy_ids: Sequence[str]) -> Mapping[str, tuple[PolicyPlace, ...]]:
        """Return where policies are in force by assignment; what is left over from a crash is dropped."""
        found: dict[str, dict[PolicyPlace, None]] = defaultdict(dict)
        left_over = []
        for assignment in await self._policies.assignments(policy_ids):
            place = await self._place(assignment)
            if place is not None:
                found[assignment.policy_id][place] = None
            elif assignment.at + LEFT_OVER_AFTER < self._clock.now():
                left_over.append(assignment)
        await self._policies.unassign(left_over)
        return {policy_id: tuple(sorted(found[policy_id], key=_order)) for policy_id in policy_ids}

    async def _take(self, policy: Policy, *, channel: Channel, mirror_id: str | None) -> Assignment:
        wish = Assignment(
            token=self._ids.new(),
            policy_id=policy.id,
            channel=channel.key,
            channel_id=channel.id,
            mirror_id=mirror_id,
            at=self._clock.now(),
        )
        if await self._policies.assign(wish):
            return wish
        places = (await self.of([policy.id]))[policy.id]
        # What stood in the way may have been left over, and is gone now.
        if await self._policies.assign(wish):
            return wish
        if await self._policies.get(policy.id) is None:
            raise NotFound(f"there is no policy {policy.name!r} any more")
        raise _is_on_both(policy, channel=channel, mirror_id=mirror_id, places=places)

    async def _held(
        self, policy_id: str | None, *, token: str | None, channel_id: str, mirror_id: str | None
    ) -> Sequence[Assignment]:
        listed = await self._policies.assignments([policy_id]) if policy_id is not None else ()
        return [it for it in listed if it.is_at(channel_id=channel_id, mirror_id=mirror_id) and it.is_of(token)]

    async def _place(self, assignment: Assignment) -> PolicyPlace | None:
        """Return the place where the policy is really in force there."""
        channel = await self._channels.get(assignment.channel)
        is_frozen = channel is not None and channel.is_frozen
        if assignment.mirror_id is not None:
            mirror = await self._mirrors.get(assignment.mirror_id)
            if mirror is None or not _is_by(assignment, mirror):
                return None
            return PolicyPlace(channel=mirror.channel, mirror=mirror.name, mirror_id=mirror.id, is_frozen=is_frozen)
        if channel is None or channel.id != assignment.channel_id or not _is_by(assignment, channel):
            return None
        return PolicyPlace(channel=channel.key, is_frozen=is_frozen)


async def seen_places(
    places: Sequence[PolicyPlace], identity: Identity, *, channels: Channels
) -> tuple[PolicyPlace, ...]:
    """Return those places that somebody may see."""
    seen: list[PolicyPlace] = []
    for place in places:
        channel = await channels.get(place.channel)
        action = Action.CHANNEL_VIEW if place.mirror_id is None else Action.MIRROR_VIEW
        if channel is not None and decide_access(identity, action, channel) is Verdict.ALLOWED:
            seen.append(place)
    return tuple(seen)


def _is_by(assignment: Assignment, place: Channel | Mirror) -> bool:
    return place.policy_id == assignment.policy_id and assignment.is_of(place.policy_token)


def _order(place: PolicyPlace) -> tuple[str, str]:
    return place.channel, place.mirror or ""


def _is_on_both(policy: Policy, *, channel: Channel, mirror_id: str | None, places: Sequence[PolicyPlace]) -> Conflict:
    if mirror_id is not None:
        return Conflict(
            f"policy {policy.name!r} is on channel {channel.key}, whose mirrors are under it already; "
            "choose another one for the mirror, or take it off the channel first"
        )
    mirrors = [repr(place.mirror) for place in places if place.channel == channel.key and place.mirror]
    named = ", ".join(mirrors) or "one that is being made or edited"
    return Conflict(
        f"policy {policy.name!r} is on a mirror of channel {channel.key} ({named}); "
        "the same one can't be on both: take it off the mirror first, or choose another one for the channel"
    )
