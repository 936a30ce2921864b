"""one run's source -> what it may bring, and what of that is to be fetched.

A source is read once; it is decided again as often as the rules change while the run goes.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
import structlog

from libs.common.deciding.decide_manifest import Draft, changes_between, entries_held
from libs.common.deciding.draft_catalogue import draft_catalogue
from libs.common.deciding.make_evaluation import close, compile_evaluation, has_closures
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.deciding.retain_removed import retain_until_complete
from libs.common.domain.catalogue import Catalogue, CatalogueHead, CataloguePart, counts_of
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.manifest import Manifest
from libs.common.domain.mirror import Mirror, MirrorMode
from libs.common.domain.run import RunId, RunState, Step
from libs.common.ecosystems.protocol import Deciding
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from services.scheduler.ask_rules import Asked, RulePorts, ask_rules, asked_by
from services.scheduler.locate_index import Origin
from services.scheduler.plan_fetch import FetchPlan, compare_changes, plan_fetch
from services.scheduler.progress import Progress
from services.scheduler.read_source import SourceReader
from services.scheduler.run_ports import Ports, Task

_LOG = structlog.get_logger()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a run may bring, by what, and what of it must be fetched or is gone."""

    manifest: Manifest
    evaluation: Evaluation
    deciding: Deciding
    asked: Sha256
    draft: Draft
    plan: FetchPlan


async def asked_in_run(task: Task, *, ports: RulePorts) -> Asked:
    """Return what a run's mirror asks for now.

    Raises:
        TainError: why that can't be told.
    """
    # A mirror that was deleted meanwhile is about to be stopped: until then it is as it was.
    asked = await ask_rules(task.mirror.id, ports=ports)
    return asked or await asked_by(task.mirror, channel=task.channel, ports=ports)


class RunDecider:
    """Reads and decides for one attempt of a run, or for a preview.

    `asks` tells what the mirror asks for at that moment.
    """

    def __init__(
        self, mirror: Mirror, *, asks: Callable[[], Awaitable[Asked]], origin: Origin, ports: Ports, progress: Progress
    ) -> None:
        self._mirror = mirror
        self._asks = asks
        self._origin = origin
        self._ports = ports
        self._progress = progress
        self._ecosystem = ecosystem_of(mirror.type)
        self._known: tuple[CatalogueHead, Stored] | None = None

    async def read(self) -> SourceReader:
        """Read the source, and decide what can be decided on the way.

        Raises:
            TainError: why it can't be done.
        """
        ports, mirror = self._ports, self._mirror
        asked = await self._asks()
        previous = await self._last()
        deciding = None
        held: Mapping[str, CataloguePart] = {}
        if not has_closures(asked.evaluation):
            deciding = await compile_evaluation(asked.evaluation, ecosystem=self._ecosystem, blobs=ports.blobs)
            held = entries_held(previous, mirror=mirror, evaluation=asked.evaluation)
        evaluation = previous.evaluation if previous is not None else None
        reader = SourceReader(
            mirror,
            ecosystem=self._ecosystem,
            origin=self._origin,
            previous=previous.manifest if previous is not None else None,
            rules_before=evaluation.rules if evaluation is not None else None,
            today=ports.clock.now().date(),
            ports=ports.source(),
            progress=self._progress,
        )
        await reader.read(asked.evaluation, deciding, held=held)
        return reader

    async def decide(self, source: SourceReader, *, reads_on: bool = True) -> Decision:
        """Decide on all of what was read, by the rules of now; in all else the mirror is as it was.

        What these rules let in and was not read is read first, unless `reads_on` is False.

        Raises:
            TainError: why it can't be done.
        """
        ports, progress, ecosystem = self._ports, self._progress, self._ecosystem
        mirror = self._mirror
        asked = await self._asks()
        previous = await self._last()
        reads_on = reads_on and source.has_pages
        source.ask_by(asked.evaluation.rules)
        closed = await close(
            asked.evaluation,
            manifest=source.manifest(),
            ecosystem=ecosystem,
            shards=ports.shards,
            before=previous,
            read_names=source.read_names if reads_on else None,
        )
        evaluation = closed.evaluation
        deciding = await compile_evaluation(evaluation, ecosystem=ecosystem, blobs=ports.blobs)
        if reads_on and source.taker.evaluation != evaluation:
            await source.read_on(evaluation, deciding)
        manifest = source.manifest()
        progress.begin_deciding(source.problems())
        draft = await draft_catalogue(
            manifest,
            mirror=mirror,
            evaluation=evaluation,
            deciding=deciding,
            ecosystem=ecosystem,
            previous=previous,
            shards=ports.shards,
            blobs=ports.blobs,
            fresh=source.taker.decided if source.taker.evaluation == evaluation else None,
        )
        counts = counts_of(draft.catalogue)
        progress.count(excluded=counts.excluded, unread=counts.unread)
        progress.begin(Step.COMPARE)
        if mirror.mode is MirrorMode.PASSIVE:
            changed = tuple(change for change in draft.changes if change.old is not None)
            plan = await plan_fetch(
                msgspec.structs.replace(draft, changes=changed), ecosystem=ecosystem, shards=ports.shards
            )
            progress.count(passive=counts.files, removed=plan.removed)
        else:
            plan = await plan_fetch(draft, ecosystem=ecosystem, shards=ports.shards)
            planned = plan.package_files
            progress.count(active=counts.files - planned, active_planned=planned, removed=plan.removed)
        return Decision(
            manifest=manifest,
            evaluation=evaluation,
            deciding=deciding,
            asked=asked.digest,
            draft=draft,
            plan=plan,
        )

    async def has_lost_last(self) -> bool:
        """Tell whether there was a catalogue that can't be read any more: all that it listed is asked for anew then."""
        return await self._last() is None and await self._ports.heads.get(self._mirror.id) is not None

    async def was_stopped(self) -> bool:
        """Tell whether the run that left the last catalogue was stopped, and so may have left something undone."""
        head = await self._ports.heads.get(self._mirror.id)
        last = await self._ports.runs.get(RunId(head.run_id)) if head is not None else None
        return last is not None and last.state is RunState.STOPPED

    async def with_last(self, decision: Decision, catalogue: Catalogue) -> Catalogue:
        """Leave in a catalogue of stored files what the last one has and upstream replaced: the run is not complete.

        Raises:
            TainError: why it can't be done.
        """
        previous, ecosystem, shards = await self._last(), self._ecosystem, self._ports.shards
        if previous is None:
            return catalogue
        whole = await retain_until_complete(
            catalogue,
            changes_between(previous.catalogue, catalogue),
            manifest=decision.manifest,
            mirror=self._mirror,
            deciding=decision.deciding,
            ecosystem=ecosystem,
            previous=previous,
            shards=shards,
        )
        changes = changes_between(previous.catalogue, whole)
        _, removed = await compare_changes(changes, ecosystem=ecosystem, shards=shards)
        self._progress.count(active=counts_of(whole).files, removed=removed)
        return whole

    async def holds(self, decision: Decision) -> bool:
        """Tell whether what a decision was made by is still what is asked for.

        Raises:
            TainError: when that can't be told.
        """
        return (await self._asks()).digest == decision.asked

    async def _last(self) -> Stored | None:
        head = await self._ports.heads.get(self._mirror.id)
        if head is None:
            return None
        if self._known is not None and self._known[0] == head:
            return self._known[1]
        try:
            stored = await read_head(head, blobs=self._ports.blobs)
        except NotFound as exc:
            # The blob store lost it: everything is read and decided anew, which makes it again.
            _LOG.warning("catalogue_lost", mirror_id=head.mirror_id, reason=exc.message)
            return None
        self._known = head, stored
        return stored
