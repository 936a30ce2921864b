"""Every event -> an entry of its channel's history, under the wire's event name.

The wire's names are those of rest-api.md section 13; those marked ours have no like there.
"""

from collections.abc import Mapping

import msgspec

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts import access_messages as x
from libs.common.contracts import artifact_messages as a
from libs.common.contracts import messages as m
from libs.common.contracts import policy_messages as p
from libs.common.contracts.message import Message
from libs.common.domain.channel import parse_channel_key
from libs.common.domain.errors import InvalidInput
from libs.common.domain.history import Fact, HistoryEntry
from libs.common.ports.records import Channels, History

RECORDED: Mapping[type[Message], str] = {
    m.ChannelCreated: "channel_created",
    m.ChannelUpdated: "channel_updated",
    m.ChannelDeleted: "channel_deleted",
    m.ChannelFrozen: "channel_frozen",  # ours
    m.ChannelUnfrozen: "channel_unfrozen",
    m.ChannelRolledBack: "channel_rolled_back",  # ours
    m.ChannelPublished: "channel_refresh_complete",
    m.MirrorCreated: "mirror_registered",
    m.MirrorUpdated: "mirror_updated",
    m.MirrorDeleted: "mirror_deleted",
    m.MirrorRequested: "mirroring_requested",  # ours
    m.MirrorStop: "mirroring_stop_requested",  # ours
    m.MirrorRejected: "mirroring_rejected",  # ours
    m.MirrorStarted: "mirroring_started",
    m.MirrorFinished: "mirroring_{state}",  # mirroring_skipped is ours
    m.GarbageSweep: "blob_cleanup_requested",  # ours
    m.GarbageSwept: "blob_cleanup_completed",  # ours
    m.ChannelVerify: "verification_requested",  # ours
    m.ChannelVerified: "verification_completed",  # ours
    p.PolicyChanged: "policy_{change}",
    p.PolicyAssigned: "{target}_policy_assigned",
    p.PolicyUnassigned: "{target}_policy_unassigned",
    p.CatalogueDecided: "mirror_policy_applied",  # ours
    p.AdvisoriesChanged: "cve_update_finished",
    p.ReportReady: "report_generated",
    a.ArtifactRegistered: "artifact_registered",
    a.ArtifactRemoved: "artifact_removed",
    x.UserChanged: "user_{change}",  # ours
    x.UserSignedIn: "user_signed_in",  # ours
    x.SignInRefused: "sign_in_refused",  # ours
    x.TokenChanged: "user_token_{change}",
    x.RoleChanged: "role_{change}",  # ours
    x.GroupChanged: "group_{change}",  # without user_added and user_deleted ours
    x.ChannelGroupChanged: "channel_group_{change}",
    x.SettingsChanged: "settings_updated",  # ours
}
"""The name of each event; a name in braces is a field of the message."""

NO_CHANNEL = ""
"""The channel id of entries that belong to no channel, such as a request that named none."""

_PLACE = frozenset({"channel", "channel_id", "by", "by_address", "requested_by"})
"""Fields that have a place of their own in an entry."""

_MOST_OF_A_LIST = 20
"""A sweep may name any number of blobs; an entry is for people."""


async def record_history(message: Message, *, event: EventInfo, channels: Channels, history: History) -> None:
    """Store an entry once per event of a source, so that the same event again changes nothing.

    A request that names no channel of ours leaves none: its rejection does.
    """
    fields = msgspec.structs.asdict(message)
    channel_id = await _channel_id(message, fields, channels)
    if channel_id is None:
        return
    await history.add(
        HistoryEntry(
            # Outside systems choose their ids as they like, also one that another message has.
            id=f"{event.key}-{message.subject}",
            event_id=event.id,
            source=event.source,
            channel_id=channel_id,
            channel=fields.get("channel") or "",
            event_type=_event_type(message, fields),
            created=event.time,
            by=fields.get("by") or fields.get("requested_by"),
            by_address=fields.get("by_address"),
            data={name: _fact(value) for name, value in fields.items() if name not in _PLACE},
        )
    )


def _event_type(message: Message, fields: Mapping[str, object]) -> str:
    if isinstance(message, p.AdvisoriesChanged) and message.cause == "curation":
        return "cve_updated"
    if isinstance(message, a.ArtifactRegistered) and message.how != "uploaded":
        return "artifact_copied"
    return RECORDED[type(message)].format_map(fields)


async def _channel_id(message: Message, fields: Mapping[str, object], channels: Channels) -> str | None:
    if isinstance(message, m.MirrorRequested | m.MirrorStop):
        return await _id_of(message.channel, channels)
    if "channel_id" in fields:
        return str(fields["channel_id"])
    return await _id_of(str(fields.get("channel") or ""), channels) or NO_CHANNEL


async def _id_of(name: str, channels: Channels) -> str | None:
    try:
        channel = await channels.get(parse_channel_key(name))
    except InvalidInput:
        return None
    return channel.id if channel else None


def _fact(value: object) -> Fact:
    if value is None or isinstance(value, str | int | float):
        return value
    if not isinstance(value, tuple):
        return str(value)
    more = f" and {len(value) - _MOST_OF_A_LIST} more" if len(value) > _MOST_OF_A_LIST else ""
    return ", ".join(value[:_MOST_OF_A_LIST]) + more
