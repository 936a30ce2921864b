"""(channel, path) -> what to send.

Only what the channel's own revisions name is ever found, so that no channel shows
another's shards or files, although they lie in the same stores.

- An index file is the current revision's, or the empty one of a partition that it has not.
- A shard may also be an older revision's, for clients hold an index for a while.
- So may a package, for a short while: what upstream removed goes on installing from an index of
  minutes ago.
- A package that a rule excludes is gone at once (`still_allowed.py`). A shard that names it goes a
  minute after: whoever reads an index in the moment in which it is replaced reads it to its end.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.digest import is_hex_digest, sha256_of
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.domain.revision import IndexFile, Revision, RevisionMirror
from libs.common.ecosystems.protocol import ArtifactPath, ArtifactRef, IndexPath, Served, ServingEcosystem, ShardPath
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.clock import Clock
from services.api.serving.contents import ServedContents, read_contents
from services.api.serving.ports import Records
from services.api.serving.recent import Recent
from services.api.serving.still_allowed import StillAllowed

_REVISIONS = 64
_CONTENTS_BYTES = 96 * 1024 * 1024
_ARTIFACTS = 50_000
_OLDER_REVISIONS = 50
_READ_TO_ITS_END = timedelta(minutes=1)


class StoredIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index file of the current revision."""

    path: str
    file: IndexFile


class EmptyIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The index file of a partition without packages."""

    path: str
    data: bytes
    sha256: str


class RenderedShard(msgspec.Struct, frozen=True, kw_only=True):
    """A shard's bytes."""

    sha256: str
    data: bytes


class PackageFile(msgspec.Struct, frozen=True, kw_only=True):
    """A package: its record, the mirror that brought it, and where that mirror's files lie."""

    artifact: ArtifactRef
    mirror: RevisionMirror
    files_url: str


Located = StoredIndex | EmptyIndex | RenderedShard | PackageFile


class Locator:
    """Finds what a path below a channel stands for."""

    def __init__(
        self,
        *,
        records: Records,
        blobs: BlobStore,
        ecosystems: Sequence[ServingEcosystem],
        clock: Clock,
        old_revision: timedelta,
        old_file: timedelta,
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._ecosystems = tuple(ecosystems)
        self._clock = clock
        self._old_revision = old_revision
        self._old_file = old_file
        self._revisions: Recent[str, Revision] = Recent(budget=_REVISIONS)
        self._contents: Recent[str, ServedContents] = Recent(budget=_CONTENTS_BYTES)
        self._artifacts: Recent[tuple[str, bytes], dict[str, ArtifactRef]] = Recent(budget=_ARTIFACTS)
        self._empty: dict[str, EmptyIndex] = {}
        self._still_allowed = StillAllowed(blobs=blobs)

    async def locate(self, channel: Channel, path: str) -> Located:
        """Return what to send.

        Raises:
            NotFound: for anything that the channel's revisions do not name.
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        ecosystem, served = self._route(path)
        revision = await self._current(channel)
        if isinstance(served, IndexPath):
            return self._index(ecosystem, revision, served.path)
        if revision is None:
            raise _no_such_file()
        if isinstance(served, ShardPath):
            return await self._shard(revision, served)
        if isinstance(served, ArtifactPath):
            return await self._package(ecosystem, revision, served)
        raise _no_such_file()

    def _route(self, path: str) -> tuple[ServingEcosystem, Served]:
        for ecosystem in self._ecosystems:
            served = ecosystem.route(path)
            if served is not None:
                return ecosystem, served
        raise _no_such_file()

    def _index(self, ecosystem: ServingEcosystem, revision: Revision | None, path: str) -> StoredIndex | EmptyIndex:
        if revision is not None:
            file = revision.files.get(path)
            if file is not None:
                return StoredIndex(path=path, file=file)
            folder = path.rpartition("/")[0]
            # A partition that is there and lacks this file has no such file: an empty one would lie.
            if folder and any(other.startswith(f"{folder}/") for other in revision.files):
                raise _no_such_file()
        empty = self._empty.get(path)
        if empty is not None:
            return empty
        data = ecosystem.empty_index(path)
        if data is None:
            raise _no_such_file()
        # Bounded: an ecosystem knows few partitions, and few files of each.
        self._empty[path] = EmptyIndex(path=path, data=data, sha256=sha256_of(data))
        return self._empty[path]

    async def _shard(self, revision: Revision, served: ShardPath) -> RenderedShard:
        if not is_hex_digest(served.sha256, "sha256"):
            raise _no_such_file()
        digest = bytes.fromhex(served.sha256)
        is_current = await self._names_shard(revision, served.partition, digest)
        # Looked up before older contents are read, so that made-up digests cost no more than this.
        data = await self._records.rendered_shards.get(digest)
        if data is None and is_current:
            raise StoreUnavailable("a shard that the index names is not in the database")
        if data is None:
            raise _no_such_file()
        if not is_current and not await self._older_names_shard(revision, served.partition, digest):
            raise _no_such_file()
        return RenderedShard(sha256=served.sha256, data=data)

    async def _older_names_shard(self, revision: Revision, partition: str, digest: bytes) -> bool:
        async for older in self._older(revision, self._old_revision):
            if await self._names_shard(older, partition, digest) and await self._may_show(
                older, revision, partition, digest
            ):
                return True
        return False

    async def _may_show(self, older: Revision, revision: Revision, partition: str, digest: bytes) -> bool:
        """Tell whether a shard shows nothing that a rule excludes by now, or its index may just be read."""
        if older.superseded_at is None or older.superseded_at >= self._clock.now() - _READ_TO_ITS_END:
            return True
        entries = (await self._contents_of(older)).parts[partition].entries
        name, entry = next((name, entry) for name, entry in entries.items() if entry.rendered == digest)
        for place, _ in entry.origins:
            mirror = older.mirrors[place]
            if not await self._still_allowed.holds(mirror, revision, partition=partition, name=name):
                return False
        return True

    async def _names_shard(self, revision: Revision, partition: str, digest: bytes) -> bool:
        contents = await self._contents_of(revision)
        return digest in contents.rendered.get(partition, frozenset())

    async def _package(self, ecosystem: ServingEcosystem, revision: Revision, served: ArtifactPath) -> PackageFile:
        file = await self._find_package(ecosystem, revision, served)
        if file is not None:
            return file
        async for older in self._older(revision, self._old_file):
            file = await self._find_package(ecosystem, older, served)
            if file is not None and await self._still_allowed.holds(
                file.mirror, revision, partition=served.partition, name=served.name
            ):
                return file
        raise _no_such_file()

    async def _find_package(
        self, ecosystem: ServingEcosystem, revision: Revision, served: ArtifactPath
    ) -> PackageFile | None:
        part = (await self._contents_of(revision)).parts.get(served.partition)
        entry = part.entries.get(served.name) if part is not None else None
        if part is None or entry is None:
            return None
        for place, digest in entry.origins:
            artifacts = await self._artifacts_of(ecosystem, served.partition, digest)
            artifact = artifacts.get(served.filename)
            if artifact is not None:
                mirror = revision.mirrors[place]
                return PackageFile(artifact=artifact, mirror=mirror, files_url=part.files_urls[place])
        return None

    async def _current(self, channel: Channel) -> Revision | None:
        if channel.published is None:
            return None
        revision_id = channel.published.revision_id

        async def load() -> tuple[Revision, int]:
            revision = await self._records.revisions.get(revision_id)
            if revision is None:
                raise StoreUnavailable("the channel's published revision is not in the database")
            return revision, 1

        return await self._revisions.get(revision_id, load)

    async def _older(self, revision: Revision, age: timedelta) -> AsyncIterator[Revision]:
        """Yield the revisions before this one that were current within `age`, newest first."""
        earliest = self._clock.now() - age
        for older in await self._records.revisions.list(revision.channel_id, limit=_OLDER_REVISIONS):
            is_recent = older.superseded_at is None or older.superseded_at >= earliest
            if older.number < revision.number and is_recent:
                yield older

    async def _contents_of(self, revision: Revision) -> ServedContents:
        async def load() -> tuple[ServedContents, int]:
            try:
                data = await read_all(self._blobs, revision.contents)
            except NotFound as exc:
                raise StoreUnavailable("the contents of a revision are not in the blob store") from exc
            return await asyncio.to_thread(read_contents, data), len(data)

        return await self._contents.get(revision.contents, load)

    async def _artifacts_of(self, ecosystem: ServingEcosystem, partition: str, digest: bytes) -> dict[str, ArtifactRef]:
        async def load() -> tuple[dict[str, ArtifactRef], int]:
            payload = (await self._records.shards.get((digest,))).get(digest)
            if payload is None:
                raise StoreUnavailable("a shard of a published revision is not in the database")
            refs = await asyncio.to_thread(ecosystem.artifacts, payload, partition=partition)
            return {ref.filename: ref for ref in refs}, len(refs) + 1

        return await self._artifacts.get((partition, digest), load)


def _no_such_file() -> NotFound:
    return NotFound("this channel has no such file")
