"""What a path below a channel stands for."""

import msgspec

from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import IndexFile, RevisionMirror
from libs.common.ecosystems.protocol import ArtifactRef


class StoredIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index file of the current revision; `is_negotiated` as in `Page`."""

    path: str
    file: IndexFile
    content_type: str | None = None
    is_negotiated: bool = False


class EmptyIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The index file of a partition without packages; `is_negotiated` as in `Page`."""

    path: str
    data: bytes
    sha256: str
    content_type: str | None = None
    is_negotiated: bool = False


class RenderedShard(msgspec.Struct, frozen=True, kw_only=True):
    """A shard's bytes."""

    sha256: str
    data: bytes


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What was rendered on request; `is_negotiated` says that the client's Accept chose it."""

    sha256: str
    data: bytes
    content_type: str
    is_negotiated: bool = False


class PackageFile(msgspec.Struct, frozen=True, kw_only=True):
    """A package: its record, the mirror that brought it, and where that mirror's files lie.

    `looked_into` is the ecosystem that takes a companion out of it, None where the source serves that.
    """

    artifact: ArtifactRef
    mirror: RevisionMirror
    files_url: str
    looked_into: MirrorType | None = None


class CompanionFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that belongs to a package, and is stored and fetched as one."""

    file: PackageFile
    content_type: str


class ExtractedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that stands in a package."""

    data: bytes
    sha256: str
    content_type: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Another address, relative to the one that was asked for."""

    location: str


Located = StoredIndex | EmptyIndex | RenderedShard | Page | PackageFile | CompanionFile | ExtractedFile | Moved
