"""Manifests: what a source has at one moment, by the digests of its shards.

The grain of everything is the shard: all records of one package name in one partition
(a conda subdir, a Python index, a CRAN contrib folder). A shard's payload is stored
once, under the sha256 of its bytes.
"""

import msgspec

from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.evaluation import Seen
from libs.common.domain.in_order import in_order
from libs.common.domain.source_url import without_keys

ShardDigest = bytes
"""32 bytes: sha256 of a shard payload; `UNREAD` where the source has the name and nobody read its shard yet."""

UNREAD: ShardDigest = b""


class ManifestEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One name: the source's own tag for its state, and our digest of what was read.

    For sources that offer one index file the tag is our digest; for sharded sources it
    is the digest that the source's shard index gives. `files` and `size_bytes` count what the
    shard has, -1 where that was not noted, so that a name can be decided as a whole without
    reading it. `seen` says when its files came, None where that was not noted. `etag` and
    `last_modified` are what the source said of a shard whose state its index does not tell.
    `has_extras` says that what rules ask for besides the shard (core metadata) was asked for.
    """

    tag: bytes
    shard: ShardDigest
    files: int = -1
    size_bytes: int = 0
    seen: Seen | None = None
    etag: str | None = None
    last_modified: str | None = None
    has_extras: bool = False


NOT_READ = ManifestEntry(tag=b"", shard=UNREAD)
"""A name that the source lists and nobody read."""


class SideState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A side file with records of its own, as it was last read; its bytes are kept among the shards.

    `digest` is b"" where it never could be read. `problem` is why it can't be read now:
    (ckey, code, reason).
    """

    digest: ShardDigest
    etag: str | None = None
    last_modified: str | None = None
    problem: tuple[str, str, str] | None = None


class ManifestPart(msgspec.Struct, frozen=True, kw_only=True):
    """One partition of a source.

    `files_url` is where files lie, relative to the source's root unless it is absolute.
    `problems` are files whose records could not be used: (ckey, code, reason). `side_files`
    has what is known of those with records of their own, by name.
    """

    form: str
    files_url: str
    etag: str | None = None
    last_modified: str | None = None
    index_digest: str | None = None
    entries: dict[str, ManifestEntry] = {}
    problems: tuple[tuple[str, str, str], ...] = ()
    side_files: dict[str, SideState] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Partition -> package name -> shard; `source_digest` names the source URL it was read from."""

    source_digest: str
    parts: dict[str, ManifestPart] = {}


def source_digest(root: str) -> Sha256:
    """Name a source, its secrets included, without showing it: the same URL gives the same digest."""
    return sha256_of(root.encode())


def content_digest(root: str) -> Sha256:
    """Name what a source has, so that files without digests are the same ones under a new token or password."""
    return sha256_of(without_keys(root).encode())


def encode_manifest(manifest: Manifest) -> bytes:
    """Write a manifest as msgpack, the same bytes for the same content."""
    parts = {
        partition: msgspec.structs.replace(part, entries=in_order(part.entries))
        for partition, part in manifest.parts.items()
    }
    return msgspec.msgpack.encode(msgspec.structs.replace(manifest, parts=parts), order="sorted")


def decode_manifest(data: bytes) -> Manifest:
    """Read what `encode_manifest` wrote."""
    return msgspec.msgpack.decode(data, type=Manifest)
