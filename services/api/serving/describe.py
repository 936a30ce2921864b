"""(what was found, channel) -> what HTTP says of it."""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from libs.common.domain.channel import Channel
from libs.common.domain.digest import Digest
from libs.common.ecosystems.protocol import ArtifactRef
from services.api.serving.located import EmptyIndex, ExtractedFile, Page, RenderedShard, StoredIndex
from services.api.serving.representation import (
    Answer,
    Representation,
    content_type_of,
    index_caching,
    package_caching,
    repr_digest,
    shard_caching,
    strong_etag,
)

_SHARD_FILE = "shard.msgpack.zst"
_PLAIN = "/%~!$&'()*+,;=@"


def representation_of(
    found: StoredIndex | EmptyIndex | RenderedShard | Page | ExtractedFile, channel: Channel
) -> Representation:
    """Describe what is at hand whole."""
    sha256, size_bytes = (
        (found.file.sha256, found.file.size_bytes)
        if isinstance(found, StoredIndex)
        else (found.sha256, len(found.data))
    )
    is_negotiated = isinstance(found, StoredIndex | EmptyIndex | Page) and found.is_negotiated
    return Representation(
        etag=strong_etag(Digest("sha256", sha256)),
        last_modified=_last_modified(found, channel),
        content_type=_content_type(found),
        cache_control=_caching(found, channel),
        size_bytes=size_bytes,
        vary="Accept" if is_negotiated else None,
    )


def file_representation(
    artifact: ArtifactRef, channel: Channel, *, size_bytes: int | None, content_type: str | None
) -> Representation:
    """Describe a package or a companion, be it stored or not; `size_bytes` is None while nobody knows it."""
    digest = artifact.expected.digest
    return Representation(
        etag=strong_etag(digest),
        last_modified=_changed_at(channel),
        content_type=content_type or content_type_of(artifact.filename),
        cache_control=package_caching(channel),
        size_bytes=size_bytes,
        repr_digest=repr_digest(digest),
    )


def moved(location: str, *, query: bytes, channel: Channel) -> Answer:
    """Send a client to another address, relative to the one it asked for, so that a token in that stays."""
    target = quote(location, safe=_PLAIN).encode() + (b"?" + query if query else b"")
    headers = (
        (b"location", target),
        (b"cache-control", index_caching(channel).encode()),
        (b"content-length", b"0"),
    )
    return Answer(status=HTTPStatus.MOVED_PERMANENTLY, headers=headers)


def _last_modified(
    found: StoredIndex | EmptyIndex | RenderedShard | Page | ExtractedFile, channel: Channel
) -> datetime | None:
    if isinstance(found, Page):
        # It also tells what was found in files since the channel was published.
        return None
    # A shard's bytes are its name: one date for all times is right.
    return channel.created_at if isinstance(found, RenderedShard) else _changed_at(channel)


def _content_type(found: StoredIndex | EmptyIndex | RenderedShard | Page | ExtractedFile) -> str:
    if isinstance(found, RenderedShard):
        return content_type_of(_SHARD_FILE)
    if isinstance(found, Page | ExtractedFile):
        return found.content_type
    return found.content_type or content_type_of(found.path)


def _caching(found: StoredIndex | EmptyIndex | RenderedShard | Page | ExtractedFile, channel: Channel) -> str:
    if isinstance(found, RenderedShard):
        return shard_caching(channel)
    return package_caching(channel) if isinstance(found, ExtractedFile) else index_caching(channel)


def _changed_at(channel: Channel) -> datetime:
    """Return when the pointer last moved.

    For packages too: their bytes may change at one address with a new revision, and never
    without. Unlike a revision's own date this one never goes back, also where a channel is
    rolled back to an older revision.
    """
    return channel.created_at if channel.published is None else channel.published.published_at
