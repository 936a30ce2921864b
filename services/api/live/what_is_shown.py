"""A message, who looks on -> whether they are shown it, and which facts of it.

Rules of this file:
1. What is not in `SHOWN` is shown to nobody, and no field that it does not name: addresses of people
   are for the audit trail alone.
2. What is of a channel is shown to who may do `needs` on that channel now, and to nobody else. The names of
   channels that one does not see stay unknown.
3. Whoever asks anew when they are told to (`resync`) sees no more than that either.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from libs.common.contracts import access_messages as x
from libs.common.contracts import artifact_messages as a
from libs.common.contracts import messages as m
from libs.common.contracts import policy_messages as p
from libs.common.contracts.message import Message
from libs.common.domain.access.actions import NEEDS, Action
from libs.common.domain.access.decide_access import Verdict, decide_access
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to be shown a message, and the fields that are shown; `also` is of no channel.

    `owner` names the field of who is shown it in any case.
    """

    needs: Action
    fields: tuple[str, ...]
    also: Action | None = None
    owner: str | None = None


_CHANNEL = ("channel", "channel_id")
_MIRROR = (*_CHANNEL, "mirror", "mirror_id")
_RUN = (*_MIRROR, "run_id", "run_number")
_POLICY = ("policy_id", "name")
_ASSIGNED = (*_MIRROR, *_POLICY, "target")

SHOWN: Mapping[type[Message], Shown] = {
    m.MirrorCreated: Shown(needs=Action.MIRROR_VIEW, fields=_MIRROR),
    m.MirrorUpdated: Shown(needs=Action.MIRROR_VIEW, fields=(*_MIRROR, "fields")),
    m.MirrorDeleted: Shown(needs=Action.MIRROR_VIEW, fields=(*_MIRROR, "packages")),
    m.MirrorRequested: Shown(needs=Action.MIRROR_VIEW, fields=("channel", "mirror", "mirror_id", "trigger")),
    m.MirrorStop: Shown(needs=Action.MIRROR_VIEW, fields=("channel", "mirror", "mirror_id")),
    m.MirrorRejected: Shown(needs=Action.MIRROR_VIEW, fields=("channel", "mirror", "on", "code", "reason")),
    m.MirrorStarted: Shown(needs=Action.MIRROR_VIEW, fields=(*_RUN, "trigger")),
    m.MirrorProgress: Shown(needs=Action.MIRROR_VIEW, fields=m.MirrorProgress.__struct_fields__),
    m.MirrorFinished: Shown(needs=Action.MIRROR_VIEW, fields=(*_RUN, "state", "reason")),
    m.ChannelCreated: Shown(needs=Action.CHANNEL_VIEW, fields=_CHANNEL),
    m.ChannelUpdated: Shown(needs=Action.CHANNEL_VIEW, fields=(*_CHANNEL, "fields")),
    m.ChannelDeleted: Shown(needs=Action.CHANNEL_VIEW, fields=_CHANNEL),
    m.ChannelFrozen: Shown(needs=Action.CHANNEL_VIEW, fields=_CHANNEL),
    m.ChannelUnfrozen: Shown(needs=Action.CHANNEL_VIEW, fields=_CHANNEL),
    m.ChannelPublished: Shown(
        needs=Action.CHANNEL_VIEW, fields=(*_CHANNEL, "revision_id", "number", "artifact_count", "size_bytes")
    ),
    m.ChannelRolledBack: Shown(
        needs=Action.CHANNEL_VIEW, fields=(*_CHANNEL, "revision_id", "number", "rolled_back_to")
    ),
    x.ChannelGroupChanged: Shown(needs=Action.GROUP_VIEW, fields=(*_CHANNEL, "group", "change", "level")),
    a.ArtifactRegistered: Shown(needs=Action.ARTIFACT_VIEW, fields=(*_CHANNEL, "artifact_family", "ckey", "how")),
    a.ArtifactRemoved: Shown(
        needs=Action.ARTIFACT_VIEW, fields=(*_CHANNEL, "artifact_family", "ckey", "name", "is_restored")
    ),
    p.CatalogueDecided: Shown(needs=Action.MIRROR_VIEW, fields=(*_MIRROR, "files", "added", "removed", "wants_run")),
    p.PolicyChanged: Shown(needs=Action.POLICY_VIEW, fields=(*_POLICY, "number", "change")),
    p.PolicyAssigned: Shown(needs=Action.CHANNEL_VIEW, also=Action.POLICY_VIEW, fields=_ASSIGNED),
    p.PolicyUnassigned: Shown(needs=Action.CHANNEL_VIEW, also=Action.POLICY_VIEW, fields=_ASSIGNED),
    p.AdvisoriesChanged: Shown(needs=Action.CVE_VIEW, fields=("advisory_count", "changed", "cause", "cves")),
    m.GarbageSwept: Shown(
        needs=Action.SYSTEM_VIEW, fields=("report_id", "is_dry_run", "blob_count", "size_bytes", "refused")
    ),
    m.ChannelVerified: Shown(needs=Action.SYSTEM_VIEW, fields=("report_id", "channel", "fault_count")),
    x.UserChanged: Shown(needs=Action.USER_VIEW, fields=("user_id", "user", "change", "fields"), owner="user"),
    x.TokenChanged: Shown(needs=Action.USER_VIEW, fields=("token_id", "name", "user", "change"), owner="user"),
    x.RoleChanged: Shown(needs=Action.ROLE_VIEW, fields=("role", "change")),
    x.GroupChanged: Shown(needs=Action.USER_VIEW, fields=("group", "change", "user"), owner="user"),
    x.SettingsChanged: Shown(needs=Action.SYSTEM_VIEW, fields=("fields",)),
}

REPORT_FIELDS = ("report_id", "kind", "channel", "error")
"""Of report.ready, which is shown by the rules of reports (`report_access.py`)."""


def is_of_channel(message: Message) -> bool:
    """Tell whether it takes a channel to say who is shown a message."""
    shown = SHOWN.get(type(message))
    return shown is not None and NEEDS[shown.needs].standing is not None


def is_shown(message: Message, identity: Identity, channel: Channel | None) -> bool:
    """Tell whether somebody is shown a message; `channel` is the one that it is of, as it is now."""
    shown = SHOWN.get(type(message))
    if shown is None:
        return False
    if shown.owner is not None and _is_own(getattr(message, shown.owner), identity):
        return True
    if is_of_channel(message) and channel is None:
        return False
    on = channel if is_of_channel(message) else None
    is_enough = decide_access(identity, shown.needs, on) is Verdict.ALLOWED
    return is_enough and (shown.also is None or decide_access(identity, shown.also) is Verdict.ALLOWED)


def facts_of(message: Message, *, at: datetime, channel: Channel | None = None) -> dict[str, Any]:
    """Return what is shown of a message: `at` always, `channel_id` wherever it is of a channel; None is left out."""
    fields = SHOWN[type(message)].fields if type(message) in SHOWN else REPORT_FIELDS
    facts = {name: getattr(message, name) for name in fields if getattr(message, name, None) is not None}
    if channel is not None:
        facts["channel_id"] = channel.id
    return facts | {"at": at}


def _is_own(user: str | None, identity: Identity) -> bool:
    return identity.is_signed_in and identity.limits is None and user == identity.name
