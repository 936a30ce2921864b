"""a manifest, what is asked for -> a catalogue of what is stored, without asking any source.

What is dropped leaves at once. What is let in is listed at once by a passive mirror; an
active one lists what is stored, and wants a run for the rest.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from libs.common.deciding.decide_manifest import Change, changes_between
from libs.common.deciding.draft_catalogue import draft_catalogue
from libs.common.deciding.make_evaluation import close, compile_evaluation
from libs.common.deciding.read_stored import Stored
from libs.common.deciding.retain_removed import retain_until_complete
from libs.common.domain.catalogue import Catalogue, CatalogueHead, DecidedAgain, counts_of, encode_catalogue
from libs.common.domain.evaluation import Evaluation, encode_evaluation
from libs.common.domain.manifest import Manifest, encode_manifest
from libs.common.domain.mirror import MirrorMode
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import AgingBlobStore, put_bytes
from libs.common.ports.records import CatalogueHeads, Shards
from services.scheduler.ask_rules import Asked, RulePorts
from services.scheduler.leave_unstored import leave_unstored
from services.scheduler.plan_fetch import compare_changes, plan_fetch


class AgainPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What deciding without a run asks of the outside world."""

    rules: RulePorts
    heads: CatalogueHeads
    shards: Shards
    blobs: AgingBlobStore


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, and by what; `added` and `removed` count files against what was listed before."""

    manifest: Manifest
    evaluation: Evaluation
    catalogue: Catalogue
    added: int
    removed: int
    wants_run: bool


async def decide_stored(manifest: Manifest, *, asked: Asked, previous: Stored | None, ports: AgainPorts) -> Decided:
    """Decide a manifest by what is asked for; of `previous` is taken over what still holds.

    Raises:
        NotFound: when something that it was made of is lost.
        InvalidInput: for rules that the ecosystem can't decide by.
        StoreUnavailable: when a store does not answer.
    """
    mirror, shards, blobs = asked.mirror, ports.shards, ports.blobs
    ecosystem = ecosystem_of(mirror.type)
    closed = await close(asked.evaluation, manifest=manifest, ecosystem=ecosystem, shards=shards, before=previous)
    evaluation = closed.evaluation
    deciding = await compile_evaluation(evaluation, ecosystem=ecosystem, blobs=blobs)
    draft = await draft_catalogue(
        manifest,
        mirror=mirror,
        evaluation=evaluation,
        deciding=deciding,
        ecosystem=ecosystem,
        previous=previous,
        shards=shards,
        blobs=blobs,
    )
    catalogue = draft.catalogue
    added, removed = await _count(draft.changes, manifest=manifest, ecosystem=ecosystem, shards=shards)
    missing = 0
    if mirror.mode is MirrorMode.ACTIVE:
        plan = await plan_fetch(draft, ecosystem=ecosystem, shards=shards)
        catalogue, missing = await leave_unstored(catalogue, plan, ecosystem=ecosystem, shards=shards, blobs=blobs)
        added -= missing
        changes = changes_between(previous.catalogue if previous is not None else None, catalogue)
        left = [change for change in changes if change.old is not None and change.old.retained]
        if left and previous is not None:
            # What a stopped run left of replaced files leaves with a run that completes.
            catalogue = await retain_until_complete(
                catalogue,
                left,
                manifest=manifest,
                mirror=mirror,
                deciding=deciding,
                ecosystem=ecosystem,
                previous=previous,
                shards=shards,
            )
            changes = changes_between(previous.catalogue, catalogue)
            added, removed = await _count(changes, manifest=manifest, ecosystem=ecosystem, shards=shards)
    return Decided(
        manifest=manifest,
        evaluation=evaluation,
        catalogue=catalogue,
        added=added,
        removed=removed,
        wants_run=(missing > 0 or draft.wants_reading > 0 or bool(closed.unread)) and asked.is_fetchable,
    )


async def with_decided(
    head: CatalogueHead, decided: Decided, *, asked: Asked, cause: str, at: datetime, blobs: AgingBlobStore
) -> CatalogueHead:
    """Store what was decided, and return the head that points to it, with what is to be said of that.

    Raises:
        StoreUnavailable: when the blob store does not answer.
    """
    counts = counts_of(decided.catalogue)
    blob = await put_bytes(blobs, encode_catalogue(decided.catalogue))
    return msgspec.structs.replace(
        head,
        catalogue=blob.sha256,
        manifest=(await put_bytes(blobs, encode_manifest(decided.manifest))).sha256,
        evaluation=(await put_bytes(blobs, encode_evaluation(decided.evaluation))).sha256,
        asked=asked.digest,
        counts=counts,
        decided_at=at,
        wants_run=decided.wants_run,
        unsaid=DecidedAgain(
            at=at,
            catalogue=blob.sha256,
            cause=cause,
            files=counts.files,
            added=decided.added,
            removed=decided.removed,
            wants_run=decided.wants_run,
        ),
    )


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
