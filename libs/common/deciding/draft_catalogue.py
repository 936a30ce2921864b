"""manifest, evaluation -> what a mirror lists by them, before its files are fetched.

Runs, deciding anew and previews all draft here, so that they come to the same.
"""

from collections.abc import Mapping

from libs.common.deciding.decide_manifest import Draft, decide_manifest
from libs.common.deciding.read_stored import Stored
from libs.common.deciding.retain_removed import retain_removed
from libs.common.domain.catalogue import CatalogueEntry
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.manifest import Manifest
from libs.common.domain.mirror import Mirror
from libs.common.ecosystems.protocol import Deciding, Ecosystem
from libs.common.ports.blobs import BlobStore
from libs.common.ports.records import Shards


async def draft_catalogue(
    manifest: Manifest,
    *,
    mirror: Mirror,
    evaluation: Evaluation,
    deciding: Deciding,
    ecosystem: Ecosystem,
    previous: Stored | None,
    shards: Shards,
    blobs: BlobStore,
    fresh: Mapping[tuple[str, str], CatalogueEntry] | None = None,
) -> Draft:
    """Decide on what the source has, and add what it removed and the mirror keeps.

    `fresh` has what was decided by the same evaluation while the source was read.

    Raises:
        NotFound: when a shard of the manifest is missing.
        StoreUnavailable: when a store does not answer.
    """
    draft = await decide_manifest(
        manifest,
        mirror=mirror,
        evaluation=evaluation,
        deciding=deciding,
        ecosystem=ecosystem,
        previous=previous,
        shards=shards,
        fresh=fresh,
    )
    return await retain_removed(
        draft,
        manifest=manifest,
        mirror=mirror,
        evaluation=evaluation,
        deciding=deciding,
        ecosystem=ecosystem,
        previous=previous,
        shards=shards,
        blobs=blobs,
    )
