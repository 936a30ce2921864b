"""artifact.fetch -> artifact.fetched: fetch, verify and store the files of a batch."""

import asyncio
from functools import partial

import msgspec

from libs.common.contracts.messages import (
    ArtifactFetch,
    ArtifactFetched,
    CveWord,
    FailedFile,
    FileToFetch,
    Origin,
    StoredFile,
)
from libs.common.domain.errors import InvalidInput, Permanent, UpstreamUnavailable
from libs.common.ports.secrets import Seal
from libs.common.vulnerabilities.package_words import bounded
from services.fetcher.received import ReceivedBytes
from services.fetcher.room import FileRoom
from services.fetcher.stop_watch import StopWatch
from services.fetcher.store_file import FileStore


class FetchArtifacts:
    """Handles batches; the same batch twice fetches nothing twice."""

    def __init__(
        self, *, files: FileStore, seal: Seal, stops: StopWatch, room: FileRoom, received: ReceivedBytes
    ) -> None:
        self._files = files
        self._room = room
        self._received = received
        self._seal = seal
        self._stops = stops

    async def fetch(self, batch: ArtifactFetch) -> ArtifactFetched:
        """Store what can be stored, and say for every other file why not.

        A stop flag on the run drops all transfers at once; what is stored stays.

        Raises:
            StoreUnavailable: when the blob store takes nothing; the batch is to be tried again.
        """
        stored: list[StoredFile] = []
        failed: list[FailedFile] = []
        words: dict[str, tuple[CveWord, ...]] = {}
        is_stopped = False
        try:
            origin = self._open(batch)
        except InvalidInput as exc:
            failed = [_failed(file, exc) for file in batch.files]
        else:
            async with self._stops.dropping(batch.run_id) as work:
                if not work.is_stopped:
                    await self._store_all(batch, origin, stored, failed, words)
            is_stopped = work.is_stopped
        tried = {file.ckey for file in stored} | {file.ckey for file in failed}
        return ArtifactFetched(
            run_id=batch.run_id,
            mirror_id=batch.mirror_id,
            attempt=batch.attempt,
            batch=batch.batch,
            stored=tuple(stored),
            failed=tuple(failed),
            not_tried=tuple(file.ckey for file in batch.files if file.ckey not in tried),
            is_stopped=is_stopped,
            cves=bounded(words),
            fetcher=self._received.fetcher,
            received_bytes=self._received.of(batch.run_id),
        )

    def told(self, result: ArtifactFetched) -> None:
        """Note that an answer was said, and what came in with it."""
        self._received.told(result.run_id, result.received_bytes)

    def _open(self, batch: ArtifactFetch) -> Origin:
        try:
            return msgspec.json.decode(self._seal.unseal(batch.origin), type=Origin)
        except (InvalidInput, msgspec.DecodeError):
            raise InvalidInput(
                "the source's address can't be unsealed: this fetcher has another secret key than the scheduler"
            ) from None

    async def _store_all(
        self,
        batch: ArtifactFetch,
        origin: Origin,
        stored: list[StoredFile],
        failed: list[FailedFile],
        words: dict[str, tuple[CveWord, ...]],
    ) -> None:
        count = partial(self._received.add, batch.run_id)

        async def store(file: FileToFetch) -> None:
            try:
                stored.append(await self._files.store(file, origin=origin, words=words, count=count))
            except (Permanent, UpstreamUnavailable) as exc:
                failed.append(_failed(file, exc))
            self._room.done(batch)

        try:
            async with asyncio.TaskGroup() as group:
                for file in batch.files:
                    group.create_task(store(file))
        except ExceptionGroup as exc:
            # The first one, of the store or a bug, ended the others: it alone says what to do.
            raise exc.exceptions[0] from None


def _failed(file: FileToFetch, exc: Permanent | UpstreamUnavailable) -> FailedFile:
    return FailedFile(ckey=file.ckey, code=exc.code, reason=exc.message)
