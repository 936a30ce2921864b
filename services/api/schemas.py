"""The REST API's objects as they stand on the wire; nothing else uses them.

Key names and spelling are a contract with existing clients: `mirror_` prefixes in one
shape of a mirror and none in the other, `bytes_transfered`, `channel` objects. Times are
ISO 8601 with microseconds and +00:00. Keys that are not known are ignored on reading,
for scripts send whole objects back; only `filters` is strict.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from libs.common.domain.channel import IndexingBehavior, Privacy
from libs.common.domain.mirror import DEFAULT_CRON, UpstreamRemovals
from libs.common.domain.run import RunState, Trigger

PolicyWish = Annotated[str, Meta(description="the id or name of a policy; null for none")] | None
Timestamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class NewChannel(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a channel or subchannel."""

    name: Annotated[str, Meta(examples=["main"])]
    description: str | None = None
    privacy: Privacy = Privacy.PUBLIC
    indexing_behavior: IndexingBehavior = IndexingBehavior.DEFAULT
    filters: dict[str, Any] | None = None
    policy: PolicyWish = None


class ChannelChanges(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of a channel: what is left out stays."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    privacy: Privacy | UnsetType = UNSET
    indexing_behavior: IndexingBehavior | UnsetType = UNSET
    filters: dict[str, Any] | UnsetType | None = UNSET
    policy: PolicyWish | UnsetType = UNSET


class RevisionOut(msgspec.Struct, frozen=True, kw_only=True):
    """The revision of a channel that clients read; `runs` tells by mirror id which run's catalogue it shows."""

    number: int
    published_at: Timestamp
    runs: dict[str, int]


class ChannelOut(msgspec.Struct, frozen=True, kw_only=True):
    """A channel; `parent` is there for subchannels only."""

    id: str
    name: str
    description: str | None
    privacy: Privacy
    artifact_count: int
    download_count: int
    subchannel_count: int
    group_count: int
    mirror_count: int
    filters: dict[str, Any]
    owners: tuple[str, ...]
    created: Timestamp
    updated: Timestamp | None
    indexing_behavior: IndexingBehavior
    revision: RevisionOut | None
    policy: str | None
    policy_name: str | None
    parent: str | UnsetType = UNSET


class ChannelList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of channels."""

    total_count: int
    items: tuple[ChannelOut, ...]


class MirrorIn(msgspec.Struct, frozen=True, kw_only=True):
    """POST and PUT of a mirror: always the whole object; a `proxy` that is left out is no proxy.

    Type, mode, `policy` and `upstream_removals` (`follow` or `keep`) stay as they are where they are left out.
    """

    mirror_name: str
    source_root: Annotated[str, Meta(examples=["https://channels.example.org/main"])]
    mirror_mode: Annotated[str, Meta(examples=["passive"])] | None = None
    mirror_type: Annotated[str, Meta(examples=["conda"])] | None = None
    cron: str | None = DEFAULT_CRON
    filters: dict[str, Any] | None = None
    proxy: str | None = None
    upstream_removals: Annotated[str, Meta(examples=["follow"])] | None = None
    policy: PolicyWish | UnsetType = UNSET
    run_now: bool = False


class CronWish(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a cron to look at."""

    cron: Annotated[str, Meta(examples=[DEFAULT_CRON])] | None = DEFAULT_CRON


class CronPreview(msgspec.Struct, frozen=True, kw_only=True):
    """A cron as it would be stored, and when it fires next, in UTC; each mirror adds its own small delay."""

    cron: str
    next: tuple[Timestamp, ...]


class MirrorFiltered(msgspec.Struct, frozen=True, kw_only=True):
    """Files that the mirror's own filters and policy left out, by reason; ours only where they count."""

    cve: int = 0
    date: int = 0
    signed: int = 0
    license: int = 0
    only_specs: int = 0
    exclude_specs: int = 0
    duplicated_legacy_conda: int = 0
    newest: int | UnsetType = UNSET
    yanked: int | UnsetType = UNSET
    size: int | UnsetType = UNSET
    kind: int | UnsetType = UNSET
    platform: int | UnsetType = UNSET
    python: int | UnsetType = UNSET
    r: int | UnsetType = UNSET


class ChannelFiltered(msgspec.Struct, frozen=True, kw_only=True):
    """As `MirrorFiltered`, for the channel's filters and policy; what the incumbent lacks only where it counts."""

    license: int = 0
    exclude_specs: int = 0
    cve: int | UnsetType = UNSET
    date: int | UnsetType = UNSET
    signed: int | UnsetType = UNSET
    only_specs: int | UnsetType = UNSET
    duplicated_legacy_conda: int | UnsetType = UNSET
    newest: int | UnsetType = UNSET
    yanked: int | UnsetType = UNSET
    size: int | UnsetType = UNSET
    kind: int | UnsetType = UNSET
    platform: int | UnsetType = UNSET
    python: int | UnsetType = UNSET
    r: int | UnsetType = UNSET


class SyncCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many files, by what became of them."""

    active: int = 0
    failed: int = 0
    passive: int = 0
    removed: int = 0
    active_planned: int = 0
    mirror_filtered: MirrorFiltered = MirrorFiltered()
    channel_filtered: ChannelFiltered = ChannelFiltered()


class FailedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file that could not be mirrored, and why."""

    ckey: str
    code: str
    reason: str


class MirrorFilteredLogs(msgspec.Struct, frozen=True, kw_only=True):
    """The first 100 left-out files of each reason, by their paths; `…/decisions` has all of them."""

    cve: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    license: tuple[str, ...] = ()
    exclude_specs: tuple[str, ...] = ()
    duplicated_legacy_conda: tuple[str, ...] = ()


class ChannelFilteredLogs(msgspec.Struct, frozen=True, kw_only=True):
    """As `MirrorFilteredLogs`, for the channel's filters."""

    license: tuple[str, ...] = ()
    exclude_specs: tuple[str, ...] = ()


class SyncLogs(msgspec.Struct, frozen=True, kw_only=True):
    """Files by name: those that failed."""

    mirror_filtered: MirrorFilteredLogs = MirrorFilteredLogs()
    channel_filtered: ChannelFilteredLogs = ChannelFilteredLogs()
    failed: tuple[FailedOut, ...] = ()


class SyncState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a mirror's newest run is; older clients fail on any missing key. `logs` in a channel's own listing only."""

    count: SyncCount
    last_ckey: str | None
    last_exception: str | None
    bytes_transfered: int
    total_steps_count: int
    current_step_number: int
    current_step_percentage: int
    current_step_description: str
    logs: SyncLogs | UnsetType = UNSET


class MirrorA(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror as its channel shows it.

    `policy` is the mirror's own, null where the channel's is in force.
    `catalogue_run` is the run that last changed what the mirror holds. Clients read it
    once the channel's `revision.runs` has that number.
    """

    mirror_id: str
    mirror_name: str
    source_root: str
    mirror_type: str
    mirror_mode: str
    cron: str
    proxy: str | None
    filters: dict[str, Any]
    upstream_removals: UpstreamRemovals
    policy: str | None
    policy_name: str | None
    state: RunState
    last_run_at: Timestamp | None
    next_run_at: Timestamp | None
    run_number: int | None
    catalogue_run: int | None
    created_at: Timestamp
    updated_at: Timestamp | None
    sync_state: SyncState


class ChannelName(msgspec.Struct, frozen=True, kw_only=True):
    """The channel that a mirror sits in."""

    name: str
    privacy: Privacy


class SubchannelName(msgspec.Struct, frozen=True, kw_only=True):
    """The subchannel that a mirror sits in."""

    name: str


class MirrorB(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror as the server's list shows it; `subchannel` is there only where the mirror sits in one."""

    id: str
    name: str
    source_root: str
    type: str
    mode: str
    cron: str
    proxy: str | None
    filters: dict[str, Any]
    upstream_removals: UpstreamRemovals
    policy: str | None
    policy_name: str | None
    state: RunState
    last_run_at: Timestamp | None
    next_run_at: Timestamp | None
    run_number: int | None
    created_at: Timestamp
    updated_at: Timestamp | None
    sync_state: SyncState
    channel: ChannelName
    subchannel: SubchannelName | UnsetType = UNSET


class MirrorList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a channel's mirrors."""

    total_count: int
    items: tuple[MirrorA, ...]


class AllMirrorsList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the server's mirrors."""

    total_count: int
    items: tuple[MirrorB, ...]


class PageWish(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON body that a client may send with a GET; it goes before the query."""

    limit: Annotated[int, Meta(ge=0)] | None = None
    offset: Annotated[int, Meta(ge=0)] | None = None
    sort: str | None = None


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of a mirror."""

    id: str
    number: int
    state: RunState
    trigger: Trigger
    reason: str | None
    requested_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    sync_state: SyncState


class RunList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a mirror's runs, newest first."""

    total_count: int
    items: tuple[RunOut, ...]


class EventOut(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a channel's history."""

    event_id: str
    event_type: str
    created: Timestamp
    data: dict[str, Any]
    meta: dict[str, Any]


class EventList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a channel's history, newest first."""

    total_count: int
    items: tuple[EventOut, ...]


class DeadLetterOut(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a service could not handle; `payload` is its JSON, or the beginning of its text."""

    number: int
    subject: str
    event_id: str
    buried_at: str
    service: str
    error: str
    payload: Any


class DeadLetterList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the messages that could not be handled, newest first."""

    total_count: int
    items: tuple[DeadLetterOut, ...]


class AuditEventOut(EventOut, frozen=True, kw_only=True):
    """One entry of the history of all channels."""

    channel: str


class AuditList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the history of all channels, newest first."""

    total_count: int
    items: tuple[AuditEventOut, ...]


class SystemOut(msgspec.Struct, frozen=True, kw_only=True):
    """What clients look for to find out that a server speaks this API."""

    service_name: str
    product: str
    version: str


class HealthOut(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a health check that went well."""

    status: str


class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds the token."""

    user_id: str
    username: str
    roles: tuple[str, ...]
    dbroles: tuple[str, ...]
    default_channel_name: str | None


class TokenInfoOut(msgspec.Struct, frozen=True, kw_only=True):
    """When the token ends; null for one that does not."""

    expires_at: str | None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error (RFC 9457); `code` is stable, `message` repeats `detail` for older clients."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    message: str
    field: str | None = None
    missing: tuple[str, ...] = ()
