"""channels -> the wire's packages: a page of one channel's, of many channels', or one of them.

A page reads the shards of its own packages, and of no other.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.errors import NotFound
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Attachment
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from services.api.artifacts.families import ATTACHED, FAMILIES, family_of
from services.api.artifacts.listed_packages import ListedPackage
from services.api.artifacts.package_names import filed_name
from services.api.artifacts.schemas import ArtifactList, ArtifactOut
from services.api.ports import Ports
from services.api.serving.served_packages import PackageKey
from services.api.sync_state import timestamp, timestamp_or_none

_NOTHING_SAID: Mapping[str, object] = {
    "version": "",
    "license": "",
    "subdirs": [],
    "build_number": 0,
    "summary": "",
    "description": "",
    "home": "",
    "dev_url": "",
    "doc_url": "",
    "install_cmd": "",
}
"""What every package's metadata has, whatever is known of it."""


class PackageWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which packages to show; what is None leaves nothing out. `text` is a part of the name."""

    text: str | None = None
    family: str | None = None
    platform: str | None = None


class PackageSort(StrEnum):
    """In which order; a minus turns it round."""

    NAME = "name"
    NAME_DOWN = "-name"
    DOWNLOADS = "download_count"
    DOWNLOADS_DOWN = "-download_count"


_Found = ListedPackage | Attachment


async def list_packages(channel: Channel, wish: PackageWish, *, offset: int, limit: int, ports: Ports) -> ArtifactList:
    """Return a page of a channel's packages, by name.

    Raises:
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    found = await _find(channel, wish, ports=ports)
    page = found[offset : offset + limit]
    return ArtifactList(total_count=len(found), items=await _show(channel, page, ports=ports))


async def search_packages(
    channels: Sequence[Channel], wish: PackageWish, *, sort: PackageSort, offset: int, limit: int, ports: Ports
) -> ArtifactList:
    """Return a page of the packages of several channels; those of one name in the order of the channels.

    Raises:
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    found: list[tuple[str, int, _Found]] = []
    for place, channel in enumerate(channels):
        found += [(_name_of(one), place, one) for one in await _find(channel, wish, ports=ports)]
    if sort in (PackageSort.NAME, PackageSort.NAME_DOWN):
        found.sort(key=lambda it: it[0], reverse=sort is PackageSort.NAME_DOWN)
    else:
        counts = [dict[PackageKey, int]() for _ in channels]
        for place in {place for _, place, _ in found}:
            counts[place] = dict((await ports.download_counts.of(channels[place].id)).packages)
        sign = -1 if sort is PackageSort.DOWNLOADS_DOWN else 1
        found.sort(key=lambda it: (sign * _count(it[2], counts[it[1]]), it[0], it[1]))
    page = found[offset : offset + limit]
    shown: dict[tuple[str, int, str], ArtifactOut] = {}
    for place in dict.fromkeys(place for _, place, _ in page):
        items = await _show(channels[place], [one for _, at, one in page if at == place], ports=ports)
        shown |= {(item.name, place, item.family): item for item in items}
    return ArtifactList(
        total_count=len(found), items=tuple(shown[name, place, _family_of(one)] for name, place, one in page)
    )


async def show_package(channel: Channel, family: str, name: str, *, ports: Ports) -> ArtifactOut:
    """Return one package, or one file that is no package.

    Raises:
        NotFound: when the channel shows no such package.
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    if family in FAMILIES:
        key = filed_name(FAMILIES[family], name)
        listed = [one for one in await ports.listed_packages.of(channel) if one.name == key]
        found: list[_Found] = [one for one in listed if one.type is FAMILIES[family]]
    else:
        attachment = await ports.attachments.get(channel.id, family, name)
        found = [attachment] if attachment is not None else []
    if not found:
        raise NotFound(f"channel {channel.key} has no {family} package {name[:100]}")
    return (await _show(channel, found, ports=ports))[0]


async def _find(channel: Channel, wish: PackageWish, *, ports: Ports) -> Sequence[_Found]:
    listed: Sequence[_Found] = await ports.listed_packages.of(channel)
    if wish.text or wish.family or wish.platform:
        listed = await asyncio.to_thread(_wanted, listed, wish)
    if wish.platform or wish.family in FAMILIES:
        return listed
    attached = [it for it in await ports.attachments.list(channel.id) if it.family in ATTACHED]
    if not attached:
        return listed
    return sorted([*listed, *_wanted(attached, wish)], key=lambda it: (_name_of(it), _family_of(it)))


def _wanted(found: Iterable[_Found], wish: PackageWish) -> list[_Found]:
    text = (wish.text or "").casefold()
    texts = {type_: filed_name(type_, text).casefold() or text for type_ in MirrorType}
    return [
        one
        for one in found
        if wish.family in (None, _family_of(one))
        and (text in _name_of(one).casefold() or (isinstance(one, ListedPackage) and texts[one.type] in one.name))
        and (wish.platform is None or (isinstance(one, ListedPackage) and wish.platform in one.partitions))
    ]


def _name_of(one: _Found) -> str:
    return one.name if isinstance(one, ListedPackage) else one.filename


def _family_of(one: _Found) -> str:
    return family_of(one.type) if isinstance(one, ListedPackage) else one.family


def _count(one: _Found, counts: Mapping[PackageKey, int]) -> int:
    return counts.get((one.type, one.name), 0) if isinstance(one, ListedPackage) else 0


async def _show(channel: Channel, page: Sequence[_Found], *, ports: Ports) -> tuple[ArtifactOut, ...]:
    if not page:
        return ()
    listed = [one for one in page if isinstance(one, ListedPackage)]
    revision = await ports.packages.current(channel)
    records = await ports.packages.read(revision, [(one.type, one.name) for one in listed]) if revision else {}
    downloads = (await ports.download_counts.of(channel.id)).packages
    cves: dict[tuple[str, str], set[str]] = {}
    for file in await ports.channel_files.of_channel(channel):
        cves.setdefault((file.family, file.name), set()).update(finding.id for finding in file.findings)
    metadata = await asyncio.to_thread(lambda: [_metadata(one, records) for one in page])
    published = channel.published.published_at if channel.published else None
    return tuple(
        ArtifactOut(
            name=_name_of(one),
            family=_family_of(one),
            channel=channel.parent or channel.name,
            subchannel=channel.name if channel.parent else None,
            privacy=channel.privacy,
            metadata=said,
            download_count=_count(one, downloads),
            file_count=one.files if isinstance(one, ListedPackage) else 1,
            cve_count=len(cves.get((_family_of(one), _name_of(one)), ())),
            updated_at=timestamp_or_none(published) if isinstance(one, ListedPackage) else timestamp(one.at),
        )
        for one, said in zip(page, metadata, strict=True)
    )


def _metadata(one: _Found, records: Mapping[PackageKey, Mapping[str, tuple[bytes, ...]]]) -> Mapping[str, object]:
    said = {"name": _name_of(one), **_NOTHING_SAID}
    parts = records.get((one.type, one.name)) if isinstance(one, ListedPackage) else None
    if not isinstance(one, ListedPackage) or parts is None:
        return said
    ecosystem = ecosystem_of(one.type)
    merged = {
        partition: payloads[0] if len(payloads) == 1 else ecosystem.merge(payloads)[0]
        for partition, payloads in parts.items()
    }
    return {**said, **ecosystem.package_metadata(merged)}
