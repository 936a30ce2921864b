"""Files of a channel -> uploads of another, with their bytes and what belongs to them.

What is copied is what clients get: the record as the channel shows it. A file whose bytes are not here
is fetched first, and so are its companions, for nobody can ask the source of a copy; of those that can't
be had the copy's record says nothing.
"""

import asyncio
import hashlib
from collections.abc import Sequence

import msgspec

from libs.common.domain.access.identity import Caller
from libs.common.domain.bulk_job import BulkItem
from libs.common.domain.channel import Channel
from libs.common.domain.errors import (
    ContentMismatch,
    NotFound,
    StoreUnavailable,
    UpstreamMissing,
    UpstreamRefused,
    UpstreamUnreachable,
)
from libs.common.domain.upload import Came, Upload, upload_id
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from services.api.artifacts.change_attachments import take_sbom_along
from services.api.artifacts.make_young import make_young
from services.api.artifacts.register_package import store_upload
from services.api.artifacts.show_files import FoundFile, find_files
from services.api.ports import Ports

Source = FoundFile | Upload
"""A file that clients see, or one that was put in and does not show yet."""


async def find_sources(channel: Channel, item: BulkItem, *, shown_only: bool = False, ports: Ports) -> Sequence[Source]:
    """Return what an item asks for: all files of a package that clients see, or the one with its ckey.

    Of a package of which nothing shows, all that was put in, unless `shown_only`.

    Raises:
        UpstreamUnavailable: when a source that is to be read can't be had now.
        StoreUnavailable: when a store does not answer.
    """
    seen = await find_files(channel, item.type, item.name, ports=ports)
    wanted = [file for file in seen if item.ckey in (None, file.artifact.ckey)]
    if wanted or shown_only:
        return wanted
    uploads = await ports.uploads.list(channel.id, type_=item.type, name=item.name)
    return [upload for upload in uploads if item.ckey in (None, upload.ckey)]


def ckey_of(source: Source) -> str:
    """Return the path of a file below its channel."""
    return source.ckey if isinstance(source, Upload) else source.artifact.ckey


async def copy_file(
    source: Source, item: BulkItem, channel: Channel, target: Channel, *, came: Came, by: Caller, ports: Ports
) -> None:
    """Put a copy of a file into another channel; done twice it is as if done once.

    Raises:
        Conflict: when the target has other bytes under this name.
        NotFound: when the target was deleted meanwhile, or the file's mirror, before it was ever fetched.
        ContentMismatch, UpstreamUnavailable, …: why a file that is not here can't be fetched.
        StoreUnavailable: when a store does not answer.
    """
    upload, payload = (
        await _of_upload(source, ports=ports)
        if isinstance(source, Upload)
        else await _of_seen(source, item, channel, ports=ports)
    )
    await make_young(upload.sha256, ports=ports)
    copied = msgspec.structs.replace(
        upload,
        id=upload_id(target.id, upload.ckey),
        channel_id=target.id,
        shard=hashlib.sha256(payload).digest(),
        came=came,
        at=ports.clock.now(),
        by=by.name,
    )
    await store_upload(copied, payload, channel=target, by=by, may_replace=False, source=channel.key, ports=ports)
    await take_sbom_along(channel, target, upload.ckey, by=by, ports=ports)


async def _of_upload(upload: Upload, *, ports: Ports) -> tuple[Upload, bytes]:
    payload = (await ports.shards.get((upload.shard,))).get(upload.shard)
    if payload is None:
        raise StoreUnavailable("the record of an uploaded file is not in the database")
    return upload, payload


async def _of_seen(file: FoundFile, item: BulkItem, channel: Channel, *, ports: Ports) -> tuple[Upload, bytes]:
    artifact, layer = file.artifact, file.layer
    blob = await ports.packages.fetch(channel, layer, artifact)
    missing: set[str] = set()
    for filename, companion in layer.companions.items():
        if filename.startswith(f"{artifact.filename}."):
            try:
                beside = await ports.packages.fetch(channel, layer, companion)
            except (NotFound, UpstreamMissing, UpstreamRefused, UpstreamUnreachable, ContentMismatch):
                # Its own clients get the file without it, too.
                missing.add(filename)
            else:
                await make_young(beside.sha256, ports=ports)
    ecosystem = ecosystem_of(item.type)
    payload = await asyncio.to_thread(_alone, ecosystem, layer.payload, artifact.filename, missing=frozenset(missing))
    if payload is None:
        raise NotFound("the file went while it was copied")
    upload = Upload(
        id="",
        channel_id="",
        type=item.type,
        partition=layer.partition,
        name=item.name,
        filename=artifact.filename,
        ckey=artifact.ckey,
        sha256=blob.sha256,
        size_bytes=blob.size_bytes,
        shard=b"",
        at=ports.clock.now(),
    )
    return upload, payload


def _alone(ecosystem: Ecosystem, payload: bytes, filename: str, *, missing: frozenset[str]) -> bytes | None:
    """Return the shard of one file, which promises none of the missing companions."""
    alone = ecosystem.only(payload, frozenset({filename}))
    return ecosystem.without(alone, missing).payload if alone is not None and missing else alone
