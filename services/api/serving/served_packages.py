"""(channel, package) -> its files as clients get them: for lists of packages, and for copies of their files.

A name that nobody read is read as when a client asks for it; a file that is not stored comes in
as when a client downloads it.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.digest import Blob
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.manifest import UNREAD, ShardDigest
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import Revision, RevisionMirror
from libs.common.ecosystems.protocol import ArtifactRef
from libs.common.ports.blobs import BlobStore
from libs.common.ports.records import Mirrors, Shards
from libs.common.ports.secrets import Seal
from services.api.serving.contents import ServedContents
from services.api.serving.hops import Asking
from services.api.serving.kept_names import KeptNames
from services.api.serving.located import PackageFile
from services.api.serving.origin import find_origin
from services.api.serving.passive import Passages, check_blob
from services.api.serving.ports import ServedEcosystem
from services.api.serving.revisions import ReadRevisions

_LOOKS_AT_ONCE = 16


_Parts = Mapping[str, tuple[bytes, ...]]
"""The shards of a package by partition, the first that counts first."""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """What one mirror brings of a package in one partition.

    `artifacts` and what belongs to them, `companions`, are by file name; none where they are withdrawn.
    """

    mirror: RevisionMirror
    files_url: str
    partition: str
    payload: bytes
    artifacts: Mapping[str, ArtifactRef]
    companions: Mapping[str, ArtifactRef]


PackageKey = tuple[MirrorType, str]
"""A package of one ecosystem, by the name that its shards are filed under."""


class ServedPackages:
    """Reads what stands behind the names of channels' current revisions."""

    def __init__(
        self,
        *,
        revisions: ReadRevisions,
        names: KeptNames,
        shards: Shards,
        ecosystems: Mapping[MirrorType, ServedEcosystem],
        passages: Passages,
        blobs: BlobStore,
        mirrors: Mirrors,
        seal: Seal,
    ) -> None:
        self._revisions = revisions
        self._names = names
        self._shards = shards
        self._ecosystems = ecosystems
        self._passages = passages
        self._blobs = blobs
        self._mirrors = mirrors
        self._seal = seal

    async def current(self, channel: Channel) -> Revision | None:
        """Return what a channel shows; None before it was published.

        Raises:
            StoreUnavailable: when the database does not answer, or lost it.
        """
        return await self._revisions.current(channel)

    async def contents(self, revision: Revision) -> ServedContents:
        """Return what stands behind a revision's names.

        Raises:
            StoreUnavailable: when the blob store does not answer, or lost it.
        """
        return await self._revisions.contents(revision)

    async def partitions(self, channel: Channel, type_: MirrorType, name: str) -> tuple[str, ...]:
        """Return the partitions in which a channel has a package.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        revision = await self.current(channel)
        if revision is None:
            return ()
        parts = (await self.contents(revision)).parts
        return tuple(
            partition
            for partition, part in sorted(parts.items())
            if name in part.entries and revision.mirrors[part.entries[name].origins[0][0]].type is type_
        )

    async def mirrors_of(self, channel: Channel, type_: MirrorType, name: str) -> frozenset[str]:
        """Return the ids of the mirrors that bring a package into a channel, also of one that nobody read.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        revision = await self.current(channel)
        if revision is None:
            return frozenset()
        parts = (await self.contents(revision)).parts.values()
        entries = (part.entries[name] for part in parts if name in part.entries)
        mirrors = (revision.mirrors[place] for entry in entries for place, _ in entry.origins)
        return frozenset(mirror.mirror_id for mirror in mirrors if mirror.type is type_)

    async def read(self, revision: Revision, packages: Collection[PackageKey]) -> Mapping[PackageKey, _Parts]:
        """Return the records of some packages by partition, in one question to the database.

        Names that nobody read are not among them.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        wanted = set(packages)
        found: dict[PackageKey, dict[str, list[ShardDigest]]] = {}
        for partition, part in (await self.contents(revision)).parts.items():
            for type_, name in wanted:
                entry = part.entries.get(name)
                if entry is None or revision.mirrors[entry.origins[0][0]].type is not type_:
                    continue
                shards = [shard for _, shard in entry.origins if shard != UNREAD]
                if shards:
                    found.setdefault((type_, name), {})[partition] = shards
        digests = {shard for parts in found.values() for shards in parts.values() for shard in shards}
        payloads = await self._shards.get(tuple(digests))
        if len(payloads) < len(digests):
            raise StoreUnavailable("a shard of a published revision is not in the database")
        return {
            package: {partition: tuple(payloads[shard] for shard in shards) for partition, shards in parts.items()}
            for package, parts in found.items()
        }

    async def layers(self, channel: Channel, type_: MirrorType, name: str, *, partition: str) -> Sequence[Layer]:
        """Return what mirrors bring of a package in one partition, the first that counts first.

        Raises:
            UpstreamUnavailable: when a source that is to be read can't be had now.
            UpstreamRefused: when it gives nothing.
            UnreadableIndex: when what it gives can't be understood.
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        revision = await self.current(channel)
        if revision is None:
            return ()
        ecosystem, layers = self._ecosystems[type_], list[Layer]()
        asking = Asking(channel=channel.key)
        for listed in await self._names.listed(revision, asking=asking, partition=partition, name=name):
            kept = await self._names.kept(ecosystem, listed)
            if kept is None:
                continue
            files = await self._names.files(ecosystem, kept, partition=partition)
            layers.append(
                Layer(
                    mirror=kept.mirror,
                    files_url=kept.files_url,
                    partition=partition,
                    payload=await self._names.payload(kept),
                    artifacts=files.artifacts,
                    companions=files.companions,
                )
            )
        return layers

    async def stored(self, artifacts: Sequence[ArtifactRef]) -> frozenset[str]:
        """Return the ckeys of those files whose bytes are here.

        Raises:
            StoreUnavailable: when the blob store does not answer.
        """
        at_once = asyncio.Semaphore(_LOOKS_AT_ONCE)

        async def is_stored(artifact: ArtifactRef) -> bool:
            async with at_once:
                return await self._blobs.find(artifact.expected.digest) is not None

        found = await asyncio.gather(*map(is_stored, artifacts))
        return frozenset(artifact.ckey for artifact, is_here in zip(artifacts, found, strict=True) if is_here)

    async def fetch(self, channel: Channel, layer: Layer, artifact: ArtifactRef) -> Blob:
        """Return the bytes of a file, which are fetched where they are not here.

        Raises:
            TainError: why they can't be had.
        """
        blob = await self._blobs.find(artifact.expected.digest)
        if blob is not None:
            return check_blob(blob, artifact.expected)
        file = PackageFile(artifact=artifact, mirror=layer.mirror, files_url=layer.files_url)
        wanted = await find_origin(file, channel=channel.key, mirrors=self._mirrors, seal=self._seal)
        return await self._passages.fetch(wanted)
