"""R behind the platform's Protocol: a thin face over the files of this folder."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook
from libs.common.domain.check_rules import check_rules
from libs.common.domain.digest import Sha256
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import EcosystemWord, Rule
from libs.common.ecosystems import table_shards
from libs.common.ecosystems.cran.archive import (
    ARCHIVE,
    ARCHIVE_CKEY,
    ARCHIVE_PATH,
    NO_ARCHIVE,
    check_archive,
    read_archive,
)
from libs.common.ecosystems.cran.asking import CranAsking
from libs.common.ecosystems.cran.dialect import CranDialect
from libs.common.ecosystems.cran.facts import facts
from libs.common.ecosystems.cran.file_view import read_files
from libs.common.ecosystems.cran.files import artifacts, look
from libs.common.ecosystems.cran.metadata import FILE_TYPES, file_metadata, file_type, package_metadata
from libs.common.ecosystems.cran.needs import CranNeeding
from libs.common.ecosystems.cran.partitions import BINARIES_IN_USE, SOURCE, named_partition
from libs.common.ecosystems.cran.read_package import read_package, takes_file
from libs.common.ecosystems.cran.read_packages import count_packages, index_forms, read_packages
from libs.common.ecosystems.cran.render import ContribWriter, empty_index, index_files
from libs.common.ecosystems.cran.route import route
from libs.common.ecosystems.cran.specs import specs_of
from libs.common.ecosystems.decide_tables import Grammar, TablesDeciding
from libs.common.ecosystems.file_tables import totals_of
from libs.common.ecosystems.grow_closure import GrowingClosure
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
    SideFile,
    Sink,
    Told,
    WholeIndex,
)
from libs.common.ecosystems.self_contained import SelfContained
from libs.common.ecosystems.served import Served

_GRAMMAR = Grammar(dialect=CranDialect(), advisories="cran", files=read_files, folded=str.lower)


class CranEcosystem(CranAsking, SelfContained):
    """Names, reads, filters and renders repositories of R packages.

    A partition is a contrib folder, a shard all files of one package in it, the old versions of its
    Archive among those of `src/contrib`. Of these nothing but name, version, size and date is known:
    no license, which to a rule is `none`, and no release of R, so that no range of a rule has it.
    """

    type = MirrorType.CRAN
    word: EcosystemWord = "r"
    family = "cran"
    filetypes = FILE_TYPES

    def partitions(self, filters: Filters) -> tuple[tuple[str, ...], bool]:
        """Return `src/contrib` and the folders of binaries that are chosen.

        Raises:
            InvalidInput: for a text that can't be such a folder.
        """
        chosen = (named_partition(text, field="filters.subdirs") for text in filters.subdirs)
        return tuple(dict.fromkeys((SOURCE, *chosen))), True

    def known_partitions(self) -> Mapping[str, str]:
        """Return the sources, and the binaries of the releases of R that are still in use."""
        return {SOURCE: SOURCE} | {word: named_partition(word, field="filters.subdirs") for word in BINARIES_IN_USE}

    def count_index(
        self,
        data: bytes,
        *,
        form: IndexForm,
        partition: str,
        told: Told = UNTOLD,  # noqa: ARG002 - R's files tell all of themselves
        limit_bytes: int,
    ) -> IndexCount:
        """Count the packages of an index file.

        Raises:
            UnreadableIndex: when the file is not what it should be, or too large.
        """
        return count_packages(data, form=form.form, partition=partition, limit_bytes=limit_bytes)

    def index_forms(self, partition: str) -> tuple[IndexForm, ...]:
        """Return the forms to ask for, best first."""
        return index_forms(partition)

    def side_files(self, partition: str) -> tuple[SideFile, ...]:
        """Return the list of the Archive, which is of sources."""
        archive = SideFile(name=ARCHIVE, paths=(ARCHIVE_PATH,), check=check_archive, ckey=ARCHIVE_CKEY)
        return (archive,) if partition == SOURCE else ()

    def read_index(
        self, data: bytes, *, form: IndexForm, partition: str, side_files: Mapping[str, bytes], told: Told = UNTOLD
    ) -> WholeIndex:
        """Read an index file.

        Raises:
            UnreadableIndex: when the file is not what it should be.
        """
        archive = read_archive(side_files[ARCHIVE]) if ARCHIVE in side_files else NO_ARCHIVE
        return read_packages(data, form=form.form, partition=partition, archive=archive, source=told.source)

    def check_rules(self, rules: tuple[Rule, ...]) -> None:
        """Refuse rules that can't be decided by.

        Raises:
            InvalidInput: naming the path of the fault.
        """
        check_rules(rules, dialect=_GRAMMAR.dialect)

    def compile(self, evaluation: Evaluation, *, book: AdvisoryBook | None = None) -> Deciding:
        """Prepare an evaluation for deciding.

        Raises:
            InvalidInput: for what `check_rules` would refuse.
        """
        return TablesDeciding(evaluation, book=book, grammar=_GRAMMAR)

    def closing(self, rule: Rule, *, names: Mapping[str, Collection[str]]) -> Closing:
        """Begin the closure of a rule with `include_dependencies`; a rule of other ecosystems has none."""
        alone = msgspec.structs.replace(rule, include_dependencies=False)
        own = names if rule.ecosystems is None or self.word in rule.ecosystems else {}
        return GrowingClosure(self.compile(Evaluation(rules=(alone,))), names=own, needing=CranNeeding(own))

    def select(self, spec_texts: Collection[str], payload: bytes, *, partition: str, name: str) -> frozenset[str]:
        """Return the names of a shard's files that one of the specs matches.

        Raises:
            InvalidInput: for a spec that can't be parsed, naming it.
        """
        tests = specs_of(spec_texts, name=name)
        files = read_files(payload, partition=partition, book=EMPTY_BOOK) if tests else ()
        return frozenset(file.filename for file in files if any(test is None or test(file.version) for test in tests))

    def facts(self, payload: bytes, *, partition: str, book: AdvisoryBook = EMPTY_BOOK) -> tuple[PackageFacts, ...]:
        """Describe the files of a shard for reports, sorted by file name."""
        return facts(payload, partition=partition, book=book)

    def artifacts(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """List the files of a shard, sorted by file name."""
        return artifacts(payload, partition=partition)

    def without(self, payload: bytes, filenames: frozenset[str]) -> Decided:
        """Drop files from a shard."""
        return table_shards.without(payload, filenames, look=look)

    def takes_file(self, filename: str) -> bool:
        """Tell by its name alone whether a file can be an R package."""
        return takes_file(filename)

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
        """Read a package of source or binary; `told` may have its `platform` and `r_version`.

        Raises:
            InvalidInput: in plain words, for what is no such package, or not what its name or what was told says.
        """
        return read_package(filename, size_bytes, read_at, sha256=sha256, md5=md5, at=at, told=told)

    def file_type(self, filename: str, *, partition: str) -> str:  # noqa: ARG002 - a folder has one kind
        """Return `cran_source_package` or `cran_binary_package`, by the folder."""
        return file_type(partition)

    def only(self, payload: bytes, filenames: frozenset[str]) -> bytes | None:
        """Return the shard of just these files, None where none of them is there."""
        return table_shards.only(payload, filenames, look=look)

    def file_metadata(self, payload: bytes, *, partition: str) -> Mapping[str, Mapping[str, object]]:  # noqa: ARG002 - records don't say it
        """Return the records of the files of a shard, by file name."""
        return file_metadata(payload)

    def newest_ms(self, summary: bytes) -> int | None:  # noqa: ARG002 - there are none
        """Return None: there are no summaries."""
        return None

    def package_metadata(self, payloads: Mapping[str, bytes]) -> Mapping[str, object]:
        """Return what the wire calls the metadata of a package, of its shards by folder."""
        return package_metadata(payloads)

    def merge(self, payloads: Sequence[bytes]) -> tuple[bytes, tuple[str, ...]]:
        """Lay shards of one name over each other, first wins; also return file names with unequal digests."""
        return table_shards.merge(payloads, look=look)

    def route(self, path: str, *, is_folder: bool = False) -> Served | None:  # noqa: ARG002 - no folder of R is served
        """Say what a path below a channel asks for."""
        return route(path)

    def render_shard(self, payload: bytes, *, partition: str, name: str) -> RenderedShard:  # noqa: ARG002 - counting asks for neither
        """Render nothing: R has no file of a single name."""
        files, size_bytes = totals_of(payload)
        return RenderedShard(data=None, summary=b"", files=files, size_bytes=size_bytes)

    def partition_files(self, partition: str) -> tuple[str, ...]:
        """Name the files that `write_partition` writes."""
        return index_files(partition)

    def write_partition(self, partition: str, *, sinks: Mapping[str, Sink]) -> PartitionWriter:
        """Begin to render a contrib folder's files."""
        return ContribWriter(partition, sinks=sinks)

    def render_channel(self, summaries: Iterable[tuple[str, str, bytes]]) -> Mapping[str, bytes]:  # noqa: ARG002 - as below
        """Render nothing: all that R reads is of one folder."""
        return {}

    def empty_index(self, path: str) -> bytes | None:
        """Render what a channel without packages serves: every folder that R asks for has its files."""
        return empty_index(path)
