"""What package clients read: from a request to the answer that is sent."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta

import msgspec

from libs.common.domain.access.actions import Action
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Blob
from libs.common.domain.errors import NotFound
from libs.common.domain.revision import READABLE_FOR
from libs.common.domain.upload import Attachment
from libs.common.ports.blobs import BlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.flags import Leases
from libs.common.ports.secrets import Seal
from libs.common.ports.upstream import Upstream
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from services.api.access import Access
from services.api.credentials import shown_by
from services.api.guards import require, unknown_channel
from services.api.serving.attached_files import AttachedFiles, as_download, attached_representation
from services.api.serving.companion_texts import MOST_BYTES, CompanionTexts
from services.api.serving.count import ServedCounts
from services.api.serving.describe import file_representation, moved, representation_of
from services.api.serving.extraction import Extraction
from services.api.serving.find_channel import find_channel, is_channel
from services.api.serving.hops import hops_of
from services.api.serving.kept_names import KeptNames
from services.api.serving.locate import Asked, Locator
from services.api.serving.located import CompanionFile, Located, Moved, PackageFile, StoredIndex
from services.api.serving.origin import Wanted, find_origin
from services.api.serving.pages import Pages
from services.api.serving.passive import Passages, PassiveLimits, check_blob
from services.api.serving.paths import parse_path
from services.api.serving.ports import Records, ServedEcosystem
from services.api.serving.representation import answer
from services.api.serving.revisions import ReadRevisions
from services.api.serving.sender import BlobBody, Body, BytesBody, Sender
from services.api.serving.served_packages import ServedPackages
from services.api.serving.source_pages import PageLimits, SourcePages
from services.api.serving.still_allowed import StillAllowed
from services.api.serving.unread_names import UnreadNames


class ServingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long old indexes and files stay readable, and how files are fetched on request."""

    old_revision_s: float = READABLE_FOR.total_seconds()
    old_file_s: float = 3600
    counts_every_s: float = 5
    passive: PassiveLimits = PassiveLimits()
    pages: PageLimits = PageLimits()


class PackageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A GET or HEAD below `/api/repo`; `headers` has lower-case names."""

    method: str
    raw_path: bytes
    headers: Mapping[str, str]
    query: bytes = b""
    address: str | None = None


class Serving:
    """Answers package clients; `start` and `stop` frame its life."""

    def __init__(
        self,
        *,
        records: Records,
        blobs: BlobStore,
        upstream: Upstream,
        seal: Seal,
        access: Access,
        bus: Bus,
        leases: Leases,
        clock: Clock,
        ids: Ids,
        ecosystems: Sequence[ServedEcosystem],
        limits: ServingLimits | None = None,
        keeping: AdvisoryPorts | None = None,
    ) -> None:
        limits = limits or ServingLimits()
        holder = ids.new()
        self._records = records
        self._blobs = blobs
        self._seal = seal
        self._access = access
        self._attached = AttachedFiles(records.attachments)
        self._ecosystems = {ecosystem.type: ecosystem for ecosystem in ecosystems}
        self.counts = ServedCounts(bus=bus, ids=ids, clock=clock, every_s=limits.counts_every_s)
        self.passages = Passages(
            blobs=blobs,
            upstream=upstream,
            leases=leases,
            holder=holder,
            limits=limits.passive,
            keeping=keeping,
            on_stored=self._look_into_stored,
        )
        self.extraction = Extraction(blobs=blobs, extracted=records.extracted, clock=clock)
        texts = CompanionTexts(
            passages=self.passages, upstream=upstream, blobs=blobs, mirrors=records.mirrors, seal=seal
        )
        source_pages = SourcePages(
            records=records,
            upstream=upstream,
            leases=leases,
            seal=seal,
            clock=clock,
            holder=holder,
            limits=limits.pages,
        )
        revisions = ReadRevisions(revisions=records.revisions, blobs=blobs, clock=clock)
        self._names = KeptNames(
            revisions=revisions,
            shards=records.shards,
            unread=UnreadNames(pages=source_pages, texts=texts, shards=records.shards, blobs=blobs),
            wait_s=limits.pages.wait_s,
        )
        self.packages = ServedPackages(
            revisions=revisions,
            names=self._names,
            shards=records.shards,
            ecosystems=self._ecosystems,
            passages=self.passages,
            blobs=blobs,
            mirrors=records.mirrors,
            seal=seal,
        )
        self._pages = Pages(names=self._names, texts=texts, extraction=self.extraction)
        self.locator = Locator(
            ecosystems=ecosystems,
            revisions=revisions,
            names=self._names,
            pages=self._pages,
            extraction=self.extraction,
            rendered_shards=records.rendered_shards,
            still_allowed=StillAllowed(blobs=blobs),
            clock=clock,
            old_revision=timedelta(seconds=limits.old_revision_s),
            old_file=timedelta(seconds=limits.old_file_s),
        )

    async def start(self) -> None:
        """Begin to say what was served."""
        await self.counts.start()

    async def stop(self) -> None:
        """Give up what is being fetched, and say what was served."""
        await self._pages.stop()
        await self._names.stop()
        await self.passages.stop()
        await self.extraction.stop()
        await self.counts.stop()

    async def answer(self, request: PackageRequest) -> Sender:
        """Decide what to send.

        Raises:
            NotAuthenticated: to someone without a token, for every channel that is not
                public, be it there or not.
            NotFound: for what is not there.
            NotAcceptable: for what is there in no type that the client takes.
            TainError: when a store or a source does not give what it should.
        """
        path = parse_path(request.raw_path)
        identity = await self._access.identify(
            shown_by(request.headers, method=request.method, address=request.address, path_token=path.token)
        )
        channel, rest = await find_channel(path.segments, seen_by=identity, channels=self._records.channels)
        if channel is None:
            raise unknown_channel(identity)
        require(identity, Action.ARTIFACT_DOWNLOAD, channel)
        attachment = await self._attached.find(channel, rest, query=request.query)
        if attachment is not None:
            return self._send_attached(request, channel, attachment)
        try:
            located = await self.locator.locate(channel, _asked(request, rest, is_folder=path.is_folder))
        except NotFound as exc:
            # A subchannel that is not there must look like one that is private.
            if channel.parent is None and rest and is_channel(channel.key, rest[0]) and identity.name is None:
                raise unknown_channel(identity) from exc
            raise
        return await self._send(request, channel, located, user=identity.name)

    def _send_attached(self, request: PackageRequest, channel: Channel, attachment: Attachment) -> Sender:
        decided = answer(request.method, request.headers, attached_representation(attachment, channel))
        return Sender(as_download(decided, attachment), BlobBody(self._blobs, attachment.sha256))

    async def _send(self, request: PackageRequest, channel: Channel, located: Located, *, user: str | None) -> Sender:
        if isinstance(located, Moved):
            return Sender(moved(located.location, query=request.query, channel=channel), BytesBody(b""))
        if isinstance(located, PackageFile):
            return await self._send_file(request, channel, located, user=user)
        if isinstance(located, CompanionFile):
            return await self._send_file(request, channel, located.file, content_type=located.content_type)
        representation = representation_of(located, channel)
        body: Body = (
            BlobBody(self._blobs, located.file.sha256) if isinstance(located, StoredIndex) else BytesBody(located.data)
        )
        return Sender(answer(request.method, request.headers, representation), body)

    async def _send_file(
        self,
        request: PackageRequest,
        channel: Channel,
        file: PackageFile,
        *,
        user: str | None = None,
        content_type: str | None = None,
    ) -> Sender:
        """Send a package, or with `content_type` a companion, which is no package and not counted as one."""
        artifact = file.artifact
        expected = artifact.expected
        blob = await self._blobs.find(expected.digest)
        if blob is not None:
            check_blob(blob, expected)
            body: Body = BlobBody(self._blobs, blob.sha256)
            if request.method == "GET" and file.looked_into is not None:
                ecosystem = self._ecosystems[file.looked_into]
                self.extraction.look_into(artifact.filename, blob, of=expected.digest, ecosystem=ecosystem)
        else:
            wanted = await find_origin(file, channel=channel.key, mirrors=self._records.mirrors, seal=self._seal)
            wanted = msgspec.structs.replace(
                wanted, hops=hops_of(request.headers), most_bytes=None if content_type is None else MOST_BYTES
            )
            if request.method == "HEAD" and expected.size_bytes is None:
                blob = await self.passages.fetch(wanted)
            body = _PassiveBody(self.passages, wanted)
        size_bytes = expected.size_bytes if blob is None else blob.size_bytes
        representation = file_representation(artifact, channel, size_bytes=size_bytes, content_type=content_type)
        decided = answer(request.method, request.headers, representation)
        if content_type is not None or decided.body is None or decided.body[1] != size_bytes:
            return Sender(decided, body)
        # Who gets the last byte has the file: a resumed download counts once, a broken one not at all.
        return Sender(decided, body, on_sent=lambda: self.counts.count(channel, artifact.ckey, user=user))

    def _look_into_stored(self, wanted: Wanted, blob: Blob) -> None:
        if wanted.looked_into is not None:
            ecosystem, filename = self._ecosystems[wanted.looked_into], wanted.ckey.rpartition("/")[2]
            self.extraction.look_into_new(filename, blob, of=wanted.expected.digest, ecosystem=ecosystem)


class _PassiveBody:
    """A file that is fetched when its first piece is asked for."""

    def __init__(self, passages: Passages, wanted: Wanted) -> None:
        self._passages = passages
        self._wanted = wanted

    def pieces(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the bytes as they come in."""
        return self._passages.pieces(self._wanted, start, stop)


def _asked(request: PackageRequest, rest: Sequence[str], *, is_folder: bool) -> Asked:
    return Asked(
        path="/".join(rest),
        is_folder=is_folder,
        accept=request.headers.get("accept"),
        query=request.query,
        hops=hops_of(request.headers),
    )
