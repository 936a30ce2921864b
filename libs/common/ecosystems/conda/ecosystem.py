"""conda behind the platform's Protocol: a thin face over the files of this folder."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook
from libs.common.domain.check_rules import check_rules
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import EcosystemWord, Rule
from libs.common.ecosystems.conda.asking import CondaAsking
from libs.common.ecosystems.conda.channeldata import newest_ms, render_channeldata
from libs.common.ecosystems.conda.closing import CondaClosing
from libs.common.ecosystems.conda.decide import CondaDeciding
from libs.common.ecosystems.conda.dialect import CondaDialect
from libs.common.ecosystems.conda.facts import facts
from libs.common.ecosystems.conda.files import artifacts, only, without
from libs.common.ecosystems.conda.merge import merge
from libs.common.ecosystems.conda.metadata import file_metadata, file_type, package_metadata
from libs.common.ecosystems.conda.names import KNOWN_SUBDIRS, NOARCH, is_subdir, parse_filename
from libs.common.ecosystems.conda.notices import NOTICES_PATH, render_notices
from libs.common.ecosystems.conda.read import count_repodata, index_forms, read_repodata
from libs.common.ecosystems.conda.read_package import read_package
from libs.common.ecosystems.conda.read_shards import read_shard, read_shard_index
from libs.common.ecosystems.conda.render_repodata import FILES, SubdirWriter
from libs.common.ecosystems.conda.render_shards import render_shard
from libs.common.ecosystems.conda.route import CHANNELDATA_PATH, route
from libs.common.ecosystems.conda.side_files import read_side_files, side_files
from libs.common.ecosystems.conda.specs import select
from libs.common.ecosystems.protocol import (
    NOTHING_TOLD,
    UNTOLD,
    ArtifactRef,
    Closing,
    Decided,
    Deciding,
    IndexCount,
    IndexForm,
    PackageFacts,
    PackageRead,
    PartitionWriter,
    ReadAt,
    RenderedShard,
    ShardedIndex,
    ShardRef,
    SideFile,
    Sink,
    SourceShard,
    Told,
    WholeIndex,
)
from libs.common.ecosystems.self_contained import SelfContained
from libs.common.ecosystems.served import Served


class CondaEcosystem(CondaAsking, SelfContained):
    """Names, reads, filters and renders conda channels; a partition is a subdir."""

    type = MirrorType.CONDA
    word: EcosystemWord = "conda"
    family = "conda"
    filetypes = ("conda1", "conda")

    def partitions(self, filters: Filters) -> tuple[tuple[str, ...], bool]:
        """Return the chosen subdirs and noarch, or all known ones, which are to be probed.

        Raises:
            InvalidInput: for a text that can't be a subdir.
        """
        if not filters.subdirs:
            return KNOWN_SUBDIRS, False
        for subdir in filters.subdirs:
            if not is_subdir(subdir):
                raise InvalidInput(
                    f"filters.subdirs has {subdir[:80]!r}, which is no subdir; write it as linux-64 or noarch",
                    field="filters.subdirs",
                )
        return tuple(dict.fromkeys((NOARCH, *filters.subdirs))), True

    def known_partitions(self) -> Mapping[str, str]:
        """Return conda's own subdirs."""
        return {subdir: subdir for subdir in KNOWN_SUBDIRS}

    def count_index(
        self,
        data: bytes,
        *,
        form: IndexForm,
        partition: str,
        told: Told = UNTOLD,  # noqa: ARG002 - conda's files tell all of themselves
        limit_bytes: int,
    ) -> IndexCount:
        """Count what an index file has.

        Raises:
            UnreadableIndex: when the file is not what it should be, or too large.
        """
        if form.form == "shards":
            names = frozenset(ref.name for ref in read_shard_index(data, subdir=partition).refs)
            return IndexCount(names=names, is_tagged=True)
        return count_repodata(data, form=form.form, subdir=partition, limit_bytes=limit_bytes)

    def index_forms(self, partition: str) -> tuple[IndexForm, ...]:
        """Return the forms to ask for, best first."""
        return index_forms(partition)

    def side_files(self, partition: str) -> tuple[SideFile, ...]:
        """Return run_exports.json and channeldata.json."""
        return side_files(partition)

    def read_index(
        self,
        data: bytes,
        *,
        form: IndexForm,
        partition: str,
        side_files: Mapping[str, bytes],
        told: Told = UNTOLD,  # noqa: ARG002 - conda's files tell all of themselves
    ) -> WholeIndex | ShardedIndex:
        """Read an index file.

        Raises:
            UnreadableIndex: when the file is not what it should be.
        """
        if form.form == "shards":
            return read_shard_index(data, subdir=partition)
        return read_repodata(data, form=form.form, subdir=partition, side=read_side_files(side_files))

    def read_shard(
        self,
        data: bytes,
        *,
        ref: ShardRef,
        partition: str,
        side_files: Mapping[str, bytes],
        told: Told = UNTOLD,  # noqa: ARG002 - conda's files tell all of themselves
    ) -> SourceShard:
        """Read one shard file of a sharded source.

        Raises:
            UnreadableIndex: when the file is not what it should be.
        """
        return read_shard(data, name=ref.name, subdir=partition, side=read_side_files(side_files))

    def check_rules(self, rules: tuple[Rule, ...]) -> None:
        """Refuse rules that can't be decided by.

        Raises:
            InvalidInput: naming the path of the fault.
        """
        check_rules(rules, dialect=CondaDialect())

    def compile(self, evaluation: Evaluation, *, book: AdvisoryBook | None = None) -> Deciding:
        """Prepare an evaluation for deciding.

        Raises:
            InvalidInput: for what `check_rules` would refuse.
        """
        return CondaDeciding(evaluation, book=book)

    def closing(self, rule: Rule, *, names: Mapping[str, Collection[str]]) -> Closing:
        """Begin the closure of a rule with `include_dependencies`."""
        alone = msgspec.structs.replace(rule, include_dependencies=False)
        return CondaClosing(self.compile(Evaluation(rules=(alone,))), names=names)

    def select(self, spec_texts: Collection[str], payload: bytes, *, partition: str, name: str) -> frozenset[str]:
        """Return the names of a shard's files that one of the specs matches.

        Raises:
            InvalidInput: for a spec that can't be parsed, naming it.
        """
        return select(spec_texts, payload, subdir=partition, name=name)

    def artifacts(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """List the files of a shard, sorted by file name."""
        return artifacts(payload, subdir=partition)

    def facts(self, payload: bytes, *, partition: str, book: AdvisoryBook = EMPTY_BOOK) -> tuple[PackageFacts, ...]:
        """Describe the files of a shard for reports, sorted by file name."""
        return facts(payload, subdir=partition, book=book)

    def without(self, payload: bytes, filenames: frozenset[str]) -> Decided:
        """Drop files from a shard."""
        return without(payload, filenames)

    def takes_file(self, filename: str) -> bool:
        """Tell by its name alone whether a file can be a conda package."""
        return parse_filename(filename) is not None

    def read_package(
        self,
        filename: str,
        size_bytes: int,
        read_at: ReadAt,
        *,
        sha256: Sha256,
        md5: str,
        at: datetime,  # noqa: ARG002 - a record does not say when it came in
        told: Mapping[str, str] = NOTHING_TOLD,
    ) -> PackageRead:
        """Read a package file.

        Raises:
            InvalidInput: in plain words, for what is no such package, or not what its name or what was told says.
        """
        return read_package(filename, size_bytes, read_at, sha256=sha256, md5=md5, told=told)

    def file_type(self, filename: str, *, partition: str) -> str:  # noqa: ARG002 - the name tells
        """Return `conda_package_1` or `conda_package_2`, by its name."""
        return file_type(filename)

    def only(self, payload: bytes, filenames: frozenset[str]) -> bytes | None:
        """Return the shard of just these files, None where none of them is there."""
        return only(payload, filenames)

    def file_metadata(self, payload: bytes, *, partition: str) -> Mapping[str, Mapping[str, object]]:
        """Return about.json, index.json and repodata_record.json of the files of a shard, by file name."""
        return file_metadata(payload, subdir=partition)

    def newest_ms(self, summary: bytes) -> int | None:
        """Return when the newest file of a name was made; None where no record tells."""
        return newest_ms(summary)

    def package_metadata(self, payloads: Mapping[str, bytes]) -> Mapping[str, object]:
        """Return what the wire calls the metadata of a package, of its shards by subdir."""
        return package_metadata(payloads)

    def merge(self, payloads: Sequence[bytes]) -> tuple[bytes, tuple[str, ...]]:
        """Lay shards of one name over each other, first wins; also return file names with unequal digests."""
        return merge(payloads)

    def route(self, path: str, *, is_folder: bool = False) -> Served | None:  # noqa: ARG002
        """Say what a path below a channel asks for."""
        return route(path)

    def render_shard(self, payload: bytes, *, partition: str, name: str) -> RenderedShard:  # noqa: ARG002 - a shard does not tell its subdir
        """Render one merged shard; the same payload gives the same bytes."""
        return render_shard(payload, name=name)

    def partition_files(self, partition: str) -> tuple[str, ...]:
        """Name the files that `write_partition` writes."""
        return tuple(f"{partition}/{file}" for file in FILES)

    def write_partition(self, partition: str, *, sinks: Mapping[str, Sink]) -> PartitionWriter:
        """Begin to render a subdir's files."""
        return SubdirWriter(partition, sinks=sinks)

    def render_channel(self, summaries: Iterable[tuple[str, str, bytes]]) -> Mapping[str, bytes]:
        """Render channeldata.json and notices.json."""
        return {CHANNELDATA_PATH: render_channeldata(summaries), NOTICES_PATH: render_notices()}

    def empty_index(self, path: str) -> bytes | None:
        """Render what a channel without packages serves: every known subdir has its files."""
        subdir, _, _ = path.partition("/")
        if subdir not in KNOWN_SUBDIRS:
            return self.render_channel(()).get(path)
        files = {file: _Bytes() for file in self.partition_files(subdir)}
        written = self.write_partition(subdir, sinks=files).finish()
        return b"".join(files[path].pieces) if path in written else None


class _Bytes:
    """A file in memory."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self.pieces.append(data)
