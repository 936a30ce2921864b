"""a mirror's head, what it asks for now -> its head after it was decided anew, without asking the source.

What is dropped leaves at once. What is let in is listed at once by a passive mirror; an
active one lists what is stored, and wants a run for the rest. Where rules look at more than was
read of the source, they decide by what there is, and want a run, too. Two schedulers may do this
at the same time: the head moves once, in one conditional write.
"""

from collections.abc import Sequence

import msgspec
import structlog

from libs.common.deciding.decide_manifest import Change, changes_between
from libs.common.deciding.draft_catalogue import draft_catalogue
from libs.common.deciding.first_days import with_days
from libs.common.deciding.make_evaluation import close, compile_evaluation
from libs.common.deciding.read_stored import read_head
from libs.common.deciding.retain_removed import retain_until_complete
from libs.common.deciding.unread_names import as_never_asked
from libs.common.domain.catalogue import CatalogueHead, DecidedAgain, counts_of, encode_catalogue
from libs.common.domain.evaluation import encode_evaluation
from libs.common.domain.manifest import Manifest, encode_manifest
from libs.common.domain.mirror import MirrorMode
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import AgingBlobStore, put_bytes
from libs.common.ports.records import CatalogueHeads, Shards
from services.scheduler.ask_rules import Asked, RulePorts
from services.scheduler.leave_unstored import leave_unstored
from services.scheduler.plan_fetch import compare_changes, plan_fetch
from services.scheduler.say_cause import say_cause

_LOG = structlog.get_logger()


class AgainPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What deciding anew asks of the outside world."""

    rules: RulePorts
    heads: CatalogueHeads
    shards: Shards
    blobs: AgingBlobStore


async def decide_again(head: CatalogueHead, *, asked: Asked, ports: AgainPorts) -> CatalogueHead | None:
    """Decide a mirror's manifest by what is asked for now; None where its head moved meanwhile.

    Raises:
        NotFound: when something that it was made of is lost; a run of the mirror makes it again.
        InvalidInput: for rules that the ecosystem can't decide by.
        StoreUnavailable: when a store does not answer.
    """
    mirror, blobs = asked.mirror, ports.blobs
    ecosystem = ecosystem_of(mirror.type)
    now = ports.rules.clock.now()
    stored = await read_head(head, blobs=blobs)
    manifest = with_days(stored.manifest, today=now.date())
    if stored.evaluation is None or stored.evaluation.rules != asked.evaluation.rules:
        manifest = as_never_asked(manifest)
    closed = await close(asked.evaluation, manifest=manifest, ecosystem=ecosystem, shards=ports.shards, before=stored)
    evaluation = closed.evaluation
    deciding = await compile_evaluation(evaluation, ecosystem=ecosystem, blobs=blobs)
    draft = await draft_catalogue(
        manifest,
        mirror=mirror,
        evaluation=evaluation,
        deciding=deciding,
        ecosystem=ecosystem,
        previous=stored,
        shards=ports.shards,
        blobs=blobs,
    )
    catalogue = draft.catalogue
    added, removed = await _count(draft.changes, manifest=manifest, ecosystem=ecosystem, shards=ports.shards)
    missing = 0
    if mirror.mode is MirrorMode.ACTIVE:
        plan = await plan_fetch(draft, ecosystem=ecosystem, shards=ports.shards)
        catalogue, missing = await leave_unstored(
            catalogue, plan, ecosystem=ecosystem, shards=ports.shards, blobs=blobs
        )
        added -= missing
        changes = changes_between(stored.catalogue, catalogue)
        left = [change for change in changes if change.old is not None and change.old.retained]
        if left:
            # What a stopped run left of replaced files leaves with a run that completes.
            catalogue = await retain_until_complete(
                catalogue,
                left,
                manifest=manifest,
                mirror=mirror,
                deciding=deciding,
                ecosystem=ecosystem,
                previous=stored,
                shards=ports.shards,
            )
            changes = changes_between(stored.catalogue, catalogue)
            added, removed = await _count(changes, manifest=manifest, ecosystem=ecosystem, shards=ports.shards)
    wants_run = (missing > 0 or draft.wants_reading > 0 or bool(closed.unread)) and asked.is_fetchable
    counts = counts_of(catalogue)
    blob = await put_bytes(blobs, encode_catalogue(catalogue))
    new = msgspec.structs.replace(
        head,
        catalogue=blob.sha256,
        manifest=(await put_bytes(blobs, encode_manifest(manifest))).sha256,
        evaluation=(await put_bytes(blobs, encode_evaluation(evaluation))).sha256,
        asked=asked.digest,
        counts=counts,
        decided_at=now,
        wants_run=wants_run,
        unsaid=DecidedAgain(
            at=now,
            catalogue=blob.sha256,
            cause=await say_cause(stored.evaluation, evaluation, policies=ports.rules.policies),
            files=counts.files,
            added=added,
            removed=removed,
            wants_run=wants_run,
        ),
    )
    if not await ports.heads.exchange(new, was=head):
        return None
    _LOG.info("catalogue_decided", mirror_id=mirror.id, files=counts.files, added=added, removed=removed)
    return new


async def _count(
    changes: Sequence[Change], *, manifest: Manifest, ecosystem: Ecosystem, shards: Shards
) -> tuple[int, int]:
    """Count files that came and went; only where both sides hold a part of the source their records are compared."""
    added = removed = 0
    unclear: list[Change] = []
    for change in changes:
        was = change.old.files if change.old is not None else 0
        now = change.new.files if change.new is not None else 0
        if was and now and not _holds_all(change, manifest):
            unclear.append(change)
        else:
            added, removed = added + max(now - was, 0), removed + max(was - now, 0)
    more_added, more_removed = await compare_changes(unclear, ecosystem=ecosystem, shards=shards)
    return added + more_added, removed + more_removed


def _holds_all(change: Change, manifest: Manifest) -> bool:
    """Tell whether one side is all that the source has of the name, and so the other a part of it."""
    part = manifest.parts.get(change.partition)
    source = part.entries.get(change.name) if part is not None else None
    sides = [entry for entry in (change.old, change.new) if entry is not None]
    return (
        source is not None
        and not any(entry.retained for entry in sides)
        and any(entry.shard == source.shard for entry in sides)
    )
