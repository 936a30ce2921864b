"""The one table that says what each action takes.

An action is a scope of the wire (rest-api.md section 6.3) or one of ours. Every REST route
and every serving path names its action; nothing else decides who may use it.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from libs.common.domain.access.levels import Category, Level


class Action(StrEnum):
    """What can be done. Those of channels count for subchannels too, under the word that `below` gives."""

    CHANNEL_CREATE = "channel:create"
    CHANNEL_VIEW = "channel:view"
    CHANNEL_VIEW_ARTIFACTS = "channel:view-artifacts"
    CHANNEL_EDIT = "channel:edit"
    CHANNEL_DELETE = "channel:delete"
    CHANNEL_HISTORY = "channel:history"
    DEFAULT_CHANNEL_EDIT = "channel.default-channel:edit"
    GROUP_VIEW = "channel.group:view"
    GROUP_EDIT = "channel.group:edit"
    SERVICE_TOKEN_EDIT = "channel.service-token:edit"  # noqa: S105 - an act, no token
    MIRROR_VIEW = "channel.mirror:view"
    MIRROR_EDIT = "channel.mirror:edit"
    SUBCHANNEL_CREATE = "subchannel:create"
    ARTIFACT_CREATE = "artifact:create"
    ARTIFACT_VIEW = "artifact:view"
    ARTIFACT_DOWNLOAD = "artifact:download"
    ARTIFACT_EDIT = "artifact:edit"
    ARTIFACT_DELETE = "artifact:delete"
    # ours
    MIRROR_VIEW_ALL = "channel.mirror:view-all"
    MIRROR_TRY = "channel.mirror:try"
    POLICY_VIEW = "policy:view"
    POLICY_EDIT = "policy:edit"
    CVE_VIEW = "cve:view"
    CHANNEL_CVE_VIEW = "cve:view-channel"
    CVE_EDIT = "cve:edit"
    ROLE_VIEW = "role:view"
    ROLE_EDIT = "role:edit"
    USER_VIEW = "user:view"
    USER_EDIT = "user:edit"
    AUDIT_VIEW = "audit:view"
    SYSTEM_VIEW = "system:view"
    SYSTEM_EDIT = "system:edit"
    ACCOUNT_VIEW = "account:view"
    ACCOUNT_EDIT = "account:edit"


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What an action takes.

    `level` is what the roles must give in `category` (for a subchannel in `below`, where that
    is another). `standing` is what one must have on the channel itself, None for actions on
    no channel. An action without a category takes no more than being signed in. `is_scope` says
    that a scope token may carry it. `is_own` actions take a sign-in, not a token: who holds a
    token must not make others of it.
    """

    category: Category | None = None
    below: Category | None = None
    level: Level = Level.NONE
    standing: Level | None = None
    is_scope: bool = True
    is_own: bool = False


_C, _L = Category, Level

NEEDS: Mapping[Action, Need] = {
    Action.CHANNEL_CREATE: Need(category=_C.CHANNEL, level=_L.WRITE),
    Action.CHANNEL_VIEW: Need(category=_C.CHANNEL, below=_C.SUBCHANNEL, level=_L.READ, standing=_L.READ),
    Action.CHANNEL_VIEW_ARTIFACTS: Need(category=_C.CHANNEL, below=_C.SUBCHANNEL, level=_L.READ, standing=_L.READ),
    Action.CHANNEL_EDIT: Need(category=_C.CHANNEL, below=_C.SUBCHANNEL, level=_L.MANAGE, standing=_L.MANAGE),
    Action.CHANNEL_DELETE: Need(category=_C.CHANNEL, below=_C.SUBCHANNEL, level=_L.MANAGE, standing=_L.MANAGE),
    Action.CHANNEL_HISTORY: Need(category=_C.CHANNEL, below=_C.SUBCHANNEL, level=_L.MANAGE, standing=_L.MANAGE),
    Action.DEFAULT_CHANNEL_EDIT: Need(category=_C.DEFAULT_CHANNEL, level=_L.MANAGE),
    Action.GROUP_VIEW: Need(category=_C.CHANNEL_GROUP, below=_C.SUBCHANNEL_GROUP, level=_L.READ, standing=_L.READ),
    Action.GROUP_EDIT: Need(category=_C.CHANNEL_GROUP, below=_C.SUBCHANNEL_GROUP, level=_L.MANAGE, standing=_L.MANAGE),
    # Like GROUP_EDIT, for a token is access; but by who signed in, as with one's own tokens.
    Action.SERVICE_TOKEN_EDIT: Need(
        category=_C.CHANNEL_GROUP,
        below=_C.SUBCHANNEL_GROUP,
        level=_L.MANAGE,
        standing=_L.MANAGE,
        is_scope=False,
        is_own=True,
    ),
    Action.MIRROR_VIEW: Need(category=_C.CHANNEL_MIRROR, below=_C.SUBCHANNEL_MIRROR, level=_L.READ, standing=_L.READ),
    # "Only Write or Manage create and manage mirrors": behaviour.md section 2.3.
    Action.MIRROR_EDIT: Need(category=_C.CHANNEL_MIRROR, below=_C.SUBCHANNEL_MIRROR, level=_L.WRITE, standing=_L.WRITE),
    Action.MIRROR_VIEW_ALL: Need(category=_C.CHANNEL_MIRROR, level=_L.MANAGE),
    Action.MIRROR_TRY: Need(category=_C.CHANNEL_MIRROR, level=_L.WRITE),
    Action.SUBCHANNEL_CREATE: Need(category=_C.SUBCHANNEL, level=_L.WRITE, standing=_L.MANAGE),
    Action.ARTIFACT_CREATE: Need(category=_C.ARTIFACT, level=_L.WRITE, standing=_L.WRITE),
    Action.ARTIFACT_VIEW: Need(category=_C.ARTIFACT, level=_L.READ, standing=_L.READ),
    Action.ARTIFACT_DOWNLOAD: Need(category=_C.ARTIFACT, level=_L.READ, standing=_L.READ),
    Action.ARTIFACT_EDIT: Need(category=_C.ARTIFACT, level=_L.MANAGE, standing=_L.MANAGE),
    Action.ARTIFACT_DELETE: Need(category=_C.ARTIFACT, level=_L.MANAGE, standing=_L.MANAGE),
    Action.POLICY_VIEW: Need(category=_C.POLICY, level=_L.READ),
    Action.POLICY_EDIT: Need(category=_C.POLICY, level=_L.WRITE),
    Action.CVE_VIEW: Need(category=_C.CVE, level=_L.READ),
    Action.CHANNEL_CVE_VIEW: Need(category=_C.CVE, level=_L.READ, standing=_L.READ),
    Action.CVE_EDIT: Need(category=_C.CVE, level=_L.WRITE),
    Action.ROLE_VIEW: Need(category=_C.ROLES, level=_L.READ),
    Action.ROLE_EDIT: Need(category=_C.ROLES, level=_L.MANAGE),
    Action.USER_VIEW: Need(category=_C.USERS, level=_L.READ),
    Action.USER_EDIT: Need(category=_C.USERS, level=_L.MANAGE),
    Action.AUDIT_VIEW: Need(category=_C.AUDIT, level=_L.READ),
    Action.SYSTEM_VIEW: Need(category=_C.SYSTEM, level=_L.READ),
    Action.SYSTEM_EDIT: Need(category=_C.SYSTEM, level=_L.MANAGE),
    Action.ACCOUNT_VIEW: Need(is_scope=False),
    Action.ACCOUNT_EDIT: Need(is_scope=False, is_own=True),
}

OF_SUBCHANNELS: Mapping[str, str] = {
    "channel:": "subchannel:",
    "channel.group:": "subchannel.group:",
    "channel.mirror:": "subchannel.mirror:",
}
"""How the words of scopes differ for subchannels, by their beginnings."""

_ONLY_OF_CHANNELS = frozenset({Action.CHANNEL_CREATE, Action.MIRROR_VIEW_ALL, Action.MIRROR_TRY})


def scope_of(action: Action, *, is_subchannel: bool) -> str:
    """Return the scope that a token needs for an action on a channel, or on a subchannel."""
    if is_subchannel and action not in _ONLY_OF_CHANNELS:
        for start, other in OF_SUBCHANNELS.items():
            if action.value.startswith(start):
                return other + action.value.removeprefix(start)
    return action.value


def _all_scopes() -> tuple[str, ...]:
    words: list[str] = []
    for action, need in NEEDS.items():
        if need.is_scope:
            words += [scope_of(action, is_subchannel=is_sub) for is_sub in (False, True)]
    return tuple(dict.fromkeys(words))


SCOPES = _all_scopes()
"""Every scope that a token may carry."""
