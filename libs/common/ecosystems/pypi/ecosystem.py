"""Python behind the platform's Protocol: a thin face over the files of this folder."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook
from libs.common.domain.check_rules import check_rules
from libs.common.domain.digest import Digest, Sha256
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import EcosystemWord, Rule
from libs.common.ecosystems.decide_tables import Grammar, TablesDeciding
from libs.common.ecosystems.file_tables import ABOUT, decode_tables, totals_of
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
    ShardedIndex,
    ShardRef,
    SideFile,
    Sink,
    SourceShard,
    Told,
)
from libs.common.ecosystems.pypi.asking import PythonAsking
from libs.common.ecosystems.pypi.companions import METADATA_ENDING, companions, needs_extraction, without
from libs.common.ecosystems.pypi.dialect import PythonDialect
from libs.common.ecosystems.pypi.environments import environments_of
from libs.common.ecosystems.pypi.extras import carry, extras, with_extras
from libs.common.ecosystems.pypi.facts import facts
from libs.common.ecosystems.pypi.file_view import read_files
from libs.common.ecosystems.pypi.json_api import described_file, render_api
from libs.common.ecosystems.pypi.metadata import FILE_TYPES, file_metadata, file_type, project_metadata
from libs.common.ecosystems.pypi.needs import PythonNeeding
from libs.common.ecosystems.pypi.read_list import INDEX_FORMS, count_list, named_projects, read_list
from libs.common.ecosystems.pypi.read_package import read_package, takes_file
from libs.common.ecosystems.pypi.read_page import read_page
from libs.common.ecosystems.pypi.records import PARTITION, QUARANTINED, decode_about
from libs.common.ecosystems.pypi.render_list import HTML_PATH, JSON_PATH, ListWriter, empty_list
from libs.common.ecosystems.pypi.render_page import render_html, render_json
from libs.common.ecosystems.pypi.route import API_PAGE, JSON_PAGE, route
from libs.common.ecosystems.pypi.shard_files import artifacts, look
from libs.common.ecosystems.pypi.specs import specs_of
from libs.common.ecosystems.pypi.wheel_metadata import extract_metadata
from libs.common.ecosystems.served import PagePath, Served
from libs.common.ecosystems.table_shards import merge, only

# ruff: noqa: ARG002 - there is one partition, and nothing beside the index

_GRAMMAR = Grammar(dialect=PythonDialect(), advisories="python", files=read_files)


class PythonEcosystem(PythonAsking):
    """Names, reads, filters and renders simple indexes; a partition is an index, a shard all files of one project."""

    type = MirrorType.PYTHON_SIMPLE
    word: EcosystemWord = "python"
    family = "python"
    filetypes = FILE_TYPES
    has_pages = True

    def partitions(self, filters: Filters) -> tuple[tuple[str, ...], bool]:
        """Return the one that there is."""
        return (PARTITION,), True

    def known_partitions(self) -> Mapping[str, str]:
        """Return the one that there is; filters have no word for it."""
        return {PARTITION: PARTITION}

    def count_index(
        self, data: bytes, *, form: IndexForm, partition: str, told: Told = UNTOLD, limit_bytes: int
    ) -> IndexCount:
        """Count the projects of the list.

        Raises:
            UnreadableIndex: when it is not what it should be.
        """
        return count_list(data, form=form, told=told)

    def named_shards(self, partition: str, filters: Filters, *, source_root: str) -> tuple[ShardRef, ...] | None:
        """Return the pages of the projects that the filters name, where all are names in full."""
        return named_projects(filters, source_root=source_root)

    def index_forms(self, partition: str) -> tuple[IndexForm, ...]:
        """Return the forms to ask for, best first."""
        return INDEX_FORMS

    def side_files(self, partition: str) -> tuple[SideFile, ...]:
        """Return none."""
        return ()

    def read_index(
        self, data: bytes, *, form: IndexForm, partition: str, side_files: Mapping[str, bytes], told: Told = UNTOLD
    ) -> ShardedIndex:
        """Read the list of projects.

        Raises:
            UnreadableIndex: when it is not what it should be.
        """
        return read_list(data, form=form, told=told)

    def read_shard(
        self,
        data: bytes,
        *,
        ref: ShardRef,
        partition: str,
        side_files: Mapping[str, bytes],
        told: Told = UNTOLD,
    ) -> SourceShard:
        """Read a project's page.

        Raises:
            UnreadableIndex: when it is not what it should be.
        """
        return read_page(data, name=ref.name, tag=ref.tag, told=told)

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
        """Begin the closure of a rule with `include_dependencies`, for the environments that it chooses.

        A rule of other ecosystems has none.
        """
        alone = msgspec.structs.replace(rule, include_dependencies=False)
        own = names if rule.ecosystems is None or self.word in rule.ecosystems else {}
        needing = PythonNeeding(environments_of(rule.where))
        return GrowingClosure(self.compile(Evaluation(rules=(alone,))), names=own, needing=needing)

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
        return artifacts(payload)

    def companions(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """List core metadata, provenance and signatures that the source serves, sorted by file name."""
        return companions(payload)

    def carry(self, payload: bytes, previous: bytes) -> bytes:
        """Take over the core metadata that were read for the last shard, of files that are as they were."""
        return carry(payload, previous)

    def extras(self, payload: bytes, *, partition: str, rules: tuple[Rule, ...]) -> tuple[ArtifactRef, ...]:
        """Name the core metadata, or the wheels that have them in them, that these rules must read to decide."""
        return extras(payload, partition=partition, rules=rules, grammar=_GRAMMAR)

    def with_extras(self, payload: bytes, texts: Mapping[str, bytes]) -> bytes:
        """Add core metadata, by the name of the companion or wheel that they stood in."""
        return with_extras(payload, texts)

    def without(self, payload: bytes, filenames: frozenset[str]) -> Decided:
        """Drop files from a shard; of a companion only what the record tells of it."""
        return without(payload, filenames)

    def takes_file(self, filename: str) -> bool:
        """Tell by its name alone whether a file can be a wheel or sdist."""
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
        """Read a wheel or sdist.

        Raises:
            InvalidInput: in plain words, for what is no such package, or not what its name or what was told says.
        """
        return read_package(filename, size_bytes, read_at, sha256=sha256, md5=md5, at=at, told=told)

    def file_type(self, filename: str, *, partition: str) -> str:
        """Return `bdist_wheel` or `sdist`, by its name."""
        return file_type(filename)

    def only(self, payload: bytes, filenames: frozenset[str]) -> bytes | None:
        """Return the shard of just these files, None where none of them is there."""
        return only(payload, filenames, look=look)

    def file_metadata(self, payload: bytes, *, partition: str) -> Mapping[str, Mapping[str, object]]:
        """Return what the wire calls the metadata of the files of a shard, by file name."""
        return file_metadata(payload)

    def newest_ms(self, summary: bytes) -> int | None:
        """Return None: there are no summaries."""
        return None

    def package_metadata(self, payloads: Mapping[str, bytes]) -> Mapping[str, object]:
        """Return what the wire calls the metadata of a project, of its shard."""
        return project_metadata(payloads[PARTITION])

    def merge(self, payloads: Sequence[bytes]) -> tuple[bytes, tuple[str, ...]]:
        """Lay shards of one project over each other, first wins; also return file names with unequal digests."""
        return merge(payloads, look=look)

    def is_withdrawn(self, payload: bytes) -> bool:
        """Tell whether the project is in quarantine (PEP 792)."""
        return decode_about(decode_tables(payload)[ABOUT]).project_status.status == QUARANTINED

    def needs_extraction(self, payload: bytes, *, partition: str) -> Mapping[str, Digest]:
        """Name the wheels whose core metadata stand only in themselves."""
        return needs_extraction(payload)

    def extract(self, filename: str, size_bytes: int, read_at: ReadAt) -> bytes | None:
        """Take the core metadata out of a wheel; None where it has none that can be trusted."""
        return extract_metadata(filename, size_bytes, read_at)

    def route(self, path: str, *, is_folder: bool = False) -> Served | None:
        """Say what a path below a channel asks for."""
        return route(path, is_folder=is_folder)

    def inner_name(self, filename: str) -> str:
        """Name a wheel's core metadata (PEP 658)."""
        return f"{filename}{METADATA_ENDING}"

    def page_needs(self, page: PagePath, payload: bytes) -> tuple[str, ...]:
        """Name the file that describes the release which the JSON API is asked for."""
        if page.form != API_PAGE:
            return ()
        described = described_file(payload, version=page.version)
        return (described,) if described is not None else ()

    def render_page(
        self, page: PagePath, payload: bytes, *, extracted: Mapping[str, Sha256], texts: Mapping[str, bytes]
    ) -> bytes | None:
        """Render a project's page, or what the JSON API says of it."""
        if page.form == API_PAGE:
            return render_api(payload, version=page.version, texts=texts)
        render = render_json if page.form == JSON_PAGE else render_html
        return render(payload, extracted=extracted)

    def empty_index(self, path: str) -> bytes | None:
        """Render what a channel without projects serves."""
        return empty_list(path)

    def render_shard(self, payload: bytes, *, partition: str, name: str) -> RenderedShard:
        """Count a project's files: its page is rendered when it is asked for."""
        totals = totals_of(payload)
        return RenderedShard(data=None, summary=b"", files=totals.files, size_bytes=totals.size_bytes)

    def partition_files(self, partition: str) -> tuple[str, ...]:
        """Name both forms of the list."""
        return (JSON_PATH, HTML_PATH)

    def write_partition(self, partition: str, *, sinks: Mapping[str, Sink]) -> PartitionWriter:
        """Begin to render the list of projects."""
        return ListWriter(sinks=sinks)

    def render_channel(self, summaries: Iterable[tuple[str, str, bytes]]) -> Mapping[str, bytes]:
        """Return none: a channel has nothing beside its list and pages."""
        return {}
