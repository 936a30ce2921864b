"""Verbs of the Protocol for ecosystems whose index and package files are all that there is.

What an ecosystem has of these it says itself; the rest it has from here.
"""

from collections.abc import Mapping

from libs.common.domain.digest import Digest, Sha256
from libs.common.domain.errors import UnreadableIndex
from libs.common.domain.mirror import Filters
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import UNTOLD, ArtifactRef, ReadAt, ShardRef, SourceShard, Told
from libs.common.ecosystems.served import PagePath

# ruff: noqa: ARG002 - what is not there needs no arguments


class SelfContained:
    """No companions, nothing to take out of files, no pages that are read or made on request."""

    has_pages = False

    def named_shards(self, partition: str, filters: Filters, *, source_root: str) -> tuple[ShardRef, ...] | None:
        """Return None: what a partition has only its index tells."""
        return None

    def read_shard(
        self,
        data: bytes,
        *,
        ref: ShardRef,
        partition: str,
        side_files: Mapping[str, bytes],
        told: Told = UNTOLD,
    ) -> SourceShard:
        """Refuse: no index tells of shards.

        Raises:
            UnreadableIndex: always.
        """
        raise UnreadableIndex(f"{partition} has no file for {ref.name} alone")

    def companions(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """Return none."""
        return ()

    def carry(self, payload: bytes, previous: bytes) -> bytes:
        """Return the shard as it is."""
        return payload

    def extras(self, payload: bytes, *, partition: str, rules: tuple[Rule, ...]) -> tuple[ArtifactRef, ...]:
        """Return none: records have all that rules ask for."""
        return ()

    def with_extras(self, payload: bytes, texts: Mapping[str, bytes]) -> bytes:
        """Return the shard as it is."""
        return payload

    def is_withdrawn(self, payload: bytes) -> bool:
        """Return False: what may not be offered is not listed."""
        return False

    def needs_extraction(self, payload: bytes, *, partition: str) -> Mapping[str, Digest]:
        """Return none."""
        return {}

    def extract(self, filename: str, size_bytes: int, read_at: ReadAt) -> bytes | None:
        """Return None."""
        return None

    def inner_name(self, filename: str) -> str:
        """Return the file's own name: nothing else stands in it."""
        return filename

    def page_needs(self, page: PagePath, payload: bytes) -> tuple[str, ...]:
        """Return none."""
        return ()

    def render_page(
        self, page: PagePath, payload: bytes, *, extracted: Mapping[str, Sha256], texts: Mapping[str, bytes]
    ) -> bytes | None:
        """Return None."""
        return None
