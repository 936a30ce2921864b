"""Catalogue heads in memory."""

from collections.abc import Sequence

import msgspec

from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.digest import Sha256


class MemoryCatalogueHeads:
    """Implements `ports.records.CatalogueHeads`."""

    def __init__(self) -> None:
        self._heads: dict[str, CatalogueHead] = {}

    async def add(self, head: CatalogueHead) -> bool:
        """Store a mirror's first head; False where it has one."""
        if head.mirror_id in self._heads:
            return False
        self._heads[head.mirror_id] = head
        return True

    async def move(self, head: CatalogueHead) -> bool:
        """Point to a new catalogue, unless the head is of a newer run."""
        current = self._heads.get(head.mirror_id)
        if current is not None and current.run_number > head.run_number:
            return False
        self._heads[head.mirror_id] = head
        return True

    async def exchange(self, head: CatalogueHead, *, was: CatalogueHead) -> bool:
        """Point to what was decided anew of `was`; False where the head is another by now."""
        current = self._heads.get(head.mirror_id)
        if current is None or _identity(current) != _identity(was):
            return False
        self._heads[head.mirror_id] = head
        return True

    async def said(self, mirror_id: str, *, catalogue: Sha256) -> None:
        """Note that what was decided anew was said."""
        current = self._heads.get(mirror_id)
        if current is not None and current.unsaid is not None and current.unsaid.catalogue == catalogue:
            self._heads[mirror_id] = msgspec.structs.replace(current, unsaid=None)

    async def get(self, mirror_id: str) -> CatalogueHead | None:
        """Return a mirror's head."""
        return self._heads.get(mirror_id)

    async def of_channel(self, channel_id: str) -> Sequence[CatalogueHead]:
        """Return the heads of a channel, by mirror id."""
        return [head for _, head in sorted(self._heads.items()) if head.channel_id == channel_id]

    async def all(self) -> Sequence[CatalogueHead]:
        """Return every head, by mirror id."""
        return [head for _, head in sorted(self._heads.items())]

    async def delete(self, mirror_id: str) -> None:
        """Forget a mirror's head; a no-op where there is none."""
        self._heads.pop(mirror_id, None)


def _identity(head: CatalogueHead) -> tuple[str, str, str]:
    return head.run_id, head.manifest, head.catalogue
