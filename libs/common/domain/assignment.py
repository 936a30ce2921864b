"""Assignments: which policy is in force where.

What counts is `policy_id` of a channel or mirror; its `policy_token` names the act that put it
there. A policy's own list of assignments stands beside it, so that one conditional write on the
policy tells whether it may be put somewhere, and whether it may be deleted.

Rules of this file:
1. A policy is on a channel or on mirrors of it, never on both.
2. The list is written before the channel or mirror is, and cut after it: what is in force is
   always listed. What is listed and not in force is left over from a crash, and is dropped
   by whoever meets it once it is older than `LEFT_OVER_AFTER`.
3. An act takes off the list what it took the place of, by its token, and nothing else: another
   entry of the same place may be somebody's who is about to write it down.
4. What was put in force before there were tokens has none; then every entry of the place is its.
"""

from datetime import datetime, timedelta

import msgspec

from libs.common.domain.channel import ChannelKey

LEFT_OVER_AFTER = timedelta(minutes=1)
"""Far longer than the api waits for its own writes."""


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a policy: a channel, or one of its mirrors; `token` tells this act of assigning from others."""

    token: str
    policy_id: str
    channel: ChannelKey
    channel_id: str
    mirror_id: str | None = None
    at: datetime

    def is_at(self, *, channel_id: str, mirror_id: str | None) -> bool:
        """Tell whether this is the place."""
        return self.channel_id == channel_id and self.mirror_id == mirror_id

    def is_of(self, token: str | None) -> bool:
        """Tell whether a channel or mirror that is under the policy by this token is so by this act."""
        return token is None or self.token == token

    def clashes_with(self, other: "Assignment") -> bool:
        """Tell whether one of the two is on a channel and the other on a mirror of it."""
        return self.channel_id == other.channel_id and (self.mirror_id is None) != (other.mirror_id is None)
