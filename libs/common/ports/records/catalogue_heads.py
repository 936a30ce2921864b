"""Which catalogue a mirror has."""

from collections.abc import Sequence
from typing import Protocol

from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.digest import Sha256


class CatalogueHeads(Protocol):
    """Which catalogue a mirror has now. Written by the scheduler."""

    async def add(self, head: CatalogueHead) -> bool:
        """Store a mirror's first head; False where it has one."""

    async def move(self, head: CatalogueHead) -> bool:
        """Point to a new catalogue, unless the head is of a newer run."""

    async def exchange(self, head: CatalogueHead, *, was: CatalogueHead) -> bool:
        """Point to what was decided anew of `was`; False where run, manifest or catalogue are not those of `was`."""

    async def said(self, mirror_id: str, *, catalogue: Sha256) -> None:
        """Note that what was decided anew, with this catalogue, was said; a no-op for any other."""

    async def get(self, mirror_id: str) -> CatalogueHead | None:
        """Return a mirror's head."""

    async def of_channel(self, channel_id: str) -> Sequence[CatalogueHead]:
        """Return the heads of a channel, also of mirrors that are gone but whose packages stay."""

    async def all(self) -> Sequence[CatalogueHead]:
        """Return every head."""

    async def delete(self, mirror_id: str) -> None:
        """Forget a mirror's head; a no-op where there is none."""
