"""Companions that stand in package files, taken out once a file is stored.

A page tells of those that are known when it is rendered, those that this process found at once.
"""

import asyncio
from collections.abc import Mapping

import structlog

from libs.common.domain.digest import Blob, Digest, Sha256
from libs.common.domain.errors import TainError
from libs.common.ecosystems.protocol import ServingEcosystem
from libs.common.ports.blobs import BlobStore
from libs.common.ports.clock import Clock
from libs.common.ports.records import Extracted
from libs.common.runtime.extract_stored import extract_stored
from services.api.serving.recent import Recent

Known = Mapping[str, Sha256]

_LOOKED_INTO = 100_000
_KNOWN_FILES = 500_000
_LOOK_AGAIN_S = 10
_AT_ONCE = 4
_LOG = structlog.get_logger()


class Extraction:
    """Looks into files in the background; `stop` gives that up."""

    def __init__(self, *, blobs: BlobStore, extracted: Extracted, clock: Clock) -> None:
        self._blobs = blobs
        self._extracted = extracted
        self._clock = clock
        self._looked_into: Recent[Digest, bool] = Recent(budget=_LOOKED_INTO)
        self._known: Recent[tuple[object, ...], Known] = Recent(budget=_KNOWN_FILES)
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._found = 0

    def look_into(self, filename: str, blob: Blob, *, of: Digest, ecosystem: ServingEcosystem) -> None:
        """Begin to look into a stored file, unless that was done; `of` is the digest that its record has."""
        if of in self._looked_into:
            return
        self._begin(filename, blob, of=of, ecosystem=ecosystem)

    def look_into_new(self, filename: str, blob: Blob, *, of: Digest, ecosystem: ServingEcosystem) -> None:
        """Begin to look into a file that came in now: what was known of it may have gone with it, when it was swept."""
        self._looked_into.forget(of)
        self._begin(filename, blob, of=of, ecosystem=ecosystem)

    async def text_of(self, filename: str, *, of: Digest, ecosystem: ServingEcosystem) -> bytes | None:
        """Return what stands in a file; None where there is nothing, or the file is not stored.

        Raises:
            StoreUnavailable: when a store does not answer.
        """
        data = await self._extracted.get(of)
        if data is None:
            blob = await self._blobs.find(of)
            if blob is None:
                return None
            async with self._at_once:
                data = await self._extract(filename, blob, of=of, ecosystem=ecosystem)
        return data or None

    async def known(self, files: Mapping[str, Digest], *, key: tuple[object, ...]) -> Known:
        """Return what is known of files, by name; `key` names the files.

        What other processes found is seen after some seconds.

        Raises:
            StoreUnavailable: when the database does not answer.
        """
        if not files:
            return {}

        async def load() -> tuple[Known, int]:
            found = await self._extracted.known(tuple(files.values()))
            known = {name: sha256 for name, of in files.items() if (sha256 := found.get(of)) is not None}
            return known, len(known) + 1

        moment = int(self._clock.now().timestamp() // _LOOK_AGAIN_S)
        return await self._known.get((*key, moment, self._found), load)

    async def settled(self) -> None:
        """Wait until nothing is looked into."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def stop(self) -> None:
        """Give up what is looked into."""
        for task in self._tasks:
            task.cancel()
        await self.settled()
        await self._looked_into.stop()
        await self._known.stop()

    def _begin(self, filename: str, blob: Blob, *, of: Digest, ecosystem: ServingEcosystem) -> None:
        task = asyncio.create_task(self._look_into(filename, blob, of=of, ecosystem=ecosystem))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look_into(self, filename: str, blob: Blob, *, of: Digest, ecosystem: ServingEcosystem) -> None:
        async def load() -> tuple[bool, int]:
            async with self._at_once:
                if await self._extracted.get(of) is None:
                    await self._extract(filename, blob, of=of, ecosystem=ecosystem)
            return True, 1

        try:
            await self._looked_into.get(of, load)
        except TainError as exc:
            _LOG.warning("file_not_looked_into", filename=filename, code=exc.code, reason=exc.message)

    async def _extract(self, filename: str, blob: Blob, *, of: Digest, ecosystem: ServingEcosystem) -> bytes:
        data = await extract_stored(
            filename, blob, of=of, ecosystem=ecosystem, blobs=self._blobs, extracted=self._extracted
        )
        self._found += bool(data)
        return data
