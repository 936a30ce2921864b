"""Removing old blobs of an object store beside others who find and store them.

Object stores know no locks and no times that can be set, so two kinds of empty objects
are the notes by which a sweep and those who are about to name a blob see each other:

    seen/ab/cdef…     made by who found the blob; its date is the blob's age
    doomed/ab/cdef…   made by a sweep before it looks at the blob's age for the last time

Each writes its own note first and looks for the other's then, so at least one of them
sees the other: the sweep spares a blob with a young note, and who finds one doomed takes
it for gone, waits until the sweep is over, and stores it again.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from obstore.store import ObjectStore

from libs.common.adapters.blobs.alias import ALIASED, read_alias
from libs.common.domain.digest import Blob, Sha256, is_hex_digest

_DOOM_LASTS = timedelta(minutes=10)
"""A sweep looks and removes within seconds; an older note is of one that was killed."""
_OUTLAST_S = 30.0
_LOOK_S = 0.1


class ObjectSweep:
    """The part of `ObjectBlobStore` that sweeps, and that keeps out of its way; raises what obstore raises."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def renew(self, sha256: Sha256) -> bool:
        """Make a blob young; False where a sweep may be removing it at this moment."""
        await self._store.put_async(key_of("seen", sha256), b"")
        return not await self.is_doomed(sha256) and await self._changed_at(key_of("sha256", sha256)) is not None

    async def outlast(self, sha256: Sha256) -> None:
        """Wait until no sweep is at this blob any more."""
        deadline = asyncio.get_running_loop().time() + _OUTLAST_S
        while await self.is_doomed(sha256) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - the end comes from another process
            await asyncio.sleep(_LOOK_S)

    async def older(self, than: datetime) -> AsyncIterator[Blob]:
        """Yield the blobs that were stored before a time, be they renewed since or not."""
        async for name, meta_at, size_bytes in self._list("sha256"):
            if meta_at < than and is_hex_digest(name, "sha256"):
                yield Blob(sha256=Sha256(name), size_bytes=size_bytes)

    async def sweep(self, sha256: Sha256, older_than: datetime) -> bool:
        """Remove a blob unless it is young; tell whether it was removed."""
        await self._store.put_async(key_of("doomed", sha256), b"")
        try:
            stored_at = await self._changed_at(key_of("sha256", sha256))
            seen_at = await self._changed_at(key_of("seen", sha256))
            if stored_at is None or max(stored_at, seen_at or stored_at) >= older_than:
                return False
            await self._store.delete_async(key_of("sha256", sha256))
        finally:
            await self._store.delete_async(key_of("doomed", sha256))
        return True

    async def tidy(self, older_than: datetime) -> int:
        """Remove old aliases and notes whose blobs are gone; return how many."""
        tidied = 0
        for kind in (*ALIASED, "seen", "doomed"):
            async for name, changed_at, _ in self._list(kind):
                if changed_at >= older_than or await self._leads_somewhere(kind, name):
                    continue
                await self._store.delete_async(key_of(kind, name))
                tidied += 1
        return tidied

    async def _leads_somewhere(self, kind: str, name: str) -> bool:
        if kind == "doomed":
            return await self.is_doomed(Sha256(name))
        if kind == "seen":
            return await self._changed_at(key_of("sha256", name)) is not None
        try:
            answer = await self._store.get_async(key_of(kind, name))
            blob = read_alias(bytes(await answer.bytes_async()))
        except FileNotFoundError:
            return True
        return blob is not None and await self._changed_at(key_of("sha256", blob.sha256)) is not None

    async def is_doomed(self, sha256: Sha256) -> bool:
        """Tell whether a sweep may be removing a blob at this moment."""
        since = await self._changed_at(key_of("doomed", sha256))
        return since is not None and since > datetime.now(UTC) - _DOOM_LASTS

    async def _changed_at(self, key: str) -> datetime | None:
        try:
            changed_at: datetime = (await self._store.head_async(key))["last_modified"]
        except FileNotFoundError:
            return None
        return changed_at

    async def _list(self, kind: str) -> AsyncIterator[tuple[str, datetime, int]]:
        """Yield (name, time of change, size) of the objects of one kind."""
        async for chunk in self._store.list(f"{kind}/"):
            for meta in chunk:
                yield "".join(meta["path"].split("/")[-2:]), meta["last_modified"], meta["size"]


def key_of(kind: str, name: str) -> str:
    """Return the key of an object; the folder keeps listings short."""
    return f"{kind}/{name[:2]}/{name[2:]}"
