"""Objects of mirrors as they stand on the wire; nothing else uses them.

Existing clients know two shapes of a mirror: one has `mirror_` prefixes, the other has none
and a `channel` object.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from libs.common.domain.channel import Privacy
from libs.common.domain.mirror import DEFAULT_CRON, UpstreamRemovals
from libs.common.domain.run import RunState
from services.api.run_schemas import SyncState
from services.api.schemas import PolicyWish, Timestamp


class MirrorIn(msgspec.Struct, frozen=True, kw_only=True):
    """POST and PUT of a mirror: always the whole object; a `proxy` that is left out is no proxy.

    Type, mode, `policy` and `upstream_removals` (`follow` or `keep`) stay as they are where they are left out.
    """

    mirror_name: str
    source_root: Annotated[
        str, Meta(examples=["https://channels.example.org/main", "https://index.example.org/simple"])
    ]
    mirror_mode: Annotated[str, Meta(examples=["passive"])] | None = None
    mirror_type: Annotated[str, Meta(examples=["conda", "python_simple", "CRAN"])] | None = None
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
