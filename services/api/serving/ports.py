"""The documents that serving packages reads, and what it asks of an ecosystem.

It writes what it found itself: names that it read first, and what stands in packages.
"""

from typing import Protocol

from libs.common.domain.advisory import AdvisoryBook
from libs.common.domain.evaluation import Evaluation
from libs.common.ecosystems.protocol import (
    Deciding,
    ReadingEcosystem,
    ServingEcosystem,
)
from libs.common.ports.records import (
    Attachments,
    Channels,
    Extracted,
    Mirrors,
    ReadPages,
    RenderedShards,
    Revisions,
    Shards,
)


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
    def attachments(self) -> Attachments:
        """Files of channels that are no packages."""

    @property
    def extracted(self) -> Extracted:
        """What stands in packages; written here, too."""


class ServedEcosystem(ServingEcosystem, ReadingEcosystem, Protocol):
    """What serving asks of an ecosystem: also to read a name that no run has read, and to decide on it.

    See `protocol.DecidingEcosystem`.
    """

    def compile(self, evaluation: Evaluation, *, book: AdvisoryBook | None = None) -> Deciding:
        """Prepare an evaluation for deciding.

        Raises:
            InvalidInput: for rules that the ecosystem can't decide by.
        """
