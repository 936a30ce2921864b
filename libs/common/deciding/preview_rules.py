"""a mirror, other rules -> what it would list by them; nothing is written.

What a preview shows is what comes when the rules are in force, file for file: it is decided as
`decide_again` of the scheduler does, or, where a mirror holds just what its rules say, by
counting what that would come to. Of an active mirror it shows what is listed once the files are
fetched.
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from libs.common.deciding.compare_catalogues import CatalogueComparison
from libs.common.deciding.draft_catalogue import draft_catalogue
from libs.common.deciding.explain_files import FileExplainer, Place, open_explainer
from libs.common.deciding.first_days import with_days
from libs.common.deciding.make_evaluation import asked_by, close, compile_evaluation
from libs.common.deciding.read_stored import Stored
from libs.common.deciding.think_catalogue import Thought, Weighed, can_think, think_catalogue
from libs.common.deciding.unwritten_shards import UnwrittenShards
from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CataloguePart
from libs.common.domain.digest import Sha256
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Deciding
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import BlobStore
from libs.common.ports.records import Shards


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a mirror lists, what it would list, and how these differ.

    `is_plain` tells that both are just what their rules keep of the same source.
    """

    is_plain: bool
    before: FileExplainer
    after: FileExplainer
    compared: CatalogueComparison


async def preview_rules(
    mirror: Mirror,
    rules: tuple[Rule, ...],
    *,
    stored: Stored,
    today: date,
    advisories: Sha256 | None,
    shards: Shards,
    blobs: BlobStore,
) -> Preview:
    """Decide what is stored of a mirror's source by other rules.

    Raises:
        InvalidInput: for rules that the ecosystem can't decide by.
        NotFound: when something that the mirror's catalogue was made of is lost.
        StoreUnavailable: when a store does not answer.
    """
    ecosystem, unwritten = ecosystem_of(mirror.type), UnwrittenShards(shards)
    manifest = with_days(stored.manifest, today=today)
    asked = asked_by(rules, today=today, advisories=advisories)
    closed = await close(asked, manifest=manifest, ecosystem=ecosystem, shards=unwritten, before=stored)
    evaluation = closed.evaluation
    deciding = await compile_evaluation(evaluation, ecosystem=ecosystem, blobs=blobs)
    before = await open_explainer(stored, ecosystem=ecosystem, shards=unwritten, blobs=blobs)
    is_plain = can_think(stored, manifest, mirror=mirror)
    if is_plain:
        thought = await think_catalogue(
            manifest,
            stored=stored,
            mode=mirror.mode,
            before=before.deciding,
            evaluation=evaluation,
            deciding=deciding,
            ecosystem=ecosystem,
            shards=unwritten,
        )
    else:
        draft = await draft_catalogue(
            manifest,
            mirror=mirror,
            evaluation=evaluation,
            deciding=deciding,
            ecosystem=ecosystem,
            previous=stored,
            shards=unwritten,
            blobs=blobs,
        )
        thought = Thought(catalogue=draft.catalogue, weighed={})
    made = Stored(manifest=manifest, evaluation=evaluation, catalogue=thought.catalogue)
    return _preview(before, made, evaluation, deciding, weighed=thought.weighed, is_plain=is_plain)


async def open_preview(
    stored: Stored,
    evaluation: Evaluation,
    changed: "ChangedNames",
    *,
    mirror: Mirror,
    today: date,
    shards: Shards,
    blobs: BlobStore,
) -> Preview:
    """Open a preview again, without deciding on all of it: `changed` is what `changed_names` told of it.

    Raises:
        NotFound: when something that it was made of is lost.
        StoreUnavailable: when a store does not answer.
    """
    ecosystem = ecosystem_of(mirror.type)
    deciding = await compile_evaluation(evaluation, ecosystem=ecosystem, blobs=blobs)
    made = Stored(
        manifest=with_days(stored.manifest, today=today),
        evaluation=evaluation,
        catalogue=_with_changed(stored.catalogue, changed),
    )
    before = await open_explainer(stored, ecosystem=ecosystem, shards=shards, blobs=blobs)
    return _preview(before, made, evaluation, deciding, weighed={}, is_plain=False)


ChangedNames = dict[str, dict[str, CatalogueEntry | None]]
"""Partition -> name -> the entry that it would have, None for none."""


def changed_names(preview: Preview) -> ChangedNames:
    """Tell what is needed to open a preview again."""
    changed: ChangedNames = {}
    for change in preview.compared.changes:
        changed.setdefault(change.partition, {})[change.name] = change.new
    return changed


def _preview(
    before: FileExplainer,
    made: Stored,
    evaluation: Evaluation,
    deciding: Deciding,
    *,
    weighed: Mapping[Place, Weighed],
    is_plain: bool,
) -> Preview:
    after = FileExplainer(
        made,
        evaluation=evaluation,
        deciding=deciding,
        ecosystem=before.ecosystem,
        shards=before.shards,
        holding=before.stored.catalogue,
    )
    compared = CatalogueComparison(before, after, is_thought=True, weighed=weighed)
    return Preview(is_plain=is_plain, before=before, after=after, compared=compared)


def _with_changed(catalogue: Catalogue, changed: ChangedNames) -> Catalogue:
    parts = dict(catalogue.parts)
    for partition, names in changed.items():
        part = parts.get(partition) or CataloguePart(files_url="")
        entries = {name: entry for name, entry in part.entries.items() if name not in names}
        entries |= {name: entry for name, entry in names.items() if entry is not None}
        parts[partition] = msgspec.structs.replace(part, entries=entries)
    return msgspec.structs.replace(catalogue, parts=parts)
