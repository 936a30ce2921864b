"""An installation in memory into which people put packages, and out of which they take some."""

import hashlib
from collections.abc import Mapping

from libs.common.contracts.artifact_messages import ArtifactRegistered
from libs.common.domain.catalogue import CatalogueHead, decode_catalogue
from libs.common.domain.digest import Digest, Sha256
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import decode_contents
from libs.common.domain.upload import Removal, Upload, removal_id, upload_id, uploads_mirror_id
from libs.common.ecosystems.registry import ecosystem
from libs.common.ports.blobs import put_bytes, read_all
from libs.common.ports.outbox import Unsaid
from tests.support.packages import Package
from tests.support.records import a_channel
from tests.support.uploads import read
from tests.support.world import World

MAIN = "id-of-main"
CONDA = MirrorType.CONDA


class UploadingWorld(World):
    """What the api stores of uploads and removals is stored as the api does, without a word to anybody."""

    async def open(self) -> None:
        """Make the channel alone; its mirror comes with the first run."""
        if await self.records.channels.get(self.mirror.channel) is None:
            await self.records.channels.add(a_channel())

    async def mirrored(self) -> None:
        """Run the channel's mirror once."""
        await self.open()
        if await self.records.mirrors.get(self.mirror.id) is None:
            await self.records.mirrors.add(self.mirror)
        await self.run()

    async def upload(self, package: Package, *, replace: bool = False, by: str = "ann") -> Upload:
        """Put a file into the channel, in the order of the api."""
        await self.open()
        found = read(ecosystem(CONDA), package.filename, package.data, subdir=package.subdir)
        shard = hashlib.sha256(found.payload).digest()
        blob = await put_bytes(self.blobs, package.data)
        await self.records.shards.put({shard: found.payload})
        upload = Upload(
            id=upload_id(MAIN, found.ckey),
            channel_id=MAIN,
            type=CONDA,
            partition=found.partition,
            name=found.name,
            filename=found.filename,
            ckey=found.ckey,
            sha256=Sha256(blob.sha256),
            size_bytes=blob.size_bytes,
            shard=shard,
            at=self.clock.now(),
            by=by,
        )
        word = ArtifactRegistered(channel="main", channel_id=MAIN, ckey=found.ckey, artifact_family="conda", by=by)
        unsaid = Unsaid(event_id=f"put-{found.ckey}", at=upload.at, message=word)
        assert await self.records.uploads.put(upload, replace=replace, unsaid=[unsaid]) is None
        return upload

    async def take_out(self, package: Package) -> None:
        """Delete an upload."""
        await self.records.uploads.delete(MAIN, package.path)

    async def remove(self, name: str, package: Package | None = None) -> Removal:
        """Remove what mirrors bring by hand: one file, or all of a package."""
        ckey = package.path if package is not None else None
        removal = Removal(
            id=removal_id(MAIN, CONDA, name=name, ckey=ckey),
            channel_id=MAIN,
            type=CONDA,
            name=name,
            ckey=ckey,
            at=self.clock.now(),
            by="ann",
        )
        await self.records.removals.put(removal)
        return removal

    async def fill(self) -> None:
        """Do what a scheduler does when it looks at all uploads."""
        await self.uploads_watch().look()

    async def uploads_head(self) -> CatalogueHead | None:
        """Return the head of the channel's conda uploads."""
        return await self.records.catalogue_heads.get(uploads_mirror_id(MAIN, CONDA))

    async def filled(self) -> dict[str, str]:
        """Return the uploads that the rules let in, by path, and their digests."""
        head = await self.uploads_head()
        if head is None:
            return {}
        catalogue = decode_catalogue(await read_all(self.blobs, head.catalogue))
        shards = {
            entry.shard: partition for partition, part in catalogue.parts.items() for entry in part.entries.values()
        }
        return await self._files({shard: partition for shard, partition in shards.items() if shard is not None})

    async def shown(self) -> dict[str, str]:
        """Return the files of the published revision, by path, and their digests: earlier origins win."""
        channel = await self.records.channels.get(self.mirror.channel)
        assert channel is not None
        if channel.published is None:
            return {}
        revision = await self.records.revisions.get(channel.published.revision_id)
        assert revision is not None
        contents = decode_contents(await read_all(self.blobs, revision.contents))
        found: dict[str, str] = {}
        for partition, part in contents.parts.items():
            for entry in part.entries.values():
                for _, shard in reversed(entry.origins):
                    found |= await self._files({shard: partition})
        return found

    async def _files(self, shards: Mapping[bytes, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for shard, payload in (await self.records.shards.get(list(shards))).items():
            for artifact in ecosystem(CONDA).artifacts(payload, partition=shards[shard]):
                found[artifact.ckey] = artifact.expected.digest.hex
        return found

    async def lose(self, package: Package) -> None:
        """Let the blob store lose a package's file."""
        await self.blobs.remove(Sha256(package.sha256))
        assert await self.blobs.find(Digest("sha256", package.sha256)) is None
