"""What people put into a channel themselves, and what they take out of it.

What was put in is a source of its own: per channel and type a manifest, which the rules of
the channel decide on as on any mirror's, and a catalogue, which lies above all mirrors'.
"""

import hashlib
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.digest import Sha256
from libs.common.domain.manifest import ShardDigest
from libs.common.domain.mirror import Mirror, MirrorMode, MirrorType

UPLOADS_NAME = "uploads"
"""What the mirror of uploads is called where mirrors are named."""

_UPLOADS_ID = "uploads"
_FIRST_PLACE = -1
_REMOVAL_ID_CHARS = 32


class Came(StrEnum):
    """How a file came into a channel."""

    UPLOADED = "uploaded"
    COPIED = "copied"
    MOVED = "moved"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One package file that was put into a channel; there is one a channel and `ckey`.

    `shard` is the payload of this file alone, in the stored shards; its bytes are in the blob
    store before this is written. `id` is `upload_id` of it.
    """

    id: str
    channel_id: str
    type: MirrorType
    partition: str
    name: str
    filename: str
    ckey: str
    sha256: Sha256
    size_bytes: int
    shard: ShardDigest
    came: Came = Came.UPLOADED
    at: datetime
    by: str | None = None


class UploadedFile(msgspec.Struct, frozen=True, array_like=True):
    """What a manifest needs to know of an upload: less than all, for a channel may have very many."""

    partition: str
    name: str
    filename: str
    shard: ShardDigest
    size_bytes: int
    at: datetime


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a channel that is no package: a notebook, an environment, a project, an SBOM, any other.

    `family` and `filename` name it in its channel; `id` is `attachment_id` of them. `of` is the ckey of the
    package file that an SBOM tells of.
    """

    id: str
    channel_id: str
    family: str
    filename: str
    sha256: Sha256
    size_bytes: int
    content_type: str
    of: str | None = None
    at: datetime
    by: str | None = None


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody took out of a channel though a mirror brings it: one file (`ckey`), or all of a package.

    It holds for what mirrors bring, now and later, until somebody takes it back. `id` is `removal_id` of it.
    """

    id: str
    channel_id: str
    type: MirrorType
    name: str
    ckey: str | None = None
    at: datetime
    by: str | None = None


def upload_id(channel_id: str, ckey: str) -> str:
    """Name a file of a channel."""
    return f"{channel_id}:{ckey}"


def attachment_id(channel_id: str, family: str, filename: str) -> str:
    """Name a file of a channel that is no package."""
    return f"{channel_id}:{family}/{filename}"


def removal_id(channel_id: str, type_: MirrorType, *, name: str, ckey: str | None = None) -> str:
    """Name a removal, so that taking out the same thing twice is one; short enough to stand in a URL."""
    told = f"{channel_id}\0{type_.value}\0{name}\0{ckey or ''}"
    return hashlib.sha256(told.encode()).hexdigest()[:_REMOVAL_ID_CHARS]


def uploads_mirror_id(channel_id: str, type_: MirrorType) -> str:
    """Name the mirror of what was put into a channel; no stored mirror has such an id."""
    return f"{_UPLOADS_ID}-{type_.value}-{channel_id}"


def is_uploads_mirror(mirror_id: str) -> bool:
    """Tell whether a mirror is one of uploads."""
    return mirror_id.startswith(f"{_UPLOADS_ID}-")


def uploads_type(mirror_id: str) -> MirrorType:
    """Return the type of a mirror of uploads."""
    return MirrorType(mirror_id.split("-", 2)[1])


def uploads_mirror(channel: Channel, type_: MirrorType) -> Mirror:
    """Return the mirror of what was put into a channel: active, for all its files are stored; it is never run."""
    return Mirror(
        id=uploads_mirror_id(channel.id, type_),
        name=UPLOADS_NAME,
        channel=channel.key,
        channel_id=channel.id,
        source_root="",
        type=type_,
        mode=MirrorMode.ACTIVE,
        position=_FIRST_PLACE,
        created_at=datetime.fromtimestamp(0, tz=UTC),
    )
