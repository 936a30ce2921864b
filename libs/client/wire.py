"""The parts of the REST API's objects that the client reads; unknown keys are ignored."""

from typing import Any

import msgspec

ACTIVE_STATES = frozenset({"pending", "running", "stopping"})
"""A run in one of these goes on."""


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a channel that package clients read."""

    number: int
    published_at: str | None = None
    runs: dict[str, int] = {}


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel or subchannel."""

    name: str
    parent: str | None = None
    description: str | None = None
    privacy: str = "public"
    indexing_behavior: str = "default"
    owners: tuple[str, ...] = ()
    artifact_count: int = 0
    download_count: int = 0
    mirror_count: int = 0
    subchannel_count: int = 0
    policy_name: str | None = None
    revision: Revision | None = None

    @property
    def key(self) -> str:
        """`channel` or `channel/subchannel`."""
        return f"{self.parent}/{self.name}" if self.parent else self.name

    @property
    def is_frozen(self) -> bool:
        """Tell whether the published revision is held."""
        return self.indexing_behavior == "frozen"


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A file that could not be mirrored, and why."""

    ckey: str
    code: str
    reason: str


class Logs(msgspec.Struct, frozen=True, kw_only=True):
    """Files by name."""

    failed: tuple[Failed, ...] = ()


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many files, by what became of them; `unread` counts projects that are read when a client first asks."""

    active: int = 0
    passive: int = 0
    active_planned: int = 0
    failed: int = 0
    removed: int = 0
    unread: int = 0
    mirror_filtered: dict[str, int] = {}
    channel_filtered: dict[str, int] = {}

    @property
    def listed(self) -> int:
        """How many files the mirror holds or offers."""
        return self.active + self.passive

    @property
    def filtered(self) -> int:
        """How many files the filters left out."""
        return sum(self.mirror_filtered.values()) + sum(self.channel_filtered.values())


class SyncState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a mirror's newest run is."""

    count: Count = Count()
    last_exception: str | None = None
    bytes_transfered: int = 0
    total_steps_count: int = 8
    current_step_number: int = 0
    current_step_percentage: int = 0
    current_step_description: str = ""
    logs: Logs = Logs()


class Mirror(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror as its channel shows it."""

    mirror_id: str
    mirror_name: str
    source_root: str
    mirror_type: str
    mirror_mode: str
    cron: str
    proxy: str | None = None
    filters: dict[str, Any] = {}
    upstream_removals: str = "follow"
    policy_name: str | None = None
    state: str
    last_run_at: str | None = None
    next_run_at: str | None = None
    run_number: int | None = None
    catalogue_run: int | None = None
    sync_state: SyncState = SyncState()

    @property
    def is_active(self) -> bool:
        """Tell whether a run is going on, or about to."""
        return self.run_number is not None and self.state in ACTIVE_STATES


class MirrorWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a mirror shall be: the body of POST and PUT, which always carries the whole object."""

    mirror_name: str
    source_root: str
    mirror_type: str
    mirror_mode: str
    cron: str
    filters: dict[str, Any] = {}
    proxy: str | None = None
    upstream_removals: str | None = None
    policy: str | msgspec.UnsetType | None = msgspec.UNSET
    run_now: bool = False


class NewChannel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of POST for a channel."""

    name: str
    privacy: str | None = None
    description: str | None = None


class ChannelChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of PUT for a channel; what is left out stays."""

    privacy: str | None = None
    description: str | None = None
    owners: tuple[str, ...] | None = None
    indexing_behavior: str | None = None


class ChannelPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of channels."""

    items: tuple[Channel, ...]
    total_count: int | None = None


class MirrorPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of mirrors."""

    items: tuple[Mirror, ...]
    total_count: int | None = None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that could not be handled, and why."""

    number: int
    subject: str
    event_id: str
    buried_at: str
    service: str = ""
    error: str
    payload: Any = None


class DeadLetterPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of them."""

    items: tuple[DeadLetter, ...]


class HistoryWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which events of the history to show: the query of GET."""

    event_type: str | None = None
    by: str | None = None
    since: str | None = msgspec.field(default=None, name="from")
    until: str | None = msgspec.field(default=None, name="to")
    limit: int = 50


class HistoryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    event_id: str
    event_type: str
    created: str
    channel: str = ""
    data: dict[str, Any] = {}
    meta: dict[str, Any] = {}


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of what happened, newest first."""

    items: tuple[HistoryEvent, ...]
    total_count: int | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as the server words it (RFC 9457)."""

    title: str = ""
    detail: str = ""
    code: str | None = None
