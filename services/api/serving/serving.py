"""What package clients read: from a request to the answer that is sent."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from libs.common.domain.channel import Channel, ChannelKey, check_channel_name
from libs.common.domain.digest import Blob, Digest, Sha256
from libs.common.domain.errors import InvalidInput, NotAllowed, NotAuthenticated, NotFound
from libs.common.domain.revision import READABLE_FOR
from libs.common.ecosystems.protocol import ServingEcosystem
from libs.common.ports.blobs import BlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.flags import Leases
from libs.common.ports.secrets import Seal
from libs.common.ports.upstream import Upstream
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from services.api.access import Access, Identity, may_read
from services.api.serving.count import ServedCounts
from services.api.serving.locate import EmptyIndex, Located, Locator, PackageFile, RenderedShard, StoredIndex
from services.api.serving.origin import Wanted, find_origin
from services.api.serving.passive import Passages, PassiveLimits, check_blob
from services.api.serving.paths import parse_path
from services.api.serving.ports import Records
from services.api.serving.representation import (
    Representation,
    answer,
    content_type_of,
    index_caching,
    package_caching,
    repr_digest,
    shard_caching,
    strong_etag,
)
from services.api.serving.sender import BlobBody, Body, BytesBody, Sender


class ServingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long old indexes and files stay readable, and how files are fetched on request."""

    old_revision_s: float = READABLE_FOR.total_seconds()
    old_file_s: float = 3600
    counts_every_s: float = 5
    passive: PassiveLimits = PassiveLimits()


class PackageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A GET or HEAD below `/api/repo`; `headers` has lower-case names."""

    method: str
    raw_path: bytes
    headers: Mapping[str, str]


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
        ecosystems: Sequence[ServingEcosystem],
        limits: ServingLimits | None = None,
        keeping: AdvisoryPorts | None = None,
    ) -> None:
        limits = limits or ServingLimits()
        self._records = records
        self._blobs = blobs
        self._seal = seal
        self._access = access
        self._locator = Locator(
            records=records,
            blobs=blobs,
            ecosystems=ecosystems,
            clock=clock,
            old_revision=timedelta(seconds=limits.old_revision_s),
            old_file=timedelta(seconds=limits.old_file_s),
        )
        self.counts = ServedCounts(bus=bus, ids=ids, clock=clock, every_s=limits.counts_every_s)
        self.passages = Passages(
            blobs=blobs,
            upstream=upstream,
            leases=leases,
            holder=ids.new(),
            limits=limits.passive,
            keeping=keeping,
        )

    async def start(self) -> None:
        """Begin to say what was served."""
        await self.counts.start()

    async def stop(self) -> None:
        """Give up what is being fetched, and say what was served."""
        await self.passages.stop()
        await self.counts.stop()

    async def answer(self, request: PackageRequest) -> Sender:
        """Decide what to send.

        Raises:
            NotAuthenticated: to someone without a token, for every channel that is not
                public, be it there or not.
            NotFound: for what is not there.
            TainError: when a store or a source does not give what it should.
        """
        path = parse_path(request.raw_path)
        identity = self._access.identify(
            x_auth=request.headers.get("x-auth"),
            authorization=request.headers.get("authorization"),
            path_token=path.token,
        )
        channel, rest = await self._find_channel(path.segments)
        if channel is None:
            raise _unknown(identity)
        if not may_read(identity, channel):
            raise _unreadable(identity)
        try:
            located = await self._locator.locate(channel, "/".join(rest))
        except NotFound as exc:
            # A subchannel that is not there must look like one that is private.
            if channel.parent is None and rest and _is_channel_name(rest[0]) and identity.name is None:
                raise _unknown(identity) from exc
            raise
        return await self._send(request, channel, located, user=identity.name)

    async def _find_channel(self, segments: tuple[str, ...]) -> tuple[Channel | None, tuple[str, ...]]:
        """Return the channel, or the subchannel where the second segment names one, and what is left."""
        name, rest = segments[0], segments[1:]
        if not _is_channel_name(name):
            return None, rest
        if rest and _is_channel_name(rest[0]):
            subchannel = await self._records.channels.get(ChannelKey(f"{name}/{rest[0]}"))
            if subchannel is not None:
                return subchannel, rest[1:]
        return await self._records.channels.get(ChannelKey(name)), rest

    async def _send(self, request: PackageRequest, channel: Channel, located: Located, *, user: str | None) -> Sender:
        if isinstance(located, PackageFile):
            return await self._send_package(request, channel, located, user=user)
        representation, body = self._index(channel, located)
        return Sender(answer(request.method, request.headers, representation), body)

    def _index(
        self, channel: Channel, located: StoredIndex | EmptyIndex | RenderedShard
    ) -> tuple[Representation, Body]:
        if isinstance(located, StoredIndex):
            sha256, size_bytes = located.file.sha256, located.file.size_bytes
            body: Body = BlobBody(self._blobs, sha256)
            path = located.path
        else:
            sha256, size_bytes, body = Sha256(located.sha256), len(located.data), BytesBody(located.data)
            path = "shard.msgpack.zst" if isinstance(located, RenderedShard) else located.path
        is_shard = isinstance(located, RenderedShard)
        representation = Representation(
            etag=strong_etag(Digest("sha256", sha256)),
            # A shard's bytes are its name: one date for all times is right.
            last_modified=channel.created_at if is_shard else _changed_at(channel),
            content_type=content_type_of(path),
            cache_control=shard_caching(channel) if is_shard else index_caching(channel),
            size_bytes=size_bytes,
        )
        return representation, body

    async def _send_package(
        self, request: PackageRequest, channel: Channel, file: PackageFile, *, user: str | None
    ) -> Sender:
        artifact = file.artifact
        expected = artifact.expected
        blob = await self._blobs.find(expected.digest)
        if blob is not None:
            check_blob(blob, expected)
            body: Body = BlobBody(self._blobs, blob.sha256)
        else:
            wanted = await find_origin(file, channel=channel.key, mirrors=self._records.mirrors, seal=self._seal)
            if request.method == "HEAD" and expected.size_bytes is None:
                blob = await self.passages.fetch(wanted)
            body = _PassiveBody(self.passages, wanted)
        representation = Representation(
            etag=strong_etag(expected.digest),
            last_modified=_changed_at(channel),
            content_type=content_type_of(artifact.filename),
            cache_control=package_caching(channel),
            size_bytes=_size_of(blob, expected.size_bytes),
            repr_digest=repr_digest(expected.digest),
        )
        decided = answer(request.method, request.headers, representation)
        if decided.body is None or decided.body[1] != representation.size_bytes:
            return Sender(decided, body)
        # Who gets the last byte has the file: a resumed download counts once, a broken one not at all.
        return Sender(decided, body, on_sent=lambda: self.counts.count(channel, artifact.ckey, user=user))


class _PassiveBody:
    """A file that is fetched when its first piece is asked for."""

    def __init__(self, passages: Passages, wanted: Wanted) -> None:
        self._passages = passages
        self._wanted = wanted

    def pieces(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the bytes as they come in."""
        return self._passages.pieces(self._wanted, start, stop)


def _changed_at(channel: Channel) -> datetime:
    """Return when the pointer last moved.

    For packages too: their bytes may change at one address with a new revision, and never
    without. Unlike a revision's own date this one never goes back, also where a channel is
    rolled back to an older revision.
    """
    return channel.created_at if channel.published is None else channel.published.published_at


def _size_of(blob: Blob | None, recorded: int | None) -> int | None:
    return recorded if blob is None else blob.size_bytes


def _is_channel_name(text: str) -> bool:
    try:
        check_channel_name(text)
    except InvalidInput:
        return False
    return True


def _unknown(identity: Identity) -> NotAuthenticated | NotFound:
    return NotFound("there is no such channel") if identity.name is not None else _token_needed()


def _unreadable(identity: Identity) -> NotAuthenticated | NotAllowed:
    return NotAllowed("your token does not open this channel") if identity.name is not None else _token_needed()


def _token_needed() -> NotAuthenticated:
    return NotAuthenticated("there is no public channel of this name; send a token if it is a private one")
