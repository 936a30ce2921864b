"""draft of an active mirror -> its catalogue of what is stored already, without fetching anything."""

from itertools import islice

from libs.common.contracts.messages import FileToFetch
from libs.common.domain.catalogue import Catalogue
from libs.common.domain.digest import Digest
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ports.blobs import AgingBlobStore
from libs.common.ports.records import Shards
from libs.common.runtime.together import together
from services.scheduler.plan_fetch import FetchPlan, without_missing

_FINDS_AT_ONCE = 32


async def leave_unstored(
    catalogue: Catalogue, plan: FetchPlan, *, ecosystem: Ecosystem, shards: Shards, blobs: AgingBlobStore
) -> tuple[Catalogue, int]:
    """List what is stored of the planned files; return how many package files are not, and count as missing.

    What is found is made young, for it is about to be named.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    missing: set[str] = set()
    files = plan.files()
    while some := tuple(islice(files, _FINDS_AT_ONCE)):
        stored = await together(_is_stored(file, blobs=blobs) for file in some)
        missing |= {file.ckey for file, is_stored in zip(some, stored, strict=True) if not is_stored}
    stored_alone = await without_missing(catalogue, frozenset(missing), plan=plan, ecosystem=ecosystem, shards=shards)
    return stored_alone, len(missing - plan.companions)


async def _is_stored(file: FileToFetch, *, blobs: AgingBlobStore) -> bool:
    blob = await blobs.renew(Digest.parse(file.digest))
    return blob is not None and file.size_bytes in (None, blob.size_bytes)
