"""What executing a run asks of the outside world, and what the run is about."""

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import Run
from libs.common.ports.blobs import AgingBlobStore
from libs.common.ports.bus import Bus, WorkQueue
from libs.common.ports.clock import Clock
from libs.common.ports.records import Batches, CatalogueHeads, Extracted, ReadPages, Runs, Shards
from libs.common.ports.secrets import Seal
from libs.common.ports.upstream import Upstream
from services.scheduler.ask_rules import RulePorts
from services.scheduler.choose_names import EAGER_NAMES
from services.scheduler.read_source import SourcePorts


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """The adapters behind a run."""

    runs: Runs
    batches: Batches
    heads: CatalogueHeads
    shards: Shards
    pages: ReadPages
    extracted: Extracted
    blobs: AgingBlobStore
    upstream: Upstream
    seal: Seal
    bus: Bus
    queue: WorkQueue
    clock: Clock
    rules: RulePorts
    index_limit_bytes: int
    eager_names: int = EAGER_NAMES

    def source(self) -> SourcePorts:
        """Return what reading a source takes."""
        return SourcePorts(
            upstream=self.upstream,
            shards=self.shards,
            pages=self.pages,
            index_limit_bytes=self.index_limit_bytes,
            eager_names=self.eager_names,
        )


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of a run by one owner; mirror and channel are as they were when it began."""

    run: Run
    mirror: Mirror
    channel: Channel
    owner: str
