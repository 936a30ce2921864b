"""(revision, partition, name) -> the kept records of each mirror that brings the name, and their files."""

import asyncio
import hashlib
from collections.abc import Mapping

import msgspec

from libs.common.domain.digest import Digest
from libs.common.domain.errors import StoreUnavailable, UpstreamUnavailable
from libs.common.domain.manifest import UNREAD
from libs.common.domain.revision import Revision, RevisionMirror
from libs.common.ecosystems.protocol import ArtifactRef, ServingEcosystem
from libs.common.ports.records import Shards
from services.api.serving.hops import Asking
from services.api.serving.ports import ServedEcosystem
from services.api.serving.recent import Recent
from services.api.serving.revisions import ReadRevisions
from services.api.serving.unread_names import Listed, UnreadNames

_FILES = 50_000


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What one mirror brings of a name, under the sha256 of its payload; `payload` where it is at hand."""

    mirror: RevisionMirror
    files_url: str
    digest: bytes
    payload: bytes | None = None


class FilesOf(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a shard and their companions, by file name; `looked_into` as `needs_extraction` says.

    None where the source says that none may be offered.
    """

    artifacts: Mapping[str, ArtifactRef]
    companions: Mapping[str, ArtifactRef]
    looked_into: Mapping[str, Digest]


class KeptNames:
    """Finds records; a client waits `wait_s` at most for names that are read from their source."""

    def __init__(self, *, revisions: ReadRevisions, shards: Shards, unread: UnreadNames, wait_s: float) -> None:
        self._revisions = revisions
        self._shards = shards
        self._unread = unread
        self._wait_s = wait_s
        self._files: Recent[tuple[str, bytes], FilesOf] = Recent(budget=_FILES)

    async def listed(self, revision: Revision, *, asking: Asking, partition: str, name: str) -> tuple[Listed, ...]:
        """Return what mirrors bring of a name, the first that counts first.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        part = (await self._revisions.contents(revision)).parts.get(partition)
        entry = part.entries.get(name) if part is not None else None
        if part is None or entry is None:
            return ()
        return tuple(
            Listed(
                asking=asking,
                mirror=revision.mirrors[place],
                files_url=part.files_urls[place],
                partition=partition,
                name=name,
                shard=shard,
            )
            for place, shard in entry.origins
        )

    async def kept(self, ecosystem: ServedEcosystem, listed: Listed) -> Kept | None:
        """Return the records of one mirror; None where the rules or the source leave nothing.

        Raises:
            UpstreamUnavailable: when a source that is to be read can't be had now.
            UpstreamRefused: when it gives nothing.
            UnreadableIndex: when what it gives can't be understood.
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        if listed.shard != UNREAD:
            return Kept(mirror=listed.mirror, files_url=listed.files_url, digest=listed.shard)
        try:
            payload = await asyncio.wait_for(self._unread.kept(listed, ecosystem), self._wait_s)
        except TimeoutError as exc:
            # The reading goes on: whoever comes back finds it done.
            raise UpstreamUnavailable("the project's source takes long to answer; try again", retry_after_s=5) from exc
        if payload is None:
            return None
        digest = hashlib.sha256(payload).digest()
        return Kept(mirror=listed.mirror, files_url=listed.files_url, digest=digest, payload=payload)

    async def payload(self, kept: Kept) -> bytes:
        """Return the records.

        Raises:
            StoreUnavailable: when the database does not answer, or lost them.
        """
        if kept.payload is not None:
            return kept.payload
        payload = (await self._shards.get((kept.digest,))).get(kept.digest)
        if payload is None:
            raise StoreUnavailable("a shard of a published revision is not in the database")
        return payload

    async def files(self, ecosystem: ServingEcosystem, kept: Kept, *, partition: str) -> FilesOf:
        """Return the files that records tell of.

        Raises:
            StoreUnavailable: as `payload`.
        """

        async def load() -> tuple[FilesOf, int]:
            files = await asyncio.to_thread(_files_of, await self.payload(kept), partition, ecosystem)
            return files, len(files.artifacts) + len(files.companions) + 1

        return await self._files.get((partition, kept.digest), load)

    async def stop(self) -> None:
        """Give up what is being read."""
        await self._files.stop()
        await self._unread.stop()


def _files_of(payload: bytes, partition: str, ecosystem: ServingEcosystem) -> FilesOf:
    if ecosystem.is_withdrawn(payload):
        return FilesOf(artifacts={}, companions={}, looked_into={})
    return FilesOf(
        artifacts={ref.filename: ref for ref in ecosystem.artifacts(payload, partition=partition)},
        companions={ref.filename: ref for ref in ecosystem.companions(payload, partition=partition)},
        looked_into=ecosystem.needs_extraction(payload, partition=partition),
    )
