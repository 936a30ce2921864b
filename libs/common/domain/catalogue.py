"""Catalogues: the kept records of one mirror, by the digests of their shards."""

from datetime import datetime

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.domain.evaluation import Seen
from libs.common.domain.in_order import in_order
from libs.common.domain.manifest import UNREAD, ShardDigest
from libs.common.domain.mirror import MirrorMode, MirrorType


class CatalogueEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One name: the manifest tag it was decided on, and what was kept of it.

    `shard` is None where nothing was kept, `UNREAD` where the rules let in a name that nobody
    read: that is done when a client asks. `excluded` is keyed `scope.reason`; a name that was
    left out unread counts as one. `missing` counts kept files that an active mirror could not
    store; such an entry is decided and fetched again in the next run. `retained` counts files
    that the source removed and the mirror keeps, or replaced while no run has completed since;
    `seen` says when these came, which no manifest tells any more.
    """

    tag: bytes
    shard: ShardDigest | None
    files: int
    size_bytes: int
    excluded: dict[str, int] = {}
    missing: int = 0
    retained: int = 0
    seen: Seen | None = None


class CataloguePart(msgspec.Struct, frozen=True, kw_only=True):
    """One partition; `files_url` as in the manifest."""

    files_url: str
    entries: dict[str, CatalogueEntry] = {}


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a mirror brings into its channel; `rules` is the digest of the evaluation that chose it."""

    mirror_id: str
    type: MirrorType
    mode: MirrorMode
    rules: Sha256
    parts: dict[str, CataloguePart] = {}


class HeadCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalogue holds and what its rules left out; `excluded` is keyed `scope.reason`.

    `unread` counts names that nobody read, whose files are in none of the other counts.
    """

    files: int = 0
    size_bytes: int = 0
    unread: int = 0
    excluded: dict[str, int] = {}


class DecidedAgain(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision without a run changed, and why; `added` and `removed` count files."""

    at: datetime
    catalogue: Sha256
    cause: str
    files: int
    added: int
    removed: int
    wants_run: bool = False


class CatalogueHead(msgspec.Struct, frozen=True, kw_only=True):
    """The mirror's current catalogue: which blob holds it, and the run that made it.

    `evaluation` is what it was decided by, and `asked` names that without its closures;
    where the mirror's is another now, the catalogue is decided anew from the manifest.
    `decided_at` is set where that was done after the run; `wants_run` says that an active
    mirror has newly allowed files to fetch, or that more of the source must be read. `unsaid`
    is what was decided anew and not said yet: it is stored in the write that moves the head,
    and goes once it was said.
    """

    mirror_id: str
    channel_id: str
    catalogue: Sha256
    manifest: Sha256
    run_id: str
    run_number: int
    evaluation: Sha256 | None = None
    asked: Sha256 | None = None
    counts: HeadCounts | None = None
    decided_at: datetime | None = None
    wants_run: bool = False
    unsaid: DecidedAgain | None = None


def encode_catalogue(catalogue: Catalogue) -> bytes:
    """Write a catalogue as msgpack, the same bytes for the same content."""
    parts = {
        partition: msgspec.structs.replace(part, entries=in_order(part.entries))
        for partition, part in catalogue.parts.items()
    }
    return msgspec.msgpack.encode(msgspec.structs.replace(catalogue, parts=parts), order="sorted")


def decode_catalogue(data: bytes) -> Catalogue:
    """Read what `encode_catalogue` wrote."""
    return msgspec.msgpack.decode(data, type=Catalogue)


def counts_of(catalogue: Catalogue) -> HeadCounts:
    """Add up what a catalogue lists, and what its rules left out."""
    files = size_bytes = unread = 0
    excluded: dict[str, int] = {}
    for part in catalogue.parts.values():
        for entry in part.entries.values():
            files += entry.files
            size_bytes += entry.size_bytes
            unread += entry.shard == UNREAD
            for reason, count in entry.excluded.items():
                excluded[reason] = excluded.get(reason, 0) + count
    return HeadCounts(files=files, size_bytes=size_bytes, unread=unread, excluded=excluded)
