"""Objects of runs, and of where one is, as they stand on the wire; nothing else uses them.

`bytes_transfered` is spelled so in the contract with existing clients.
"""

import msgspec
from msgspec import UNSET, UnsetType

from libs.common.domain.run import RunState, Trigger
from services.api.schemas import Timestamp


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
    """As `MirrorFiltered`, for the channel's filters and policy; what the incumbent lacks only where it counts.

    `removed` is what people removed by hand.
    """

    license: int = 0
    exclude_specs: int = 0
    removed: int | UnsetType = UNSET
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
    """How many files, by what became of them.

    `unread` counts Python projects that are read when a client first asks; it is ours, and only there where it counts.
    """

    active: int = 0
    failed: int = 0
    passive: int = 0
    removed: int = 0
    active_planned: int = 0
    mirror_filtered: MirrorFiltered = MirrorFiltered()
    channel_filtered: ChannelFiltered = ChannelFiltered()
    unread: int | UnsetType = UNSET


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


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of a mirror.

    `has_decisions` says that it saved what it decided: `…/runs/<number>/decisions` is there, while it is kept.
    """

    id: str
    number: int
    state: RunState
    trigger: Trigger
    reason: str | None
    requested_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    has_decisions: bool
    sync_state: SyncState


class RunList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a mirror's runs, newest first."""

    total_count: int
    items: tuple[RunOut, ...]
