"""The documents that serving packages reads, and what it asks of an ecosystem.

It writes what it found itself: names that it read first, and what stands in packages.
"""

from collections.abc import Mapping
from typing import Protocol

from libs.common.domain.advisory import AdvisoryBook
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import Filters
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import (
    UNTOLD,
    ArtifactRef,
    Deciding,
    ServingEcosystem,
    ShardRef,
    SourceShard,
    Told,
)
from libs.common.ports.records import Channels, Extracted, Mirrors, ReadPages, RenderedShards, Revisions, Shards


class Records(Protocol):
    """Where the records of channels, revisions and packages are."""

    @property
    def channels(self) -> Channels:
        """Channels and subchannels, with the pointer to what is published."""

    @property
    def mirrors(self) -> Mirrors:
        """Mirrors, for where a file comes from."""

    @property
    def revisions(self) -> Revisions:
        """Published revisions."""

    @property
    def shards(self) -> Shards:
        """Shard payloads, which have the records of files."""

    @property
    def rendered_shards(self) -> RenderedShards:
        """Shards as clients read them."""

    @property
    def read_pages(self) -> ReadPages:
        """Names that were read when a client first asked for them; written here."""

    @property
    def extracted(self) -> Extracted:
        """What stands in packages; written here, too."""


class ServedEcosystem(ServingEcosystem, Protocol):
    """What serving asks of an ecosystem: also to read a name that no run has read, and to decide on it.

    See `protocol.Ecosystem` and `protocol.DecidingEcosystem`.
    """

    def named_shards(self, partition: str, filters: Filters, *, source_root: str) -> tuple[ShardRef, ...] | None:
        """Return the shards of a partition where the filters alone name them; else None."""

    def read_shard(
        self,
        data: bytes,
        *,
        ref: ShardRef,
        partition: str,
        side_files: Mapping[str, bytes],
        told: Told = UNTOLD,
    ) -> SourceShard:
        """Read one shard file of a sharded source.

        Raises:
            UnreadableIndex: when the file is not what it should be.
        """

    def compile(self, evaluation: Evaluation, *, book: AdvisoryBook | None = None) -> Deciding:
        """Prepare an evaluation for deciding.

        Raises:
            InvalidInput: for rules that the ecosystem can't decide by.
        """

    def extras(self, payload: bytes, *, partition: str, rules: tuple[Rule, ...]) -> tuple[ArtifactRef, ...]:
        """Name the companions that must be read before these rules can decide on a shard."""

    def with_extras(self, payload: bytes, texts: Mapping[str, bytes]) -> bytes:
        """Add what was read of them, by the file name of the companion."""
