"""The one Protocol behind which conda, Python and R stand.

Everything here is pure: bytes and values in, values out. The services do the asking and
storing. An ecosystem's partition is a conda subdir, a Python index, or a CRAN contrib
folder; its shard is all records of one package name in one partition.

A shard payload is opaque to everyone else: bytes that the ecosystem wrote, the same
bytes for the same content, lossless for keys that it does not know.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook, Finding
from libs.common.domain.digest import Digest, Expected, Sha256
from libs.common.domain.evaluation import Closure, Evaluation, FileDecision, Seen
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import EcosystemWord, Rule
from libs.common.domain.run import FileFailure
from libs.common.ecosystems.asking import Needed, Target, Walking, Wanted
from libs.common.ecosystems.served import PagePath, Served


class IndexForm(msgspec.Struct, frozen=True, kw_only=True):
    """One form in which a source may offer a partition's index; `path` is below the source's root.

    `accept` is the Accept header to ask with, where the source chooses by it.
    """

    form: str
    path: str
    accept: str | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a source's file besides its bytes.

    `moved_to` is the URL that it was redirected to, without secrets; None where it came from
    where it was asked for. `source` names the source without showing it.
    """

    content_type: str | None = None
    moved_to: str | None = None
    source: str = ""


UNTOLD = Told()


class SideFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that enriches an index and is only asked for when the index changed; best path first.

    One that has records of its own changes without the index: it is asked for in every run, and
    what was read of it stays while it can't be read. It has a `check`, which raises UnreadableIndex
    for bytes that are not what they should be, and a `ckey`, which names it where that is said.
    """

    name: str
    paths: tuple[str, ...]
    check: Callable[[bytes], None] | None = None
    ckey: str = ""


class SourceShard(msgspec.Struct, frozen=True, kw_only=True):
    """All usable records of one name, and the records that can't be used."""

    name: str
    payload: bytes
    problems: tuple[FileFailure, ...] = ()


class ShardRef(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sharded source keeps one name's shard.

    `tag` changes when the shard does, None where the index does not tell: such a shard is asked
    for with the validators of the last time. `url` is relative to the index file's URL or
    absolute; `expected` is what the bytes must be, None where the source does not say.
    `accept` as in `IndexForm`.
    """

    name: str
    tag: bytes | None
    url: str
    expected: Expected | None = None
    accept: str | None = None


class WholeIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index file that holds all records; shards come out one at a time."""

    files_url: str
    shards: Iterator[SourceShard]


class ShardedIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index file that only names the shards."""

    files_url: str
    refs: tuple[ShardRef, ...]


class IndexCount(msgspec.Struct, frozen=True, kw_only=True):
    """What an index has, as far as it tells without its records being read.

    `names` are package names, `files` counts package files, None where it names none. `is_tagged` says
    that it tells of each name whether it changed, `is_json` that it is JSON where it could be HTML.
    """

    names: frozenset[str]
    files: int | None = None
    is_tagged: bool = False
    is_json: bool = False


class ArtifactRef(msgspec.Struct, frozen=True, kw_only=True):
    """One package file as its record describes it.

    `url` is relative to the partition's `files_url`, or absolute where the record says so.
    """

    ckey: str
    filename: str
    url: str
    expected: Expected


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules kept of a shard; `payload` is None where nothing was kept.

    `excluded` counts files by `scope.reason`, for example `mirror_filtered.license`.
    """

    payload: bytes | None
    files: int
    size_bytes: int
    excluded: Mapping[str, int]


class Sifted(msgspec.Struct, frozen=True, kw_only=True):
    """The kept files of a shard with their sizes, by file name; `excluded` as in `Decided`."""

    kept: Mapping[str, int]
    excluded: Mapping[str, int]


class RenderedShard(msgspec.Struct, frozen=True, kw_only=True):
    """One name as clients read it.

    `data` is what a client fetches for it alone, None where the ecosystem has no such
    file. `summary` is what the partition's and channel's own files say of it.
    """

    data: bytes | None
    summary: bytes
    files: int
    size_bytes: int


class Sink(Protocol):
    """Somewhere to write a rendered file to, piece by piece."""

    def write(self, data: bytes, /) -> object:
        """Take the next piece."""


class PartitionWriter(Protocol):
    """Renders the files of one partition in one pass over its names, in sorted order."""

    def add(self, name: str, payload: bytes, *, rendered_sha256: bytes | None) -> None:
        """Take the next name's merged shard payload."""

    def finish(self) -> frozenset[str]:
        """Write what is left; return the paths of the files that exist, for some depend on what the source has."""


class Glance(StrEnum):
    """What a package's name alone says of its files."""

    KEEP = "keep"
    DROP = "drop"
    LOOK = "look"


class Glanced(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a shard must be looked into; `reason` (`scope.reason`) where all of it is dropped."""

    verdict: Glance
    reason: str | None = None


class PackageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One file as reports show it.

    `depends` are the ecosystem's own dependency texts. `families` are license families
    (libs/common/ecosystems/licenses). `created_ms` is since 1970 UTC. `purl` is a Package URL.
    `findings` are its vulnerabilities.
    """

    ckey: str
    filename: str
    name: str
    version: str
    build: str | None = None
    size_bytes: int | None = None
    digest: str | None = None
    license: str | None = None
    families: tuple[str, ...] = ()
    created_ms: int | None = None
    depends: tuple[str, ...] = ()
    purl: str | None = None
    findings: tuple[Finding, ...] = ()


class Closing(Protocol):
    """Grows the closure of one rule's packages, a wave of names at a time."""

    def wanted(self) -> frozenset[str]:
        """Return the names whose shards are wanted next; none when the closure is whole."""

    def add(self, name: str, payloads: Mapping[str, bytes]) -> None:
        """Take the shards of a wanted name, by partition; none where the source has no such name."""

    def closure(self) -> Closure:
        """Return what was reached, the packages of the rule included."""

    def missing(self) -> Mapping[str, tuple[str, ...]]:
        """Return names that are needed and that the source does not have, with who needs them (`name version`)."""


class Deciding(Protocol):
    """An evaluation that is compiled for one ecosystem.

    `seen` says when the files of the name were first read; where a rule asks for that and
    it is None, the day is not known, and a rule on it does not match.
    """

    def glance(self, name: str, *, partition: str) -> Glanced:
        """Say what the name alone decides: `KEEP` and `DROP` hold for all of its files."""

    def decide(self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None) -> Decided:
        """Apply the rules to one shard; `payload` comes back unchanged where all is kept."""

    def explain(
        self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None
    ) -> tuple[FileDecision, ...]:
        """Say of every file of a shard whether it is kept, and which rule said so; sorted by file name."""


class ReadAt(Protocol):
    """A stored file, read in parts."""

    def __call__(self, offset: int, size_bytes: int, /) -> bytes:
        """Return up to `size_bytes`; b"" at the end."""


class PackageRead(msgspec.Struct, frozen=True, kw_only=True):
    """A package file that somebody brought, as its own bytes tell.

    `payload` is the shard of this file alone, the one that a mirror would store of a source with just this
    file. `name` is the one that its shard is filed under. `file_type` and `metadata` are the words of the wire.
    `companion` is what `extract` would take out of the file, where that is served beside it.
    """

    partition: str
    name: str
    version: str
    filename: str
    ckey: str
    payload: bytes
    file_type: str
    metadata: Mapping[str, object]
    companion: bytes | None = None


NOTHING_TOLD: Mapping[str, str] = {}


class UploadedEcosystem(Protocol):
    """What taking in files, and listing what a channel has, asks of an ecosystem.

    `family` is the wire's word for its packages.
    """

    family: str

    @property
    def filetypes(self) -> Collection[str]:
        """What an upload may say that its file is."""

    def takes_file(self, filename: str) -> bool:
        """Tell by its name alone whether a file can be a package of this ecosystem."""

    def read_package(
        self,
        filename: str,
        size_bytes: int,
        read_at: ReadAt,
        *,
        sha256: Sha256,
        md5: str,
        at: datetime,
        told: Mapping[str, str] = NOTHING_TOLD,
    ) -> PackageRead:
        """Read a package file, whose digests the caller has made of all its bytes.

        `at` is when it came in; `told` are the form fields that came with it. It blocks while it reads;
        what `read_at` raises is raised.

        Raises:
            InvalidInput: in plain words, for what is no such package, is not what its name or what was
                told says, or is beyond limits; `field` is `content`, or the field that was told.
        """

    def file_type(self, filename: str, *, partition: str) -> str:
        """Return the wire's word for what kind of file this is."""

    def only(self, payload: bytes, filenames: frozenset[str]) -> bytes | None:
        """Return the shard of just these files, None where none of them is there; `without` turned round."""

    def file_metadata(self, payload: bytes, *, partition: str) -> Mapping[str, Mapping[str, object]]:
        """Return what the wire calls the metadata of the files of any shard, by file name."""

    def package_metadata(self, payloads: Mapping[str, bytes]) -> Mapping[str, object]:
        """Return what the wire calls the metadata of a package, of its shards by partition."""

    def newest_ms(self, summary: bytes) -> int | None:
        """Return when the newest file of a name was made, since 1970, as `RenderedShard.summary` tells.

        None where summaries do not tell it.
        """


class DecidingEcosystem(Protocol):
    """What deciding asks of an ecosystem: all that rules, closures and reports take."""

    type: MirrorType
    word: EcosystemWord

    def check_rules(self, rules: tuple[Rule, ...]) -> None:
        """Refuse rules that this ecosystem can't decide by.

        Raises:
            InvalidInput: naming the path of the fault, for example `rules[3].where.spec[0]`.
        """

    def compile(self, evaluation: Evaluation, *, book: AdvisoryBook | None = None) -> Deciding:
        """Prepare an evaluation for deciding; `book` has the advisories that it names, None where it names none.

        Raises:
            InvalidInput: for what `check_rules` would refuse.
        """

    def closing(self, rule: Rule, *, names: Mapping[str, Collection[str]]) -> Closing:
        """Begin the closure of a rule with `include_dependencies`; `names` are all of the source, by partition."""

    def select(self, spec_texts: Collection[str], payload: bytes, *, partition: str, name: str) -> frozenset[str]:
        """Return the names of a shard's files that one of the specs matches.

        Raises:
            InvalidInput: for a spec that can't be parsed, naming it.
        """

    def facts(self, payload: bytes, *, partition: str, book: AdvisoryBook = EMPTY_BOOK) -> tuple[PackageFacts, ...]:
        """Describe the files of a shard for reports, sorted by file name, with what the book says of them."""


class AskedEcosystem(Protocol):
    """What people's questions and reports ask of an ecosystem."""

    def read_wanted(self, text: str) -> Wanted:
        """Read what a person asks about: a name, a spec, or the name of a file with or without its path.

        Raises:
            InvalidInput: when it names no package, or can't be parsed.
        """

    def each_of(self, spec: str, names: Collection[str]) -> Mapping[str, str]:
        """Return the names that a spec fits, with a spec of each that has no pattern.

        Of a pattern those of `names`; else its own, whether it is among them or not.
        """

    def targets(
        self, partitions: Collection[str], *, rules: Sequence[Rule], platforms: Sequence[str], pythons: Sequence[str]
    ) -> tuple[Target, ...]:
        """Return where packages of these partitions would be installed; at least one.

        By what was chosen, else as the rules say, else by what the partitions are for.

        Raises:
            InvalidInput: for a platform or Python that there can't be, naming it (`platforms[0]`).
        """

    def target_of(self, partition: str, targets: Sequence[Target]) -> Target:
        """Return the one of some targets that a partition's files are looked at for."""

    def needs(self, payload: bytes, *, partition: str, target: Target) -> Mapping[str, tuple[Needed, ...]]:
        """Return what the files of a shard need at a target, by file name; what no channel has is left out."""

    def remarks(self, payload: bytes, *, partition: str) -> Mapping[str, str]:
        """Return what a person should know of some files of a shard besides, in words: who withdrew them, and why."""

    def version_of(self, filename: str, *, name: str) -> str | None:
        """Return the version that stands in the name of a package file; None where it can't be read."""

    def newest_first(self, versions: Collection[str]) -> Sequence[str]:
        """Sort versions."""

    def closing_at(self, rule: Rule, *, names: Mapping[str, Collection[str]], target: Target) -> Closing:
        """Begin the closure of a rule at one target; `names` are those of the target's partitions."""

    @property
    def is_solved(self) -> bool:
        """Whether a real solver tells what can be installed; else `walk` does."""

    def walk(self, specs: Sequence[str], *, names: Mapping[str, Collection[str]], target: Target) -> Walking | None:
        """Begin to walk from some specs; None where a real solver tells more."""


class ServingEcosystem(Protocol):
    """What serving asks of an ecosystem: what a path means, which files a shard has, what an empty index is."""

    type: MirrorType

    def route(self, path: str, *, is_folder: bool = False) -> Served | None:
        """Say what a path below a channel asks for; None where it can't be anything of this ecosystem.

        `path` has no slash at its end; `is_folder` says that there was one.
        """

    def artifacts(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """List the files of a shard, sorted by file name."""

    def companions(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """List the files that belong to files of a shard and are served beside them, sorted by file name."""

    def is_withdrawn(self, payload: bytes) -> bool:
        """Tell whether the source says that no file of a shard may be offered now, whatever files are kept in it."""

    def merge(self, payloads: Sequence[bytes]) -> tuple[bytes, tuple[str, ...]]:
        """Lay shards of one name over each other, first wins; also return file names with unequal digests."""

    def needs_extraction(self, payload: bytes, *, partition: str) -> Mapping[str, Digest]:
        """Name the files of a shard that have a companion in themselves which the source does not serve.

        With their digests, by file name.
        """

    def extract(self, filename: str, size_bytes: int, read_at: ReadAt) -> bytes | None:
        """Take that companion out of a stored file; None where it has none that can be read."""

    def inner_name(self, filename: str) -> str:
        """Name the companion that may stand in a package file, be it served beside it or not."""

    def page_needs(self, page: PagePath, payload: bytes) -> tuple[str, ...]:
        """Name the package files whose companions `render_page` wants to read."""

    def render_page(
        self, page: PagePath, payload: bytes, *, extracted: Mapping[str, Sha256], texts: Mapping[str, bytes]
    ) -> bytes | None:
        """Render a page from the merged shard of its name; None where there is no such page.

        `extracted` has, by package file, the sha256 of what was taken out of it; `texts` has, by
        package file, what `page_needs` asked for, as far as it could be had.
        """

    def empty_index(self, path: str) -> bytes | None:
        """Render the index file that a channel without packages serves at `path`; None where there is none."""


class TriedEcosystem(Protocol):
    """What a look at a source asks of an ecosystem, before there is a mirror of it."""

    def known_partitions(self) -> Mapping[str, str]:
        """Return the partitions that a source may have, by the words that `filters.subdirs` has for them."""

    def count_index(
        self, data: bytes, *, form: IndexForm, partition: str, told: Told = UNTOLD, limit_bytes: int
    ) -> IndexCount:
        """Count what an index file has; cheaper than to read it. `limit_bytes` bounds it once it is unpacked.

        Raises:
            UnreadableIndex: when the file is not what it should be, or too large.
        """


class ReadingEcosystem(Protocol):
    """What reading one name asks of an ecosystem, in a run or when a client asks."""

    def named_shards(self, partition: str, filters: Filters, *, source_root: str) -> tuple[ShardRef, ...] | None:
        """Return the shards of a partition where the filters alone name them, so that no index is read; else None."""

    def read_shard(
        self,
        data: bytes,
        *,
        ref: ShardRef,
        partition: str,
        side_files: Mapping[str, bytes],
        told: Told = UNTOLD,
    ) -> SourceShard:
        """Read one shard file of a sharded source.

        Raises:
            UnreadableIndex: when the file is not what it should be.
        """

    def extras(self, payload: bytes, *, partition: str, rules: tuple[Rule, ...]) -> tuple[ArtifactRef, ...]:
        """Name what must be read besides a shard before these rules can decide on it.

        Companions, and package files of `needs_extraction`, of which `extract` is what is read.
        """

    def with_extras(self, payload: bytes, texts: Mapping[str, bytes]) -> bytes:
        """Add what was read of them, by the file name of the companion or package file."""


class Ecosystem(
    DecidingEcosystem,
    AskedEcosystem,
    ServingEcosystem,
    TriedEcosystem,
    ReadingEcosystem,
    UploadedEcosystem,
    Protocol,
):
    """What the platform asks of an ecosystem that it mirrors.

    Verbs of reading: `partitions`, `index_forms`, `side_files`, `read_index`; of shards: `carry`, `without`.
    Those of reading one name, of deciding, asking, serving and taking in files are its bases'.
    Verbs of rendering: `render_shard`, `partition_files`, `write_partition`, `render_channel`.
    `has_pages` says that its sources have a page for each name: a name's shard may be left unread
    until somebody asks for it, and read alone (`named_shards`), and rules may ask for `extras` of it.
    """

    has_pages: bool

    def partitions(self, filters: Filters) -> tuple[tuple[str, ...], bool]:
        """Return the partitions to read, and whether they were chosen (True) or are to be probed (False)."""

    def index_forms(self, partition: str) -> tuple[IndexForm, ...]:
        """Return the forms to ask for, best first."""

    def side_files(self, partition: str) -> tuple[SideFile, ...]:
        """Return the files that enrich this partition's index."""

    def read_index(
        self, data: bytes, *, form: IndexForm, partition: str, side_files: Mapping[str, bytes], told: Told = UNTOLD
    ) -> WholeIndex | ShardedIndex:
        """Read an index file; `side_files` has the bytes of those that the source offers, decompressed or not.

        Raises:
            UnreadableIndex: when the file is not what it should be.
        """

    def carry(self, payload: bytes, previous: bytes) -> bytes:
        """Take over what `with_extras` added to the last shard of the name, for files that are as they were."""

    def without(self, payload: bytes, filenames: frozenset[str]) -> Decided:
        """Drop files from a shard; of a companion only what the record tells of it."""

    def render_shard(self, payload: bytes, *, partition: str, name: str) -> RenderedShard:
        """Render one merged shard; the same payload gives the same bytes."""

    def partition_files(self, partition: str) -> tuple[str, ...]:
        """Name the files that `write_partition` writes, as paths below the channel."""

    def write_partition(self, partition: str, *, sinks: Mapping[str, Sink]) -> PartitionWriter:
        """Begin to render a partition's files; `sinks` has one per path of `partition_files`."""

    def render_channel(self, summaries: Iterable[tuple[str, str, bytes]]) -> Mapping[str, bytes]:
        """Render the channel-wide files from (partition, name, summary); path below the channel -> bytes."""
