"""a package of a channel -> the wire's files, with whose bytes are here and what is known against them.

Names that nobody read are read as when a client asks for them.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook, CveStatus, Finding
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Attachment, Upload, is_uploads_mirror
from libs.common.ecosystems.protocol import ArtifactRef, PackageFacts
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from services.api.artifacts.families import NOTEBOOK, SBOM, family_of
from services.api.artifacts.package_names import filed_name
from services.api.artifacts.schemas import ArtifactFileList, ArtifactFileOut, FileCveOut
from services.api.moments import moment_of_ms
from services.api.ports import Ports
from services.api.serving.served_packages import Layer
from services.api.sync_state import timestamp, timestamp_or_none

_SEVEREST_FIRST = list(CveStatus)
_JUPYTER = "jupyter"


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a channel, and the layer that brings the one which clients get."""

    artifact: ArtifactRef
    layer: Layer


class FileSort(StrEnum):
    """In which order; a minus turns it round. Files of one version are sorted by path."""

    PATH = "ckey"
    VERSION = "version"
    VERSION_DOWN = "-version"


class FileWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which files of a package to show: those with a text in their path, in which order."""

    text: str | None = None
    sort: FileSort = FileSort.PATH


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's record tells, and where it lies."""

    partition: str
    metadata: Mapping[str, object]
    facts: PackageFacts | None


async def find_files(channel: Channel, type_: MirrorType, name: str, *, ports: Ports) -> Sequence[FoundFile]:
    """Return the files of a package as clients see them, by ckey; none where the channel has no such package.

    Raises:
        UpstreamUnavailable: when a source that is to be read can't be had now.
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    found: dict[str, FoundFile] = {}
    for partition in await ports.packages.partitions(channel, type_, name):
        for layer in await ports.packages.layers(channel, type_, name, partition=partition):
            for artifact in layer.artifacts.values():
                found.setdefault(artifact.ckey, FoundFile(artifact=artifact, layer=layer))
    return [found[ckey] for ckey in sorted(found)]


async def list_files(
    channel: Channel,
    type_: MirrorType,
    name: str,
    wish: FileWish,
    *,
    offset: int,
    limit: int | None,
    site: str,
    ports: Ports,
) -> ArtifactFileList:
    """Return a page of a package's files, all of them where there is no limit; `site` is our own address.

    Raises:
        UpstreamUnavailable: when a source that is to be read can't be had now.
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    filed = filed_name(type_, name)
    found = await find_files(channel, type_, filed, ports=ports)
    found = await asyncio.to_thread(_wanted, found, wish, type_, filed)
    page = found[offset:] if limit is None else found[offset : offset + limit]
    if not page:
        return ArtifactFileList(total_count=len(found), items=())
    stored = await ports.packages.stored([file.artifact for file in page])
    book = await ports.channel_files.book()
    told = await asyncio.to_thread(_read_records, type_, page, book)
    uploads = {it.ckey: it for it in await ports.uploads.list(channel.id, type_=type_, name=filed)}
    downloads = (await ports.download_counts.of(channel.id)).files
    sboms = frozenset(it.of for it in await ports.attachments.list(channel.id) if it.family == SBOM)
    published = channel.published.published_at if channel.published else None
    return ArtifactFileList(
        total_count=len(found),
        items=tuple(
            _mirrored(
                file_out(
                    channel,
                    type_,
                    file.artifact,
                    name=filed,
                    told=told[file.artifact.ckey],
                    book=book,
                    downloads=downloads.get(file.artifact.ckey, 0),
                    has_sbom=file.artifact.ckey in sboms,
                    site=site,
                ),
                upload=uploads.get(file.artifact.ckey) if is_uploads_mirror(file.layer.mirror.mirror_id) else None,
                is_stored=file.artifact.ckey in stored,
                published=published,
            )
            for file in page
        ),
    )


async def list_attached(
    channel: Channel, family: str, filename: str, *, offset: int, limit: int | None, site: str, ports: Ports
) -> ArtifactFileList:
    """Return the one file of its name that is no package, if the channel has it.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    attachment = await ports.attachments.get(channel.id, family, filename)
    if attachment is None:
        return ArtifactFileList(total_count=0, items=())
    is_shown = offset == 0 and limit != 0
    return ArtifactFileList(total_count=1, items=(show_attachment(channel, attachment, site=site),) if is_shown else ())


def show_upload(
    channel: Channel, upload: Upload, artifact: ArtifactRef, payload: bytes, *, book: AdvisoryBook, site: str
) -> ArtifactFileOut:
    """Show a file that was just put into a channel, which may not be published yet."""
    told = _read_record(upload.type, payload, upload.partition, {artifact.filename: artifact}, book)
    shown = file_out(channel, upload.type, artifact, name=upload.name, told=told[artifact.ckey], book=book, site=site)
    return _mirrored(shown, upload=upload, is_stored=True, published=None)


def show_attachment(channel: Channel, attachment: Attachment, *, site: str) -> ArtifactFileOut:
    """Show a file that is no package."""
    ckey = f"{attachment.family}/{attachment.filename}"
    folder = _JUPYTER if attachment.family == NOTEBOOK else attachment.family
    return ArtifactFileOut(
        ckey=ckey,
        name=attachment.filename,
        version=None,
        family=attachment.family,
        type=attachment.family,
        channel=channel.parent or channel.name,
        subchannel=channel.name if channel.parent else None,
        metadata={"of": attachment.of} if attachment.of is not None else {},
        created_at=timestamp(attachment.at),
        updated_at=timestamp(attachment.at),
        state="active",
        size=attachment.size_bytes,
        sha256=attachment.sha256,
        url=file_url(site, channel.key, f"{folder}/{attachment.filename}"),
        download_count=0,
        origin="uploaded",
        by=attachment.by,
    )


def file_url(site: str, channel: ChannelKey, path: str) -> str:
    """Return where a file of a channel can be had."""
    return f"{site}/api/repo/{channel}/{quote(path)}"


def file_out(
    channel: Channel,
    type_: MirrorType,
    artifact: ArtifactRef,
    *,
    name: str,
    told: _Told,
    book: AdvisoryBook,
    downloads: int = 0,
    has_sbom: bool = False,
    site: str,
) -> ArtifactFileOut:
    """Write what records tell of a file; where it came from, and whether it is here, its callers add."""
    facts, url = told.facts, file_url(site, channel.key, artifact.ckey)
    created = facts.created_ms if facts is not None else None
    at = timestamp_or_none(moment_of_ms(created) if created is not None else None)
    digest = artifact.expected.digest
    findings = facts.findings if facts is not None else ()
    return ArtifactFileOut(
        ckey=artifact.ckey,
        name=name,
        version=facts.version if facts is not None else None,
        family=family_of(type_),
        type=ecosystem_of(type_).file_type(artifact.filename, partition=told.partition),
        channel=channel.parent or channel.name,
        subchannel=channel.name if channel.parent else None,
        metadata=told.metadata,
        created_at=at,
        updated_at=at,
        state="passive",
        size=artifact.expected.size_bytes,
        sha256=digest.hex if digest.algorithm == "sha256" else None,
        url=url,
        download_count=downloads,
        origin="mirror",
        by=None,
        sbom=f"{url}?sbom=download" if has_sbom else None,
        cve_score=_score(findings) if book is not EMPTY_BOOK else msgspec.UNSET,
        cve_status=_status(findings) if book is not EMPTY_BOOK else msgspec.UNSET,
        cves=_cves(findings) if book is not EMPTY_BOOK else msgspec.UNSET,
    )


def _wanted(found: Sequence[FoundFile], wish: FileWish, type_: MirrorType, name: str) -> Sequence[FoundFile]:
    if wish.text is not None:
        text = wish.text.casefold()
        found = [file for file in found if text in file.artifact.ckey.casefold()]
    if wish.sort is FileSort.PATH:
        return found
    ecosystem = ecosystem_of(type_)
    versions = [ecosystem.version_of(file.artifact.filename, name=name) or "" for file in found]
    sign = 1 if wish.sort is FileSort.VERSION_DOWN else -1
    places = {version: sign * place for place, version in enumerate(ecosystem.newest_first(set(versions)))}
    return [found[at] for at in sorted(range(len(found)), key=lambda at: places[versions[at]])]


def _mirrored(
    shown: ArtifactFileOut, *, upload: Upload | None, is_stored: bool, published: datetime | None
) -> ArtifactFileOut:
    state = "active" if is_stored else "passive"
    if upload is None:
        at = timestamp_or_none(published)
        return msgspec.structs.replace(
            shown, state=state, created_at=shown.created_at or at, updated_at=shown.updated_at or at
        )
    at = timestamp(upload.at)
    return msgspec.structs.replace(
        shown,
        state=state,
        size=upload.size_bytes,
        created_at=at,
        updated_at=at,
        origin=upload.came.value,
        by=upload.by,
    )


def _read_records(type_: MirrorType, files: Iterable[FoundFile], book: AdvisoryBook) -> Mapping[str, _Told]:
    by_layer: dict[tuple[str, bytes], dict[str, ArtifactRef]] = {}
    for file in files:
        key = file.layer.partition, file.layer.payload
        by_layer.setdefault(key, {})[file.artifact.filename] = file.artifact
    told: dict[str, _Told] = {}
    for (partition, payload), artifacts in by_layer.items():
        told |= _read_record(type_, payload, partition, artifacts, book)
    return told


def _read_record(
    type_: MirrorType, payload: bytes, partition: str, artifacts: Mapping[str, ArtifactRef], book: AdvisoryBook
) -> Mapping[str, _Told]:
    ecosystem = ecosystem_of(type_)
    own = ecosystem.only(payload, frozenset(artifacts)) or payload
    facts = {one.filename: one for one in ecosystem.facts(own, partition=partition, book=book)}
    metadata = ecosystem.file_metadata(own, partition=partition)
    return {
        artifact.ckey: _Told(partition=partition, metadata=metadata.get(filename, {}), facts=facts.get(filename))
        for filename, artifact in artifacts.items()
    }


def _cves(findings: Sequence[Finding]) -> tuple[FileCveOut, ...]:
    worst_first = sorted(findings, key=lambda it: (-(it.score or 0), it.id))
    return tuple(FileCveOut(id=it.id, score=it.score, status=it.status) for it in worst_first)


def _score(findings: Sequence[Finding]) -> float | None:
    return max((finding.score for finding in findings if finding.score is not None), default=None)


def _status(findings: Sequence[Finding]) -> CveStatus | None:
    return min((finding.status for finding in findings), key=_SEVEREST_FIRST.index, default=None)
