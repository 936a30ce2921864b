"""The documents that serving packages reads; it writes none."""

from typing import Protocol

from libs.common.ports.records import Channels, Mirrors, RenderedShards, Revisions, Shards


class Records(Protocol):
    """Where the records of channels, revisions and packages are read."""

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
