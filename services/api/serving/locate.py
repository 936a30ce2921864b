"""(channel, path) -> what to send.

Only what the channel's own revisions name is ever found, so that no channel shows
another's shards or files, although they lie in the same stores.

- An index file is the current revision's, or the empty one of a partition that it has not.
- A page is rendered from the current revision's records, and from nothing else.
- A shard may also be an older revision's, for clients hold an index for a while.
- So may a package, for a short while: what upstream removed goes on installing from an index of
  minutes ago. What belongs to a package goes with it.
- A package that a rule excludes, or its source puts in quarantine, is gone at once
  (`still_allowed.py`). A shard that names it goes a minute after: whoever reads an index in the
  moment in which it is replaced reads it to its end.
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.digest import is_hex_digest, sha256_of
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.domain.manifest import UNREAD
from libs.common.domain.revision import Revision
from libs.common.ecosystems.served import (
    ArtifactPath,
    CompanionPath,
    IndexPath,
    MovedPath,
    NegotiatedPath,
    PagePath,
    Served,
    ShardPath,
)
from libs.common.ports.clock import Clock
from libs.common.ports.records import RenderedShards
from services.api.serving.extraction import Extraction
from services.api.serving.hops import Asking
from services.api.serving.kept_names import Kept, KeptNames
from services.api.serving.located import (
    CompanionFile,
    EmptyIndex,
    ExtractedFile,
    Located,
    Moved,
    PackageFile,
    Page,
    RenderedShard,
    StoredIndex,
)
from services.api.serving.negotiate import choose_type
from services.api.serving.pages import Pages
from services.api.serving.ports import ServedEcosystem
from services.api.serving.representation import content_type_of
from services.api.serving.revisions import ReadRevisions
from services.api.serving.still_allowed import StillAllowed
from services.api.serving.unread_names import Listed

_READ_TO_ITS_END = timedelta(minutes=1)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks for: the path below the channel, and what chooses among its forms; `hops` as in `hops.py`."""

    path: str
    is_folder: bool = False
    accept: str | None = None
    query: bytes = b""
    hops: int = 0


class Locator:
    """Finds what a path below a channel stands for."""

    def __init__(
        self,
        *,
        ecosystems: Sequence[ServedEcosystem],
        revisions: ReadRevisions,
        names: KeptNames,
        pages: Pages,
        extraction: Extraction,
        rendered_shards: RenderedShards,
        still_allowed: StillAllowed,
        clock: Clock,
        old_revision: timedelta,
        old_file: timedelta,
    ) -> None:
        self._ecosystems = tuple(ecosystems)
        self._revisions = revisions
        self._names = names
        self._pages = pages
        self._extraction = extraction
        self._rendered_shards = rendered_shards
        self._still_allowed = still_allowed
        self._clock = clock
        self._old_revision = old_revision
        self._old_file = old_file
        self._empty: dict[IndexPath, EmptyIndex] = {}

    async def locate(self, channel: Channel, asked: Asked) -> Located:
        """Return what to send.

        Raises:
            NotFound: for anything that the channel's revisions do not name.
            NotAcceptable: when it is there in no type that the client takes.
            UpstreamUnavailable: when a name is to be read whose source can't be had now.
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        ecosystem, served = self._route(asked)
        asking = Asking(channel=channel.key, hops=asked.hops)
        if not isinstance(served, NegotiatedPath):
            return await self._find(channel, ecosystem, served, asking)
        types = [choice.content_type or content_type_of(_path_of(choice)) for choice in served.choices]
        choice = served.choices[choose_type(types, accept=asked.accept, query=asked.query)]
        found = await self._find(channel, ecosystem, choice, asking)
        if isinstance(found, Page | StoredIndex | EmptyIndex):
            return msgspec.structs.replace(found, is_negotiated=True)
        return found

    def _route(self, asked: Asked) -> tuple[ServedEcosystem, Served]:
        for ecosystem in self._ecosystems:
            served = ecosystem.route(asked.path, is_folder=asked.is_folder)
            if served is not None:
                return ecosystem, served
        raise _no_such_file()

    async def _find(self, channel: Channel, ecosystem: ServedEcosystem, served: Served, asking: Asking) -> Located:
        if isinstance(served, MovedPath):
            return Moved(location=served.location)
        revision = await self._revisions.current(channel)
        if isinstance(served, IndexPath):
            return self._index(ecosystem, revision, served)
        if revision is None:
            raise _no_such_file()
        if isinstance(served, PagePath):
            return await self._page(ecosystem, revision, served, asking)
        if isinstance(served, ShardPath):
            return await self._shard(revision, served)
        if isinstance(served, ArtifactPath | CompanionPath):
            return await self._file(ecosystem, revision, served, asking)
        raise _no_such_file()

    def _index(
        self, ecosystem: ServedEcosystem, revision: Revision | None, served: IndexPath
    ) -> StoredIndex | EmptyIndex:
        path = served.path
        if revision is not None:
            file = revision.files.get(path)
            if file is not None:
                return StoredIndex(path=path, file=file, content_type=served.content_type)
            folder = path.rpartition("/")[0]
            # A partition that is there and lacks this file has no such file: an empty one would lie.
            if folder and any(other.startswith(f"{folder}/") for other in revision.files):
                raise _no_such_file()
        if served not in self._empty:
            data = ecosystem.empty_index(path)
            if data is None:
                raise _no_such_file()
            # Bounded: an ecosystem knows few partitions, and few files of each.
            self._empty[served] = EmptyIndex(
                path=path, data=data, sha256=sha256_of(data), content_type=served.content_type
            )
        return self._empty[served]

    async def _page(self, ecosystem: ServedEcosystem, revision: Revision, served: PagePath, asking: Asking) -> Page:
        listed = await self._listed(revision, served, asking)
        found = [await self._names.kept(ecosystem, one) for one in listed]
        sources = [kept for kept in found if kept is not None]
        page = await self._pages.render(ecosystem, served, sources, asking=asking) if sources else None
        if page is None:
            raise _no_such_file()
        return page

    async def _shard(self, revision: Revision, served: ShardPath) -> RenderedShard:
        if not is_hex_digest(served.sha256, "sha256"):
            raise _no_such_file()
        digest = bytes.fromhex(served.sha256)
        is_current = await self._names_shard(revision, served.partition, digest)
        # Looked up before older contents are read, so that made-up digests cost no more than this.
        data = await self._rendered_shards.get(digest)
        if data is None and is_current:
            raise StoreUnavailable("a shard that the index names is not in the database")
        if data is None:
            raise _no_such_file()
        if not is_current and not await self._older_names_shard(revision, served.partition, digest):
            raise _no_such_file()
        return RenderedShard(sha256=served.sha256, data=data)

    async def _older_names_shard(self, revision: Revision, partition: str, digest: bytes) -> bool:
        async for older in self._revisions.older(revision, self._old_revision):
            if await self._names_shard(older, partition, digest) and await self._may_show(
                older, revision, partition, digest
            ):
                return True
        return False

    async def _may_show(self, older: Revision, revision: Revision, partition: str, digest: bytes) -> bool:
        """Tell whether a shard shows nothing that a rule excludes by now, or its index may just be read."""
        if older.superseded_at is None or older.superseded_at >= self._clock.now() - _READ_TO_ITS_END:
            return True
        entries = (await self._revisions.contents(older)).parts[partition].entries
        name, entry = next((name, entry) for name, entry in entries.items() if entry.rendered == digest)
        for place, _ in entry.origins:
            mirror = older.mirrors[place]
            if not await self._still_allowed.holds(mirror, revision, partition=partition, name=name):
                return False
        return True

    async def _names_shard(self, revision: Revision, partition: str, digest: bytes) -> bool:
        contents = await self._revisions.contents(revision)
        return digest in contents.rendered.get(partition, frozenset())

    async def _file(
        self, ecosystem: ServedEcosystem, revision: Revision, served: ArtifactPath | CompanionPath, asking: Asking
    ) -> PackageFile | CompanionFile | ExtractedFile:
        listed = await self._listed(revision, served, asking)
        found = await self._find_file(ecosystem, listed, served)
        if found is not None:
            return found[1]
        if await self._is_last_word(ecosystem, listed, partition=served.partition):
            raise _no_such_file()
        async for older in self._revisions.older(revision, self._old_file):
            listed = await self._listed(older, served, asking)
            found = None if _has_unread(listed) else await self._find_file(ecosystem, listed, served)
            if found is not None and await self._still_allowed.holds(
                found[0].mirror, revision, partition=served.partition, name=served.name
            ):
                return found[1]
        raise _no_such_file()

    async def _is_last_word(self, ecosystem: ServedEcosystem, listed: Sequence[Listed], *, partition: str) -> bool:
        """Tell whether nothing older may be served beside what is listed of a name now.

        What rules leave out of a name that nobody read no catalogue tells. And a source that goes on
        to list a name, and offers nothing of it, means just that: it may be malware (PEP 792, quarantined).
        """
        for one in listed:
            kept = await self._names.kept(ecosystem, one) if one.shard != UNREAD else None
            if kept is None or not (await self._names.files(ecosystem, kept, partition=partition)).artifacts:
                return True
        return False

    async def _listed(
        self, revision: Revision, served: PagePath | ArtifactPath | CompanionPath, asking: Asking
    ) -> tuple[Listed, ...]:
        return await self._names.listed(revision, asking=asking, partition=served.partition, name=served.name)

    async def _find_file(
        self, ecosystem: ServedEcosystem, listed: Sequence[Listed], served: ArtifactPath | CompanionPath
    ) -> tuple[Kept, PackageFile | CompanionFile | ExtractedFile] | None:
        for one in listed:
            kept = await self._names.kept(ecosystem, one)
            if kept is None:
                continue
            files = await self._names.files(ecosystem, kept, partition=served.partition)
            artifact = files.artifacts.get(served.filename if isinstance(served, ArtifactPath) else served.of)
            if artifact is None:
                continue
            if isinstance(served, ArtifactPath):
                looked_into = ecosystem.type if artifact.filename in files.looked_into else None
                return kept, PackageFile(
                    artifact=artifact, mirror=kept.mirror, files_url=kept.files_url, looked_into=looked_into
                )
            companion = files.companions.get(served.filename)
            if companion is not None:
                file = PackageFile(artifact=companion, mirror=kept.mirror, files_url=kept.files_url)
                return kept, CompanionFile(file=file, content_type=served.content_type)
            if artifact.filename not in files.looked_into or served.filename != ecosystem.inner_name(artifact.filename):
                return None
            of = files.looked_into[artifact.filename]
            data = await self._extraction.text_of(artifact.filename, of=of, ecosystem=ecosystem)
            if data is None:
                return None
            return kept, ExtractedFile(data=data, sha256=sha256_of(data), content_type=served.content_type)
        return None


def _path_of(choice: IndexPath | PagePath) -> str:
    return choice.path if isinstance(choice, IndexPath) else choice.name


def _has_unread(listed: Sequence[Listed]) -> bool:
    return any(one.shard == UNREAD for one in listed)


def _no_such_file() -> NotFound:
    return NotFound("this channel has no such file")
