"""mirror.preview -> what a mirror would bring, decided on its source as a run would decide.

Rules of this file:
1. It reads and decides by the code of runs, so that it comes to the same. The shards that it
   stores are those that a run would: the run finds them there. Nothing else of a mirror changes.
2. It reads as a passive mirror does, whatever the mirror is: of a whole index nobody waits for all.
   Where a run would read more, the names that were not read are counted.
3. Cut off at any line, the message comes again, and whoever takes it begins anew. Who is no longer
   the owner, or whose preview was stopped, gives up within a second.
4. What is wrong with the source is an outcome; only a store that is away makes the message come again.
"""

import asyncio
from collections.abc import Mapping

import msgspec
import structlog

from libs.common.contracts.policy_messages import MirrorPreview as PreviewWish
from libs.common.deciding.compare_catalogues import CatalogueComparison, RuleKey, count_by_rule
from libs.common.deciding.explain_files import FileExplainer, open_explainer
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.domain.catalogue import Catalogue, counts_of, encode_catalogue
from libs.common.domain.describe_policy import describe_rule
from libs.common.domain.errors import NotFound, StoreUnavailable, TainError
from libs.common.domain.evaluation import Evaluation, encode_evaluation
from libs.common.domain.manifest import UNREAD, encode_manifest
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.mirror_preview import (
    MOST_FAILURES,
    MOST_RULES,
    MirrorPreview,
    PreviewChange,
    PreviewProblem,
    PreviewResult,
    PreviewState,
    RuleOutcome,
    some_names,
)
from libs.common.domain.policy import Action, reason_of
from libs.common.domain.run import Step
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import put_bytes
from libs.common.ports.clock import Ids
from libs.common.ports.records import MirrorPreviews
from services.scheduler.ask_rules import Asked, asked_by
from services.scheduler.decide_run import RunDecider
from services.scheduler.locate_index import origin_of
from services.scheduler.progress import Progress
from services.scheduler.run_ports import Ports

_LOG = structlog.get_logger()
_REPORT_S = 0.5
_READING = frozenset({Step.CHECK, Step.READ})


class PreviewPorts(msgspec.Struct, frozen=True, kw_only=True):
    """The adapters behind a preview; one that takes longer than `most_s` fails."""

    previews: MirrorPreviews
    run: Ports
    ids: Ids
    most_s: float = 1800.0


async def preview_mirror(message: PreviewWish, *, ports: PreviewPorts) -> None:
    """Make a preview, unless it is over.

    Raises:
        StoreUnavailable: when a store does not answer; it is made later.
    """
    owner = ports.ids.new()
    preview = await ports.previews.claim(message.preview_id, owner=owner)
    if preview is None:
        return
    progress = Progress()
    making = asyncio.create_task(_make_in_time(preview, ports=ports, progress=progress))
    telling = asyncio.create_task(_keep_telling(preview.id, owner=owner, ports=ports, progress=progress))
    try:
        await asyncio.wait({making, telling}, return_when=asyncio.FIRST_COMPLETED)
        if making.done():
            await _end(making, preview.id, owner=owner, ports=ports)
        else:
            _LOG.info("preview_given_up", preview_id=preview.id)
            telling.result()
    finally:
        making.cancel()
        telling.cancel()
        await asyncio.gather(making, telling, return_exceptions=True)


async def _end(making: "asyncio.Task[PreviewResult]", preview_id: str, *, owner: str, ports: PreviewPorts) -> None:
    error = making.exception()
    at = ports.run.clock.now()
    if error is None:
        result = making.result()
        await ports.previews.finish(preview_id, owner=owner, at=at, result=result)
        _LOG.info("preview_made", preview_id=preview_id, files=result.counts.files)
        return
    if isinstance(error, StoreUnavailable):
        raise error
    if isinstance(error, TainError):
        problem = PreviewProblem(code=error.code, detail=error.message)
    elif isinstance(error, TimeoutError):
        problem = PreviewProblem(
            code="timeout",
            detail=f"the source could not be read in {ports.most_s / 60:.0f} minutes; a run has all the time it needs",
        )
    else:
        _LOG.error("preview_broke", preview_id=preview_id, exc_info=error)
        problem = PreviewProblem(code="error", detail=f"an error of Tain's own: {type(error).__name__}")
    _LOG.info("preview_failed", preview_id=preview_id, code=problem.code)
    await ports.previews.finish(preview_id, owner=owner, at=at, problem=problem)


async def _keep_telling(preview_id: str, *, owner: str, ports: PreviewPorts, progress: Progress) -> None:
    """Write where the preview is until it is over, or someone else's."""
    while True:
        await asyncio.sleep(_REPORT_S)
        state = PreviewState.READING if progress.step in _READING else PreviewState.DECIDING
        if not await ports.previews.report(
            preview_id, owner=owner, state=state, step=progress.step, percent=progress.percent
        ):
            return


async def _make_in_time(preview: MirrorPreview, *, ports: PreviewPorts, progress: Progress) -> PreviewResult:
    async with asyncio.timeout(ports.most_s):
        return await _make(preview, ports=ports.run, progress=progress)


async def _make(preview: MirrorPreview, *, ports: Ports, progress: Progress) -> PreviewResult:
    mirror = msgspec.structs.replace(preview.mirror, mode=MirrorMode.PASSIVE)

    async def asks() -> Asked:
        channel = await ports.rules.channels.get(mirror.channel)
        if channel is None or channel.id != mirror.channel_id:
            raise NotFound(f"there is no channel {mirror.channel} any more")
        return await asked_by(mirror, channel=channel, ports=ports.rules)

    origin = origin_of(mirror, seal=ports.seal)
    decider = RunDecider(mirror, asks=asks, origin=origin, ports=ports, progress=progress)
    decision = await decider.decide(await decider.read())
    progress.begin(Step.SAVE)
    catalogue = decision.draft.catalogue
    manifest = await put_bytes(ports.blobs, encode_manifest(decision.manifest))
    evaluation = await put_bytes(ports.blobs, encode_evaluation(decision.evaluation))
    blob = await put_bytes(ports.blobs, encode_catalogue(catalogue))
    explainer = FileExplainer(
        Stored(manifest=decision.manifest, evaluation=decision.evaluation, catalogue=catalogue),
        evaluation=decision.evaluation,
        deciding=decision.deciding,
        ecosystem=ecosystem_of(mirror.type),
        shards=ports.shards,
    )
    return PreviewResult(
        manifest=manifest.sha256,
        evaluation=evaluation.sha256,
        catalogue=blob.sha256,
        counts=counts_of(catalogue),
        packages=some_names(_listed_names(catalogue)),
        rules=_rules(decision.evaluation, await count_by_rule(explainer)),
        failed=progress.problems,
        failures=progress.failures[:MOST_FAILURES],
        change=await _change(preview, explainer, ports=ports),
    )


async def _change(preview: MirrorPreview, after: FileExplainer, *, ports: Ports) -> PreviewChange | None:
    """Compare with what the mirror lists now."""
    head = None if preview.is_new else await ports.heads.get(preview.mirror.id)
    if head is None:
        return None
    try:
        stored = await read_head(head, blobs=ports.blobs)
    except NotFound:
        # The blob store lost it; verifying tells.
        return None
    if stored.evaluation is None:
        stored = Stored(manifest=stored.manifest, evaluation=Evaluation(), catalogue=stored.catalogue)
    before = await open_explainer(stored, ecosystem=after.ecosystem, shards=ports.shards, blobs=ports.blobs)
    found = await CatalogueComparison(before, after).sum_up()
    return PreviewChange(
        gained=found.gained.files,
        gained_bytes=found.gained.size_bytes,
        lost=found.lost.files,
        lost_bytes=found.lost.size_bytes,
        replaced=found.replaced.files,
        packages_gained=some_names(found.packages_gained),
        packages_lost=some_names(found.packages_lost),
    )


def _listed_names(catalogue: Catalogue) -> frozenset[str]:
    """Return the names of packages; one that nobody read is let in as well."""
    return frozenset(
        name
        for part in catalogue.parts.values()
        for name, entry in part.entries.items()
        if entry.files or entry.shard == UNREAD
    )


def _rules(evaluation: Evaluation, counted: Mapping[RuleKey, int]) -> tuple[RuleOutcome, ...]:
    return tuple(
        RuleOutcome(
            rule=rule.id,
            policy=rule.policy,
            reason=f"{rule.scope}.{reason_of(rule)}",
            text=describe_rule(rule),
            excluded=0
            if rule.action is Action.ALLOW
            else counted.get((rule.id, rule.policy, f"{rule.scope}.{reason_of(rule)}"), 0),
        )
        for rule in evaluation.rules[:MOST_RULES]
    )
