"""mirror.finished, channel.unfrozen, catalogue.dropped -> a new revision, channel.published.

A frozen channel is left alone; so is one whose catalogues are those of its revision. The
pointer moves in one conditional write; an indexer that lost the race looks again. In one process
a channel is published by one at a time: several would hold the whole of a large channel each, and
all but one for nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from weakref import WeakValueDictionary

import msgspec
import structlog

from libs.common.contracts.messages import ChannelPublished
from libs.common.domain.channel import Channel, ChannelKey, PublishedRevision
from libs.common.domain.compare_contents import Names, count_changes, count_packages
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.domain.revision import (
    Contents,
    PackagesChanged,
    Revision,
    RevisionMirror,
    decode_contents,
    encode_contents,
)
from libs.common.ports.blobs import BlobStore, put_bytes, read_all
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.records import CatalogueHeads, Channels, Mirrors, RenderedShards, Revisions, Shards
from services.indexer.gather_catalogues import Layer, gather_catalogues
from services.indexer.render_revision import Before, RevisionRenderer

_LOG = structlog.get_logger()
_TRIES = 5


class Turns:
    """Who publishes which channel in this process."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, channel_id: str) -> asyncio.Lock:
        """Return what is held by whoever publishes a channel."""
        return self._locks.setdefault(channel_id, asyncio.Lock())


class PublishPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing asks of the outside world; who shares `turns` waits for one another."""

    channels: Channels
    mirrors: Mirrors
    heads: CatalogueHeads
    revisions: Revisions
    shards: Shards
    rendered: RenderedShards
    blobs: BlobStore
    bus: Bus
    clock: Clock
    ids: Ids
    turns: Turns = msgspec.field(default_factory=Turns)


async def publish_channel(
    key: str, channel_id: str, *, ports: PublishPorts, is_anew: bool = False
) -> PublishedRevision | None:
    """Publish what the channel's catalogues hold now; None where there is nothing to look at.

    `is_anew` publishes what is published already once more, and renders all of it.

    Raises:
        StoreUnavailable: when a store does not answer, or others publish all the time.
        NotFound: when a catalogue or a shard is lost.
    """
    async with ports.turns.of(channel_id):
        return await _publish_current(key, channel_id, ports=ports, is_anew=is_anew)


async def _publish_current(
    key: str, channel_id: str, *, ports: PublishPorts, is_anew: bool
) -> PublishedRevision | None:
    for _ in range(_TRIES):
        channel = await ports.channels.get(ChannelKey(key))
        if channel is None or channel.id != channel_id or channel.is_frozen:
            return None
        heads = await _heads(channel, ports)
        try:
            layers = await gather_catalogues(channel, heads=ports.heads, mirrors=ports.mirrors, blobs=ports.blobs)
            mirrors = tuple(_mirror(layer) for layer in layers)
            last = await _last(channel, ports)
            if not is_anew and (last.mirrors if last is not None else ()) == mirrors:
                return None
            published = await _publish(channel, None if is_anew else last, layers, mirrors, ports)
        except NotFound:
            # Catalogues that were replaced meanwhile may be swept while they are read.
            if heads == await _heads(channel, ports):
                raise
            continue
        if published is not None:
            return published
    raise StoreUnavailable(f"channel {key} is being published by others")


async def _publish(
    channel: Channel,
    last: Revision | None,
    layers: Sequence[Layer],
    mirrors: tuple[RevisionMirror, ...],
    ports: PublishPorts,
) -> PublishedRevision | None:
    before = await _before(last, mirrors, ports.blobs)
    renderer = RevisionRenderer(
        layers=layers,
        before=before,
        shards=ports.shards,
        rendered=ports.rendered,
        blobs=ports.blobs,
    )
    rendering = await renderer.render()
    contents = await put_bytes(ports.blobs, encode_contents(rendering.contents))
    files, size_bytes = _totals(rendering.contents)
    listed = _names_of(rendering.contents, mirrors)
    package_count = await asyncio.to_thread(count_packages, listed)
    now = ports.clock.now()
    number = (channel.published.number if channel.published else 0) + 1
    revision = Revision(
        id=ports.ids.new(),
        channel_id=channel.id,
        number=number,
        created_at=now,
        mirrors=mirrors,
        files=rendering.files,
        contents=contents.sha256,
        artifact_count=files,
        size_bytes=size_bytes,
        conflicts=rendering.conflicts,
        package_count=package_count,
        packages=await _changed(channel, last, before, listed, package_count),
        previous=channel.published.revision_id if channel.published else None,
    )
    pointer = PublishedRevision(
        number=number,
        revision_id=revision.id,
        published_at=now,
        artifact_count=files,
        size_bytes=size_bytes,
        runs={mirror.mirror_id: mirror.run_number for mirror in mirrors},
        package_count=package_count,
    )
    await ports.revisions.add(revision)
    # A sweep reads heads before revisions: it sees this revision, or the heads that it was made of.
    made_of = {layer.head.mirror_id: layer.head.catalogue for layer in layers}
    is_current = made_of == await _heads(channel, ports)
    if not is_current or not await ports.channels.publish(channel.id, pointer, after=number - 1):
        await ports.revisions.delete([revision.id])
        return None
    await ports.revisions.supersede(channel.id, before=number, at=now)
    _LOG.info(
        "channel_published", channel=channel.key, revision=number, artifacts=files, files_written=rendering.written
    )
    await ports.bus.say(
        ChannelPublished(
            channel=channel.key,
            channel_id=channel.id,
            revision_id=revision.id,
            number=number,
            artifact_count=files,
            size_bytes=size_bytes,
            files_written=rendering.written,
        ),
        event_id=f"published-{revision.id}",
    )
    return pointer


async def _heads(channel: Channel, ports: PublishPorts) -> Mapping[str, Sha256]:
    return {head.mirror_id: head.catalogue for head in await ports.heads.of_channel(channel.id)}


async def _last(channel: Channel, ports: PublishPorts) -> Revision | None:
    if channel.published is None:
        return None
    return await ports.revisions.get(channel.published.revision_id)


async def _before(last: Revision | None, mirrors: tuple[RevisionMirror, ...], blobs: BlobStore) -> Before | None:
    if last is None:
        return None
    try:
        contents: Contents = decode_contents(await read_all(blobs, last.contents))
    except NotFound as exc:
        _LOG.warning("contents_lost", revision_id=last.id, reason=exc.message)
        return None
    new_places = {mirror.mirror_id: place for place, mirror in enumerate(mirrors)}
    places = {
        place: new_places[mirror.mirror_id]
        for place, mirror in enumerate(last.mirrors)
        if mirror.mirror_id in new_places
    }
    return Before(contents=contents, files=last.files, places=places, is_whole=len(places) == len(last.mirrors))


async def _changed(
    channel: Channel, last: Revision | None, before: Before | None, listed: Names, package_count: int
) -> PackagesChanged | None:
    """Count what a revision changes; None where what it comes after is rendered anew, or was lost."""
    if channel.published is None:
        return PackagesChanged(added=package_count)
    if last is None or before is None:
        return None
    return await asyncio.to_thread(count_changes, _names_of(before.contents, last.mirrors), listed)


def _names_of(contents: Contents, mirrors: tuple[RevisionMirror, ...]) -> Names:
    """Return what contents list."""
    return Names(mirrors=mirrors, parts={partition: part.entries for partition, part in contents.parts.items()})


def _mirror(layer: Layer) -> RevisionMirror:
    catalogue = layer.catalogue
    return RevisionMirror(
        mirror_id=layer.head.mirror_id,
        type=catalogue.type,
        mode=catalogue.mode,
        catalogue=layer.head.catalogue,
        rules=catalogue.rules,
        run_number=layer.head.run_number,
    )


def _totals(contents: Contents) -> tuple[int, int]:
    files = size_bytes = 0
    for part in contents.parts.values():
        for entry in part.entries.values():
            files += entry.files
            size_bytes += entry.size_bytes
    return files, size_bytes
