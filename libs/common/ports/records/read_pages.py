"""Shards of a source that were first read when a client asked for them."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Protocol

from libs.common.domain.read_page import ReadPage


class ReadPages(Protocol):
    """What a mirror that reads names on request read of its source, by source and name. Written by the api.

    A page that was read stays as it is: every api gives the same answer, until a run reads the name.
    """

    async def get(self, mirror_id: str, *, source: str, partition: str, name: str) -> ReadPage | None:
        """Return what was read of a name."""

    async def put(self, mirror_id: str, page: ReadPage, *, source: str, partition: str) -> ReadPage:
        """Keep what was read, unless another was faster; return what is kept."""

    async def names(self, mirror_id: str, *, source: str, partition: str) -> Mapping[str, ReadPage]:
        """Return all that was read of a source, by name."""

    async def forget(self, mirror_id: str, *, source: str, partition: str, names: Collection[str]) -> None:
        """Forget what was read of names, which their source does not have any more."""

    async def forget_mirror(self, mirror_id: str) -> None:
        """Forget all that was read for a mirror, with which it goes."""

    def shards(self) -> AsyncIterator[bytes]:
        """Yield the digests of all shards that are named here."""
