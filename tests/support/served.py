"""What stands behind channels as the api reads it, over stores in memory."""

from libs.common.adapters.memory.flags import MemoryLeases
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.ecosystems.registry import ecosystems
from libs.common.ports.blobs import BlobStore
from libs.common.ports.secrets import Seal
from libs.common.ports.upstream import Upstream
from libs.common.runtime.clock import SystemClock
from services.api.serving.companion_texts import CompanionTexts
from services.api.serving.kept_names import KeptNames
from services.api.serving.passive import Passages, PassiveLimits
from services.api.serving.revisions import ReadRevisions
from services.api.serving.served_packages import ServedPackages
from services.api.serving.source_pages import PageLimits, SourcePages
from services.api.serving.unread_names import UnreadNames

_WAIT_S = 5


def served_packages(
    records: MemoryRecords, blobs: BlobStore, *, seal: Seal, upstream: Upstream | None = None
) -> ServedPackages:
    """Return what an api reads of these stores, with a source that has nothing unless one is given."""
    upstream = upstream or MemoryUpstream()
    leases, clock, limits = MemoryLeases(), SystemClock(), PageLimits(look_s=0)
    passages = Passages(
        blobs=blobs, upstream=upstream, leases=leases, holder="tests", limits=PassiveLimits(lease_look_s=0)
    )
    pages = SourcePages(
        records=records, upstream=upstream, leases=leases, seal=seal, clock=clock, holder="tests", limits=limits
    )
    texts = CompanionTexts(passages=passages, upstream=upstream, blobs=blobs, mirrors=records.mirrors, seal=seal)
    revisions = ReadRevisions(revisions=records.revisions, blobs=blobs, clock=clock)
    unread = UnreadNames(pages=pages, texts=texts, shards=records.shards, blobs=blobs)
    return ServedPackages(
        revisions=revisions,
        names=KeptNames(revisions=revisions, shards=records.shards, unread=unread, wait_s=_WAIT_S),
        shards=records.shards,
        ecosystems={ecosystem.type: ecosystem for ecosystem in ecosystems()},
        passages=passages,
        blobs=blobs,
        mirrors=records.mirrors,
        seal=seal,
    )
