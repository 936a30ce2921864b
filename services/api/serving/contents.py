"""What serving needs to know of a revision's contents: the rest is not even decoded."""

import msgspec

from libs.common.domain.manifest import UNREAD, ShardDigest

_READ_BYTES = 450
_UNREAD_BYTES = 150
"""What a name takes with its entry, as measured at 600,000 names; those that nobody read share theirs."""


class ServedEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first fields of `revision.ContentsEntry`: where a name's files and its rendered shard are, how many files."""

    origins: tuple[tuple[int, ShardDigest], ...]
    rendered: bytes | None
    files: int = 0


class ServedPart(msgspec.Struct, frozen=True, kw_only=True):
    """One partition; see `revision.ContentsPart`."""

    files_urls: tuple[str, ...]
    entries: dict[str, ServedEntry]


class ServedContents(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind the names of a revision, and by partition which rendered shards it names.

    `read` counts the names that have a shard.
    """

    parts: dict[str, ServedPart]
    rendered: dict[str, frozenset[bytes]]
    read: int


def room_of(contents: ServedContents) -> int:
    """Return about how many bytes of memory contents take."""
    names = sum(len(part.entries) for part in contents.parts.values())
    return names * _UNREAD_BYTES + contents.read * (_READ_BYTES - _UNREAD_BYTES)


class _Contents(msgspec.Struct, frozen=True, kw_only=True):
    parts: dict[str, ServedPart] = {}


def read_contents(data: bytes) -> ServedContents:
    """Read what `revision.encode_contents` wrote; takes 0.1 s for 100,000 names, so call it in a thread.

    Names that nobody read are told apart by nothing: they share their entries, which halves the room of a large index.
    """
    parts = msgspec.msgpack.decode(data, type=_Contents).parts
    shared: dict[tuple[tuple[int, ShardDigest], ...], ServedEntry] = {}
    read = 0
    for part in parts.values():
        for name, entry in part.entries.items():
            if all(shard == UNREAD for _, shard in entry.origins):
                part.entries[name] = shared.setdefault(entry.origins, entry)
            else:
                read += 1
    rendered = {
        partition: frozenset(entry.rendered for entry in part.entries.values() if entry.rendered is not None)
        for partition, part in parts.items()
    }
    return ServedContents(parts=parts, rendered=rendered, read=read)
