"""Objects of channels as they stand on the wire; nothing else uses them."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from libs.common.domain.channel import IndexingBehavior, Privacy
from services.api.schemas import PolicyWish, Timestamp

Owners = Annotated[tuple[str, ...], Meta(max_length=100, description="names of users, all of whom manage the channel")]


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
    owners: Owners | UnsetType = UNSET


class RevisionOut(msgspec.Struct, frozen=True, kw_only=True):
    """The revision of a channel that clients read; `runs` tells by mirror id which run's catalogue it shows."""

    number: int
    published_at: Timestamp
    runs: dict[str, int]


class ChannelOut(msgspec.Struct, frozen=True, kw_only=True):
    """A channel; `parent` is there for subchannels only.

    `package_count` is null until a channel that an older version published is published again.
    """

    id: str
    name: str
    description: str | None
    privacy: Privacy
    artifact_count: int
    size_bytes: int
    package_count: int | None
    download_count: int
    subchannel_count: int
    group_count: int
    mirror_count: int
    filters: dict[str, Any]
    owners: tuple[str, ...]
    created: Timestamp
    updated: Timestamp | None
    indexing_behavior: IndexingBehavior
    is_frozen: bool
    revision: RevisionOut | None
    policy: str | None
    policy_name: str | None
    parent: str | UnsetType = UNSET


class ChannelList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of channels."""

    total_count: int
    items: tuple[ChannelOut, ...]
