"""Revisions: immutable published states of a channel, all ecosystems together.

A revision has a small document (which index files it has, which catalogues it was made
of) and a contents blob (which shard of which mirror stands behind every package name).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.domain.in_order import in_order
from libs.common.domain.manifest import ShardDigest
from libs.common.domain.mirror import MirrorMode, MirrorType

READABLE_FOR = timedelta(days=7)
"""So long after it was replaced a revision's shards are still served, for clients hold its index."""


class IndexFile(msgspec.Struct, frozen=True, array_like=True):
    """One file that clients read: the blob behind a path below the channel."""

    sha256: Sha256
    size_bytes: int


class RevisionMirror(msgspec.Struct, frozen=True, kw_only=True):
    """One mirror in a revision, at the position that `ContentsEntry.origins` names."""

    mirror_id: str
    type: MirrorType
    mode: MirrorMode
    catalogue: Sha256
    rules: Sha256
    run_number: int = 0


class PackagesChanged(msgspec.Struct, frozen=True, kw_only=True):
    """How many packages a revision has that the one before had not, and the other way round; or other files of."""

    added: int = 0
    removed: int = 0
    changed: int = 0


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One published state; `files` maps a path below the channel to its bytes.

    `previous` is the id of the revision that it came after, `packages` how it differs from
    that. `rolled_back_to` is the number of the older revision whose content it shows once
    more, and `by` who asked for that. What an older version stored has none of these.
    """

    id: str
    channel_id: str
    number: int
    created_at: datetime
    superseded_at: datetime | None = None
    mirrors: tuple[RevisionMirror, ...]
    files: dict[str, IndexFile]
    contents: Sha256
    artifact_count: int
    size_bytes: int
    conflicts: tuple[str, ...] = ()
    package_count: int | None = None
    packages: PackagesChanged | None = None
    previous: str | None = None
    rolled_back_to: int | None = None
    by: str | None = None


class ContentsEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One package name: the shards it was made of, first wins, and its rendered shard.

    `origins` are (place in `Revision.mirrors`, shard). `rendered` is the sha256 of the
    rendered shard that clients may ask for; None where the ecosystem has none.
    `summary` is what the channel-wide files say of this name, encoded by the ecosystem.
    """

    origins: tuple[tuple[int, ShardDigest], ...]
    rendered: bytes | None
    files: int
    size_bytes: int
    summary: bytes


class ContentsPart(msgspec.Struct, frozen=True, kw_only=True):
    """One partition; `files_urls` has one entry per mirror of the revision, empty where it does not fill it."""

    files_urls: tuple[str, ...]
    entries: dict[str, ContentsEntry]


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind every name of a revision."""

    parts: dict[str, ContentsPart] = {}


def encode_contents(contents: Contents) -> bytes:
    """Write contents as msgpack, the same bytes for the same content."""
    parts = {
        partition: msgspec.structs.replace(part, entries=in_order(part.entries))
        for partition, part in contents.parts.items()
    }
    return msgspec.msgpack.encode(msgspec.structs.replace(contents, parts=parts), order="sorted")


def decode_contents(data: bytes) -> Contents:
    """Read what `encode_contents` wrote."""
    return msgspec.msgpack.decode(data, type=Contents)


def published_of(revisions: Sequence[Revision], *, published_id: str | None) -> tuple[Revision, ...]:
    """Return those of a channel's revisions that clients have read, newest first.

    An indexer that was killed, or came too late, leaves a revision that was never published,
    under a number that another one got. `revisions` are a channel's newest ones, newest first.
    """
    found: list[Revision] = []
    wanted = published_id
    for revision in revisions:
        is_next = revision.id == wanted if wanted is not None else bool(found) and revision.number < found[-1].number
        if is_next:
            found.append(revision)
            wanted = revision.previous
    return tuple(found)
