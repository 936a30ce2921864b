"""A package file in its spool -> a blob, a shard of this file alone, an upload, artifact.registered."""

import asyncio
import hashlib
from collections.abc import Mapping

import msgspec

from libs.common.contracts.artifact_messages import ArtifactRegistered
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.digest import Digest, Expected
from libs.common.domain.errors import Conflict, NotFound
from libs.common.domain.upload import Came, Upload, upload_id
from libs.common.ecosystems.protocol import Ecosystem, PackageRead
from libs.common.ports.blobs import Spool
from libs.common.ports.outbox import Unsaid
from services.api.artifacts.families import family_of
from services.api.artifacts.receive_form import ReceivedForm
from services.api.artifacts.schemas import ArtifactFileOut
from services.api.artifacts.show_files import show_upload
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid

_TOLD_ELSEWHERE = frozenset({":action", "filetype", "overwrite"})


async def register_package(
    ecosystem: Ecosystem,
    form: ReceivedForm,
    spool: Spool,
    *,
    channel: Channel,
    by: Caller,
    may_replace: bool,
    site: str,
    ports: Ports,
) -> ArtifactFileOut:
    """Put a package file into a channel, and show it.

    Raises:
        InvalidInput: for what is no such package, or not what its name or the form says.
        Conflict: when the channel has other bytes under this name, and they may not be replaced.
        NotFound: when the channel was deleted meanwhile.
        StoreUnavailable: when a store does not answer.
    """
    now = ports.clock.now()
    told = {field: text for field, text in form.fields.items() if field not in _TOLD_ELSEWHERE}
    read = await asyncio.to_thread(_read, ecosystem, form, spool, told=told, ports=ports)
    upload = Upload(
        id=upload_id(channel.id, read.ckey),
        channel_id=channel.id,
        type=ecosystem.type,
        partition=read.partition,
        name=read.name,
        filename=read.filename,
        ckey=read.ckey,
        sha256=form.sha256,
        size_bytes=form.size_bytes,
        shard=hashlib.sha256(read.payload).digest(),
        at=now,
        by=by.name,
    )
    there = await ports.uploads.get(channel.id, read.ckey)
    if there is not None and there.sha256 != upload.sha256 and not may_replace:
        raise taken(there, channel.key)
    await ports.blobs.commit(spool, expected=_expected(form))
    await _keep_companion(ecosystem, read, ports=ports)
    stored = await store_upload(
        upload, read.payload, channel=channel, by=by, may_replace=may_replace, source=None, ports=ports
    )
    (artifact,) = ecosystem.artifacts(read.payload, partition=read.partition)
    book = await ports.channel_files.book()
    shown = await asyncio.to_thread(show_upload, channel, stored, artifact, read.payload, book=book, site=site)
    return msgspec.structs.replace(shown, metadata=read.metadata, type=read.file_type, version=read.version)


async def store_upload(
    upload: Upload,
    payload: bytes,
    *,
    channel: Channel,
    by: Caller,
    may_replace: bool,
    source: ChannelKey | None,
    ports: Ports,
) -> Upload:
    """Store an upload whose blob is stored, and its shard; return what stands there then, and say it.

    Raises:
        Conflict: when the channel has other bytes under this name, and they may not be replaced.
        NotFound: when the channel was deleted meanwhile.
        StoreUnavailable: when a store does not answer.
    """
    await ports.shards.put({upload.shard: payload})
    word = Unsaid(
        event_id=ports.ids.new(),
        at=upload.at,
        message=ArtifactRegistered(
            channel=channel.key,
            channel_id=channel.id,
            ckey=upload.ckey,
            artifact_family=family_of(upload.type),
            how=upload.came.value,
            source_channel=source,
            sha256=upload.sha256,
            size_bytes=upload.size_bytes,
            by=by.name,
            by_address=by.address,
        ),
    )
    in_the_way = await ports.uploads.put(upload, replace=may_replace, unsaid=(word,))
    if in_the_way is not None:
        raise taken(in_the_way, channel.key)
    now_there = await ports.channels.get(channel.key)
    if now_there is None or now_there.id != channel.id:
        # The channel went while the file came in; its deletion may have missed this one.
        await ports.uploads.delete(channel.id, upload.ckey)
        raise NotFound("the channel was deleted while the file came in")
    await say_unsaid(ports.uploads, upload.id, bus=ports.bus)
    return await ports.uploads.get(channel.id, upload.ckey) or upload


async def _keep_companion(ecosystem: Ecosystem, read: PackageRead, *, ports: Ports) -> None:
    """Keep what the file has in it and a page tells of, so that the first page that shows the file tells of it."""
    if read.companion is not None:
        for digest in ecosystem.needs_extraction(read.payload, partition=read.partition).values():
            await ports.extracted.put(digest, read.companion)


def taken(there: Upload, channel: ChannelKey) -> Conflict:
    """Return what is said where a name is taken."""
    how = "with overwrite=true, if you may edit packages there" if there.came is Came.UPLOADED else "again"
    return Conflict(
        f"{channel} already has another {there.filename} (sha256 {there.sha256[:12]}…, already exists since "
        f"{there.at:%Y-%m-%d}); give the file another version or build, or send it {how}"
    )


def _read(
    ecosystem: Ecosystem, form: ReceivedForm, spool: Spool, *, told: Mapping[str, str], ports: Ports
) -> PackageRead:
    return ecosystem.read_package(
        form.filename,
        form.size_bytes,
        spool.read_at,
        sha256=form.sha256,
        md5=form.md5,
        at=ports.clock.now(),
        told=told,
    )


def _expected(form: ReceivedForm) -> Expected:
    return Expected(digest=Digest("sha256", form.sha256), size_bytes=form.size_bytes)
