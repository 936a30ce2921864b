"""Channels and subchannels: what package clients read.

A channel's key is its name, or `parent/name` for a subchannel (one level only).
The pointer to the published revision lives in the channel itself, so that freezing
and publishing exclude each other in one conditional write.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

from libs.common.domain.access.levels import Level
from libs.common.domain.errors import InvalidInput

ChannelKey = NewType("ChannelKey", str)
"""`main` for a channel, `main/stage` for a subchannel."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,127}")
_SUBDIR = re.compile(r"(noarch|[a-z0-9]+-[a-z0-9]+)")
_RESERVED = frozenset({"t", "label", "noarch", "api", "channels"})
_RESERVED_BELOW = frozenset(
    {
        *("pypi", "cran", "simple", "integrity", "shards"),
        # What is no package lies in folders of these names.
        *("jupyter", "notebook", "anaconda_env", "anaconda_project", "gra", "sbom"),
    }
)
_PLATFORM_WORDS = frozenset({"linux", "osx", "win", "freebsd", "emscripten", "wasi", "zos"})


class Privacy(StrEnum):
    """Who may read a channel."""

    PRIVATE = "private"
    AUTHENTICATED = "authenticated"
    PUBLIC = "public"


class IndexingBehavior(StrEnum):
    """Whether new content is published."""

    DEFAULT = "default"
    FROZEN = "frozen"


class PublishedRevision(msgspec.Struct, frozen=True, kw_only=True):
    """The pointer that readers follow.

    `runs` tells by mirror which run made the catalogue that the revision shows. `package_count`
    is None for what an older version published.
    """

    number: int
    revision_id: str
    published_at: datetime
    artifact_count: int
    size_bytes: int
    runs: dict[str, int] = {}
    package_count: int | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One channel or subchannel.

    `policy_token` names the act that put it under its policy, see `Assignment`. `groups` says
    what members of a group may do here.
    """

    id: str
    key: ChannelKey
    description: str | None = None
    privacy: Privacy = Privacy.PUBLIC
    indexing_behavior: IndexingBehavior = IndexingBehavior.DEFAULT
    owners: tuple[str, ...] = ()
    groups: dict[str, Level] = {}
    filters: dict[str, msgspec.Raw] = {}
    policy_id: str | None = None
    policy_token: str | None = None
    created_at: datetime
    updated_at: datetime | None = None
    published: PublishedRevision | None = None

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> ChannelKey | None:
        """The key of the channel that this subchannel sits in."""
        parent = self.key.rpartition("/")[0]
        return ChannelKey(parent) if parent else None

    @property
    def is_frozen(self) -> bool:
        """Tell whether the published revision is held."""
        return self.indexing_behavior is IndexingBehavior.FROZEN


def channel_key(name: str, subchannel: str | None = None) -> ChannelKey:
    """Check the names and join them.

    Raises:
        InvalidInput: for a name that clients or URLs could not carry.
    """
    check_channel_name(name)
    if subchannel is None:
        return ChannelKey(name)
    check_subchannel_name(subchannel)
    return ChannelKey(f"{name}/{subchannel}")


def parse_channel_key(text: str) -> ChannelKey:
    """Read `channel` or `channel/subchannel`.

    Raises:
        InvalidInput: for more than one slash or a bad name.
    """
    parts = text.split("/")
    if len(parts) > 2:
        raise InvalidInput(f"{text!r} has too many parts; write CHANNEL or CHANNEL/SUBCHANNEL", field="channel")
    return channel_key(parts[0], parts[1] if len(parts) == 2 else None)


def check_channel_name(name: str) -> None:
    """Refuse names that could not stand in a client's URL.

    conda looks for a platform name anywhere in a URL and cuts the URL there.

    Raises:
        InvalidInput: with what to write instead.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} is not a channel name; use a lower-case letter, then at most 127 of a-z 0-9 _ -",
            field="name",
        )
    is_platform = _SUBDIR.fullmatch(name) is not None and name.partition("-")[0] in _PLATFORM_WORDS
    if name in _RESERVED or is_platform:
        raise _reserved(name)


def check_subchannel_name(name: str) -> None:
    """Refuse what `check_channel_name` does, and what already stands in its place in a path.

    Raises:
        InvalidInput: with what to write instead.
    """
    check_channel_name(name)
    if name in _RESERVED_BELOW:
        raise _reserved(name)


def _reserved(name: str) -> InvalidInput:
    return InvalidInput(f"{name!r} is a reserved word in package URLs; choose another name", field="name")
