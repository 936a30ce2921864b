"""What somebody may give to others: no right that they do not have themselves.

Rules of this file:
1. Rights cover others where they are at least as high in every category, and on all channels.
2. What is given counts as a whole: all roles, and those of all groups, that somebody would have then.
3. A token gives no more than it carries. In a category it carries the highest level whose
   every action, and every action of the levels below, stands among its scopes.
4. Who changes, disables or removes somebody, or a role, must cover what that one has before
   and has after: whoever sets the password of somebody can become them.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from libs.common.domain.access.actions import NEEDS, Need, scope_of
from libs.common.domain.access.identity import Identity
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.people import Group, User
from libs.common.domain.access.roles import ADMIN, EVERYONE, PRESETS, Rights, Role, combine


def beyond(own: Rights, given: Rights) -> tuple[str, ...]:
    """Name what is given and not had, as `channel.mirror: write`; nothing where all is covered."""
    higher = [
        f"{category.value}: {given.level(category).value}"
        for category in Category
        if given.level(category) > own.level(category)
    ]
    if given.all_channels > own.all_channels:
        higher.append(f"all channels: {given.all_channels.value}")
    return tuple(higher)


def carried(identity: Identity) -> Rights:
    """Return the rights that somebody has by what they showed; what everybody has is no gift."""
    limits = identity.limits
    if limits is None:
        return identity.rights
    scopes = limits.scopes or frozenset()
    own, everybody = identity.rights, PRESETS[EVERYONE].rights
    levels = {
        category: max(everybody.level(category), min(own.level(category), _reached(_OF_CATEGORY[category], scopes)))
        for category in Category
    }
    return Rights(levels=levels, all_channels=min(own.all_channels, _reached(_OF_CHANNELS, scopes)))


def rights_of(user: User, *, roles: Mapping[str, Role], groups: Mapping[str, Group]) -> Rights:
    """Return the rights of a user, by what was given here and what a provider told at the last sign-in.

    Roles and groups that nobody knows are passed over.
    """
    held = dict.fromkeys((*user.roles, *user.told_roles))
    for name in (*user.groups, *user.told_groups):
        if name in groups:
            held |= dict.fromkeys(groups[name].roles)
    return rights_of_roles(held, roles=roles)


def rights_of_roles(names: Iterable[str], *, roles: Mapping[str, Role]) -> Rights:
    """Return the rights of somebody with these roles."""
    return combine([PRESETS[EVERYONE], *(roles[name] for name in names if name in roles)])


def administrators(users: Iterable[User], *, roles: Mapping[str, Role], groups: Mapping[str, Group]) -> frozenset[str]:
    """Return the ids of those who may do everything by what was given here, and are not disabled.

    What a provider tells may be over tomorrow.
    """
    everything = PRESETS[ADMIN].rights
    return frozenset(
        user.id
        for user in users
        if not user.is_disabled and not beyond(rights_of(_as_given(user), roles=roles, groups=groups), everything)
    )


def _as_given(user: User) -> User:
    return msgspec.structs.replace(user, told_roles=(), told_groups=())


def _reached(scopes_of: Mapping[Level, frozenset[str]], scopes: frozenset[str]) -> Level:
    reached = Level.NONE
    for level in (Level.READ, Level.WRITE, Level.MANAGE):
        if not scopes_of[level] <= scopes:
            break
        # What no action takes is no right; above one that is reached it makes no difference.
        if scopes_of[level] or reached is not Level.NONE:
            reached = level
    return reached


def _scopes(chosen: Callable[[Need, Level], bool]) -> Mapping[Level, frozenset[str]]:
    return {
        level: frozenset(
            scope_of(action, is_subchannel=is_subchannel)
            for action, need in NEEDS.items()
            for is_subchannel in (False, True)
            if need.is_scope and chosen(need, level)
        )
        for level in Level
    }


def _is_of(category: Category) -> Callable[[Need, Level], bool]:
    return lambda need, level: need.level is level and category in (need.category, need.below)


_OF_CATEGORY = {category: _scopes(_is_of(category)) for category in Category}
"""By category and level the scopes of the actions that take just that, in channels and in subchannels."""

_OF_CHANNELS = _scopes(lambda need, level: need.standing is level)
"""By level the scopes of the actions that take just that standing."""
