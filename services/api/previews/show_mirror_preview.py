"""a preview -> the wire's object, and pages of its files."""

import asyncio

import msgspec

from libs.common.deciding.explain_files import DecisionWish, open_explainer, read_place
from libs.common.deciding.read_stored import Stored
from libs.common.domain.catalogue import decode_catalogue
from libs.common.domain.errors import Conflict, NotFound, NotKept
from libs.common.domain.evaluation import decode_evaluation
from libs.common.domain.manifest import decode_manifest
from libs.common.domain.mirror_preview import MirrorPreview, Names, PreviewChange, PreviewResult
from libs.common.domain.run_steps import step_words
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import Policies
from services.api.decision_schemas import PackagesOut
from services.api.policy_names import policy_names
from services.api.ports import Ports
from services.api.previews.schemas import (
    MirrorPreviewFiles,
    MirrorPreviewOut,
    MirrorPreviewProblem,
    PreviewChangeOut,
    PreviewCountOut,
    PreviewFailureOut,
    PreviewRuleOut,
)
from services.api.show_decisions import show_files
from services.api.sync_state import timestamp, timestamp_or_none


async def show_mirror_preview(preview: MirrorPreview, *, policies: Policies) -> MirrorPreviewOut:
    """Write how far a preview is, and what came of it."""
    shown = MirrorPreviewOut(
        preview_id=preview.id,
        channel=preview.mirror.channel,
        mirror_id=None if preview.is_new else preview.mirror.id,
        state=preview.state,
        step=step_words(preview.step, type=preview.mirror.type),
        percent=preview.percent,
        requested_at=timestamp(preview.requested_at),
        finished_at=timestamp_or_none(preview.finished_at),
        expires_at=timestamp(preview.expires_at),
    )
    if preview.problem is not None:
        problem = MirrorPreviewProblem(code=preview.problem.code, detail=preview.problem.detail)
        return msgspec.structs.replace(shown, problem=problem)
    if preview.result is None:
        return shown
    result = preview.result
    names = await policy_names([rule.policy for rule in result.rules], policies=policies)
    return msgspec.structs.replace(
        shown,
        percent=100,
        count=PreviewCountOut(
            listed=result.counts.files,
            listed_bytes=result.counts.size_bytes,
            excluded=result.counts.excluded,
            unread=result.counts.unread,
        ),
        packages=_names(result.packages),
        rules=tuple(
            PreviewRuleOut(
                rule=rule.rule,
                policy=rule.policy,
                policy_name=names.get(rule.policy),
                reason=rule.reason,
                text=rule.text,
                excluded=rule.excluded,
            )
            for rule in result.rules
        ),
        failed=result.failed,
        failures=tuple(
            PreviewFailureOut(ckey=failure.ckey, code=failure.code, reason=failure.reason)
            for failure in result.failures
        ),
        change=_change(result.change) if result.change is not None else None,
    )


async def show_mirror_preview_files(
    preview: MirrorPreview, wish: DecisionWish, *, cursor: str | None, limit: int, ports: Ports
) -> MirrorPreviewFiles:
    """Show a page of what was decided of the source's files.

    Raises:
        Conflict: while the preview is being made, and where none could be made.
        NotKept: when what it was decided on is no longer kept.
        InvalidInput: for a cursor that is none.
        StoreUnavailable: when a store does not answer.
    """
    after = read_place(cursor) if cursor else None
    if preview.result is None:
        raise Conflict("the preview is not done; its files can be read when its state is done")
    try:
        explainer = await open_explainer(
            await _stored(preview.result, blobs=ports.blobs),
            ecosystem=ecosystem_of(preview.mirror.type),
            shards=ports.shards,
            blobs=ports.blobs,
        )
    except NotFound as exc:
        raise NotKept("what the preview was made of is no longer kept; ask for it again") from exc
    page = await explainer.page(wish, after=after, limit=limit)
    return MirrorPreviewFiles(
        items=await show_files(page.decisions, policies=ports.policies),
        next_cursor=str(page.next) if page.next is not None else None,
    )


async def _stored(result: PreviewResult, *, blobs: BlobStore) -> Stored:
    manifest = await read_all(blobs, result.manifest)
    evaluation = await read_all(blobs, result.evaluation)
    catalogue = await read_all(blobs, result.catalogue)
    return await asyncio.to_thread(
        lambda: Stored(
            manifest=decode_manifest(manifest),
            evaluation=decode_evaluation(evaluation),
            catalogue=decode_catalogue(catalogue),
        )
    )


def _names(names: Names) -> PackagesOut:
    return PackagesOut(count=names.count, names=names.names)


def _change(change: PreviewChange) -> PreviewChangeOut:
    return PreviewChangeOut(
        gained=change.gained,
        gained_bytes=change.gained_bytes,
        lost=change.lost,
        lost_bytes=change.lost_bytes,
        replaced=change.replaced,
        packages_gained=_names(change.packages_gained),
        packages_lost=_names(change.packages_lost),
    )
