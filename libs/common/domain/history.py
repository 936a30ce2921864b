"""History: what happened to a channel, in the event names of the wire."""

from datetime import datetime

import msgspec

EVENT_TYPES = frozenset(
    {
        "artifact_copied",
        "artifact_registered",
        "artifact_removed",
        "blob_cleanup_completed",
        "blob_cleanup_requested",
        "channel_created",
        "channel_deleted",
        "channel_frozen",
        "channel_group_added",
        "channel_group_deleted",
        "channel_policy_assigned",
        "channel_policy_unassigned",
        "channel_refresh_complete",
        "channel_rolled_back",
        "channel_unfrozen",
        "channel_updated",
        "cve_update_finished",
        "cve_updated",
        "group_created",
        "group_deleted",
        "group_updated",
        "group_user_added",
        "group_user_deleted",
        "mirror_deleted",
        "mirror_policy_applied",
        "mirror_policy_assigned",
        "mirror_policy_unassigned",
        "mirror_registered",
        "mirror_updated",
        "mirroring_completed",
        "mirroring_failed",
        "mirroring_rejected",
        "mirroring_requested",
        "mirroring_skipped",
        "mirroring_started",
        "mirroring_stop_requested",
        "mirroring_stopped",
        "policy_created",
        "policy_deleted",
        "policy_updated",
        "report_generated",
        "role_created",
        "role_deleted",
        "role_updated",
        "settings_updated",
        "sign_in_refused",
        "user_created",
        "user_deleted",
        "user_signed_in",
        "user_token_created",
        "user_token_metadata_updated",
        "user_token_revoked",
        "user_token_updated",
        "user_updated",
        "verification_completed",
        "verification_requested",
    }
)
"""The names of all events that the history may tell of."""

Fact = str | int | float | bool | None
"""What an entry tells under one name."""


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the audit trail.

    `event_id` and `source` are those of the event that it tells of; `id` names that event
    among those of all sources. `by_address` is where the request came from.
    """

    id: str
    event_id: str = ""
    source: str = ""
    channel_id: str
    channel: str
    event_type: str
    created: datetime
    by: str | None = None
    by_address: str | None = None
    data: dict[str, Fact] = {}


class HistoryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries to show; what is None or empty leaves nothing out. `until` is excluded."""

    channel_id: str | None = None
    event_types: tuple[str, ...] = ()
    by: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def keeps(self, entry: HistoryEntry) -> bool:
        """Tell whether an entry is to be shown."""
        return (
            (self.channel_id is None or entry.channel_id == self.channel_id)
            and (not self.event_types or entry.event_type in self.event_types)
            and (self.by is None or entry.by == self.by)
            and (self.since is None or entry.created >= self.since)
            and (self.until is None or entry.created < self.until)
        )
