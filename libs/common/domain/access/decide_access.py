"""identity, action, channel -> may it, and if not, what may be told.

Rules of this file:
1. An action on a channel takes two things: a level that the roles give in its category, and a
   standing on that channel. Roles say what somebody does, standing says where.
2. Standing is manage for owners and for the channel's service account, what a group was
   given for its members, what the roles give on all channels, and read where the privacy
   lets one read. The highest counts.
3. A token never gives more than its owner has. A scope token takes the scope as well. A
   resource token takes the channel, at its level; beyond its channels it reads what anybody
   who is signed in reads, and does nothing that is of no channel.
4. Who may not see a channel is told that there is none, also by a token of other channels whose
   owner may see it; who shows nothing is asked to sign in, for every channel that is not
   public, be it there or not.
"""

from enum import StrEnum

from libs.common.domain.access.actions import NEEDS, Action, Need, scope_of
from libs.common.domain.access.identity import Credential, Identity, Limits
from libs.common.domain.access.levels import Level
from libs.common.domain.channel import Channel, Privacy


class Verdict(StrEnum):
    """`SIGN_IN` is a 401, `HIDDEN` a 404 and `FORBIDDEN` a 403."""

    ALLOWED = "allowed"
    SIGN_IN = "sign_in"
    HIDDEN = "hidden"
    FORBIDDEN = "forbidden"


def decide_access(identity: Identity, action: Action, channel: Channel | None = None) -> Verdict:
    """Say whether somebody may do something, on a channel where the action is one of channels.

    Raises:
        ValueError: for an action of channels without one; that is a bug of the caller.
    """
    need = NEEDS[action]
    if need.standing is not None and channel is None:
        raise ValueError(f"{action} is decided for a channel")
    if channel is not None and not can_see(identity, channel):
        return Verdict.HIDDEN if identity.is_signed_in else Verdict.SIGN_IN
    if _is_enough(identity, action, need, channel):
        return Verdict.ALLOWED
    return Verdict.FORBIDDEN if identity.is_signed_in else Verdict.SIGN_IN


def allowed_actions(identity: Identity, channel: Channel | None = None) -> tuple[Action, ...]:
    """Return what somebody may do, in the order of the table: all that they are offered.

    On a channel that is what is done to channels, as `decide_access` decides it. Without one
    that is what is of no channel, and of what is done to channels what roles and token give
    at all: it may be done where the standing is high enough.
    """
    if channel is None:
        return tuple(action for action, need in NEEDS.items() if _is_given(identity, action, need))
    offered = (action for action, need in NEEDS.items() if need.standing is not None)
    if channel.parent is not None:
        offered = (action for action in offered if action is not Action.SUBCHANNEL_CREATE)
    return tuple(action for action in offered if decide_access(identity, action, channel) is Verdict.ALLOWED)


def standing(identity: Identity, channel: Channel) -> Level:
    """Return what somebody has on a channel, as far as their token goes."""
    by_privacy = _by_privacy(identity, channel)
    own = _own_standing(identity, channel)
    limits = identity.limits
    if limits is not None and limits.resources is not None:
        own = min(own, limits.resources.get(channel.key, Level.NONE))
    return max(own, by_privacy)


def can_see(identity: Identity, channel: Channel) -> bool:
    """Tell whether somebody may know that a channel is there."""
    return standing(identity, channel) >= Level.READ


def _is_enough(identity: Identity, action: Action, need: Need, channel: Channel | None) -> bool:
    if not _has_level(identity, action, need, is_subchannel=channel is not None and channel.parent is not None):
        return False
    return need.standing is None or channel is None or standing(identity, channel) >= need.standing


def _is_given(identity: Identity, action: Action, need: Need) -> bool:
    if not any(_has_level(identity, action, need, is_subchannel=is_subchannel) for is_subchannel in (False, True)):
        return False
    limits = identity.limits
    if need.standing is None or limits is None or limits.resources is None:
        return True
    return max([Level.READ, *limits.resources.values()]) >= need.standing


def _has_level(identity: Identity, action: Action, need: Need, *, is_subchannel: bool) -> bool:
    if need.category is None and not identity.is_signed_in:
        return False
    if need.is_own and identity.credential not in (Credential.SESSION, Credential.BOOTSTRAP):
        return False
    category = need.below if is_subchannel and need.below is not None else need.category
    if category is not None and identity.rights.level(category) < need.level:
        return False
    return identity.limits is None or _in_limits(identity.limits, action, need, is_subchannel=is_subchannel)


def _in_limits(limits: Limits, action: Action, need: Need, *, is_subchannel: bool) -> bool:
    if not need.is_scope:
        return True
    if limits.scopes is not None:
        return scope_of(action, is_subchannel=is_subchannel) in limits.scopes
    return need.standing is not None


def _own_standing(identity: Identity, channel: Channel) -> Level:
    if not identity.is_signed_in:
        return Level.NONE
    if identity.name in channel.owners or identity.serves == channel.key:
        return Level.MANAGE
    given = [level for group, level in channel.groups.items() if group in identity.groups]
    return max([identity.rights.all_channels, *given])


def _by_privacy(identity: Identity, channel: Channel) -> Level:
    is_open = channel.privacy is Privacy.PUBLIC or (channel.privacy is Privacy.AUTHENTICATED and identity.is_signed_in)
    return Level.READ if is_open else Level.NONE
