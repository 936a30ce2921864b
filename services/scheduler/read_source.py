"""source -> manifest, with every name that is new or changed decided on the way.

One conditional request a partition; what the source says is unchanged is not read.
Where a rule lets in what packages need, nothing can be decided before all is read; of a
source with pages (read_pages.py) closures have read what they go on to.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
import structlog

from libs.common.deciding.first_days import with_days
from libs.common.deciding.told_of import told_of
from libs.common.domain.catalogue import CataloguePart
from libs.common.domain.errors import UnreadableIndex, UpstreamMissing, UpstreamRefused
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.manifest import Manifest, ManifestPart, source_digest
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Rule
from libs.common.domain.run import FileFailure, Step
from libs.common.domain.source_words import no_index
from libs.common.ecosystems.protocol import Deciding, Ecosystem, WholeIndex
from libs.common.ports.records import ReadPages, Shards
from libs.common.ports.upstream import Upstream
from libs.common.runtime.together import together
from services.scheduler.ask_source import SourceAsker
from services.scheduler.choose_names import EAGER_NAMES
from services.scheduler.locate_index import Absent, Found, Origin, Unchanged, forms_to_ask, locate_index
from services.scheduler.progress import Progress
from services.scheduler.read_pages import NAMED, PageReader
from services.scheduler.read_records import RecordReader
from services.scheduler.read_side_files import SideFiles, SideReader
from services.scheduler.take_shards import ShardTaker

_LOG = structlog.get_logger()
_INDEXES_AT_ONCE = 4


class SourcePorts(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source is asked, and where is kept what is read of it; `eager_names` as in choose_names.py."""

    upstream: Upstream
    shards: Shards
    pages: ReadPages
    index_limit_bytes: int
    eager_names: int = EAGER_NAMES


class SourceReader:
    """Reads one source for one run, and goes on reading as rules let in more of it.

    `previous` is the last manifest, `rules_before` the rules that it was read by. `today` is
    the day of files that are new. `taker.decided` has what was decided on the way.
    """

    def __init__(
        self,
        mirror: Mirror,
        *,
        ecosystem: Ecosystem,
        origin: Origin,
        previous: Manifest | None,
        rules_before: tuple[Rule, ...] | None,
        today: date,
        ports: SourcePorts,
        progress: Progress,
    ) -> None:
        self._mirror = mirror
        self._ecosystem = ecosystem
        self._origin = origin
        self._source = source_digest(origin.root)
        is_same = previous is not None and previous.source_digest == self._source
        self._previous = previous if is_same else None
        self._rules_before = rules_before if is_same else None
        self._today = today
        self._ports = ports
        self._progress = progress
        self._asker = SourceAsker(
            ecosystem=ecosystem,
            origin=origin,
            upstream=ports.upstream,
            index_limit_bytes=ports.index_limit_bytes,
        )
        self._sides = SideReader(ecosystem=ecosystem, asker=self._asker, shards=ports.shards)
        self.taker = ShardTaker(ecosystem=ecosystem, shards=ports.shards, previous=self._previous, today=today)
        self._parts: dict[str, ManifestPart] = {}
        self._pages: dict[str, PageReader] = {}
        self._reading = asyncio.Lock()
        self._asking = asyncio.Semaphore(_INDEXES_AT_ONCE)

    @property
    def has_pages(self) -> bool:
        """Whether more of it may be read than was."""
        return bool(self._pages)

    def manifest(self) -> Manifest:
        """Return what the source has, as far as it was read."""
        parts = self._parts | {partition: pages.part for partition, pages in self._pages.items()}
        return with_days(Manifest(source_digest=self._source, parts=parts), today=self._today)

    def problems(self) -> tuple[FileFailure, ...]:
        """Return what could not be read."""
        return tuple(
            FileFailure(ckey=ckey, code=code, reason=reason)
            for part in self.manifest().parts.values()
            for ckey, code, reason in (*part.problems, *_side_problems(part))
        )

    def gone(self) -> Mapping[str, frozenset[str]]:
        """Name what clients asked for once and the source does not list any more, by partition."""
        return {partition: names for partition, pages in self._pages.items() if (names := pages.gone())}

    async def read(
        self, evaluation: Evaluation, deciding: Deciding | None, *, held: Mapping[str, CataloguePart]
    ) -> None:
        """Read every partition, and decide on what is read; without `deciding` it is only read.

        `held` has the parts of the last catalogue whose entries hold for unchanged shards.

        Raises:
            Permanent: when the source has no index at all, or none that can be read.
            UpstreamUnavailable: when the source does not answer.
        """
        self.taker.decide_by(evaluation, deciding, held=held)
        partitions, is_chosen = self._ecosystem.partitions(self._mirror.filters)
        self._progress.begin(Step.CHECK)
        outcomes = await together(
            self._read_partition(partition, deciding, rules=evaluation.rules, is_chosen=is_chosen)
            for partition in partitions
        )
        refusals: list[str] = []
        for partition, outcome in zip(partitions, outcomes, strict=True):
            if isinstance(outcome, ManifestPart):
                self._parts[partition] = outcome
            elif isinstance(outcome, PageReader):
                self._pages[partition] = outcome
            elif outcome.refusal is not None:
                refusals.append(outcome.refusal)
        if not self._parts and not self._pages:
            if refusals:
                raise UpstreamRefused(refusals[0])
            raise UpstreamMissing(no_index(self._ecosystem.type, partitions))
        if deciding is not None:
            await self.read_on(evaluation, deciding)
        self._check_named()

    async def read_names(self, names: Sequence[str]) -> Manifest:
        """Read names that a closure goes on to; return the manifest that has them.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        for pages in self._pages.values():
            await pages.read(names)
        return self.manifest()

    async def read_on(self, evaluation: Evaluation, deciding: Deciding) -> None:
        """Read what these rules let in and was not read yet.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        if self.taker.evaluation != evaluation:
            self.taker.decide_by(evaluation, deciding)
        for pages in self._pages.values():
            pages.use(evaluation.rules)
            await pages.complete(deciding, mode=self._mirror.mode, eager_names=self._ports.eager_names)

    def ask_by(self, rules: tuple[Rule, ...]) -> None:
        """Ask by these rules from now on for what rules ask for besides pages."""
        for pages in self._pages.values():
            pages.use(rules)

    async def _read_partition(
        self, partition: str, deciding: Deciding | None, *, rules: tuple[Rule, ...], is_chosen: bool
    ) -> ManifestPart | PageReader | Absent:
        pages = await self._page_reader(partition, rules) if self._ecosystem.has_pages else None
        if pages is not None and await self._take_named(partition, pages, deciding):
            return pages
        forms = forms_to_ask(partition, ecosystem=self._ecosystem, previous=self._previous, is_chosen=is_chosen)
        known = self._previous_part(partition)
        sides: SideFiles | None = None
        unreadable: UnreadableIndex | None = None
        while forms:
            async with self._asking:
                located = await locate_index(
                    forms,
                    origin=self._origin,
                    previous=known,
                    upstream=self._ports.upstream,
                    limit_bytes=self._ports.index_limit_bytes,
                )
                if isinstance(located, Unchanged) and pages is not None:
                    pages.take_over(located.part)
                    return pages
                if isinstance(located, Absent):
                    if unreadable is not None:
                        raise unreadable
                    return located
                sides = sides or await self._read_sides(partition)
                if isinstance(located, Unchanged):
                    if sides.are_as(located.part.side_files):
                        return msgspec.structs.replace(located.part, side_files=sides.states)
                    known = None
                    continue
                try:
                    async with self._reading:
                        self._progress.begin(Step.READ)
                        return await self._read_index(partition, located, sides, pages, deciding)
                except UnreadableIndex as exc:
                    _LOG.warning("index_unreadable", partition=partition, form=located.form.form, reason=exc.message)
                    unreadable = exc
                    forms = forms[forms.index(located.form) + 1 :]
                    known = None
        if unreadable is not None:
            raise unreadable
        return Absent()

    async def _take_named(self, partition: str, pages: PageReader, deciding: Deciding | None) -> bool:
        """Read what the filters name, where that is all of it."""
        named = self._ecosystem.named_shards(partition, self._mirror.filters, source_root=self._origin.root)
        if named is None:
            return False
        part = ManifestPart(form=NAMED, files_url="")
        await pages.take_list(named, part=part, base=self._origin.root, side_files={}, deciding=deciding)
        return True

    async def _read_sides(self, partition: str) -> SideFiles:
        previous = self._previous_part(partition)
        return await self._sides.read(partition, before=previous.side_files if previous is not None else {})

    def _previous_part(self, partition: str) -> ManifestPart | None:
        return self._previous.parts.get(partition) if self._previous is not None else None

    async def _read_index(
        self,
        partition: str,
        found: Found,
        sides: SideFiles,
        pages: PageReader | None,
        deciding: Deciding | None,
    ) -> ManifestPart | PageReader:
        side_files = await self._asker.side_files(partition) | sides.texts
        asked = self._origin.url(found.form.path)
        index = await asyncio.to_thread(
            self._ecosystem.read_index,
            found.fetched.data,
            form=found.form,
            partition=partition,
            side_files=side_files,
            told=told_of(found.fetched, asked=asked, source=self._asker.content),
        )
        base, validators = asked.rpartition("/")[0], found.fetched.validators
        if pages is not None and not isinstance(index, WholeIndex):
            part = ManifestPart(
                form=found.form.form,
                files_url=index.files_url,
                etag=validators.etag,
                last_modified=validators.last_modified,
                index_digest=found.digest,
            )
            await pages.take_list(index.refs, part=part, base=base, side_files=side_files, deciding=deciding)
            return pages
        records = RecordReader(
            partition,
            previous=self._previous_part(partition),
            asker=self._asker,
            taker=self.taker,
            progress=self._progress,
        )
        if isinstance(index, WholeIndex):
            await records.read_whole(index)
        else:
            await records.read_sharded(index, base=base, side_files=side_files)
        part = records.part(
            form=found.form.form,
            files_url=index.files_url,
            etag=validators.etag,
            last_modified=validators.last_modified,
            digest=found.digest,
        )
        return msgspec.structs.replace(part, side_files=sides.states)

    def _check_named(self) -> None:
        """See that the source has something of what the filters name, or had.

        Raises:
            Permanent: when it never had any of it: its URL is to be doubted first.
        """
        if self._previous is not None or self._parts or any(pages.part.entries for pages in self._pages.values()):
            return
        named = [pages.part for pages in self._pages.values() if pages.part.form == NAMED]
        problems = [problem for part in named for problem in part.problems]
        if problems:
            refused = [reason for _, code, reason in problems if code == UpstreamRefused.code]
            if refused:
                raise UpstreamRefused(refused[0])
            raise UpstreamMissing(
                "the source has none of filters.projects; check the mirror's source_root, type and projects"
            )

    async def _page_reader(self, partition: str, rules: tuple[Rule, ...]) -> PageReader:
        pages = PageReader(
            partition,
            previous=self._previous_part(partition),
            on_request=await self._ports.pages.names(self._mirror.id, source=self._source, partition=partition),
            rules_before=self._rules_before,
            asker=self._asker,
            taker=self.taker,
            ecosystem=self._ecosystem,
            shards=self._ports.shards,
            progress=self._progress,
        )
        pages.use(rules)
        return pages


def _side_problems(part: ManifestPart) -> list[tuple[str, str, str]]:
    return [side.problem for side in part.side_files.values() if side.problem is not None]
