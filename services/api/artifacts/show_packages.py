"""channels -> the wire's packages: a page of one channel's, of many channels', or one of them.

A page reads the shards of its own packages, and of no other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK
from libs.common.domain.channel import Channel
from libs.common.domain.errors import NotFound
from libs.common.domain.upload import Attachment
from services.api.artifacts.families import FAMILIES
from services.api.artifacts.find_packages import (
    Found,
    PackageSort,
    PackageWish,
    family_of_found,
    find_packages,
    name_of,
)
from services.api.artifacts.listed_packages import ListedPackage, find_listed
from services.api.artifacts.package_names import filed_name
from services.api.artifacts.schemas import ArtifactList, ArtifactOut
from services.api.artifacts.told_packages import NOTHING_TOLD, ToldPackage
from services.api.channel_files import NO_CVES
from services.api.moments import moment_of_ms
from services.api.ports import Ports
from services.api.sync_state import timestamp_or_none

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


async def list_packages(
    channels: Sequence[Channel],
    wish: PackageWish,
    *,
    sort: PackageSort | None = None,
    offset: int,
    limit: int,
    ports: Ports,
) -> ArtifactList:
    """Return a page of the packages of some channels; those of one name in the order of the channels.

    Raises:
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    found = await find_packages(channels, wish, sort=sort, offset=offset, limit=limit, ports=ports)
    shown: dict[tuple[int, str, str], ArtifactOut] = {}
    for place in dict.fromkeys(place for place, _ in found.items):
        items = await _show(channels[place], [one for at, one in found.items if at == place], ports=ports)
        shown |= {(place, item.family, item.name): item for item in items}
    return ArtifactList(
        total_count=found.total,
        items=tuple(shown[place, family_of_found(one), name_of(one)] for place, one in found.items),
    )


async def show_package(channel: Channel, family: str, name: str, *, ports: Ports) -> ArtifactOut:
    """Return one package, or one file that is no package.

    Raises:
        NotFound: when the channel shows no such package.
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    if family in FAMILIES:
        listed = await ports.listed_packages.of(channel)
        found: Found | None = find_listed(listed, FAMILIES[family], filed_name(FAMILIES[family], name))
    else:
        found = await ports.attachments.get(channel.id, family, name)
    if found is None:
        raise NotFound(f"channel {channel.key} has no {family} package {name[:100]}")
    return (await _show(channel, [found], ports=ports))[0]


async def _show(channel: Channel, page: Sequence[Found], *, ports: Ports) -> tuple[ArtifactOut, ...]:
    listed = [one for one in page if isinstance(one, ListedPackage)]
    revision = await ports.packages.current(channel)
    told = await ports.told_packages.of(revision, listed) if revision else {}
    downloads = (await ports.download_counts.of(channel.id)).packages
    has_book = await ports.channel_files.book() is not EMPTY_BOOK
    cves = await ports.channel_files.by_package(channel)
    published = channel.published.published_at if channel.published else None

    def show(one: Found) -> ArtifactOut:
        known = cves.get((family_of_found(one), name_of(one)), NO_CVES)
        package = one if isinstance(one, ListedPackage) else None
        own = told.get((package.type, package.name), NOTHING_TOLD) if package else NOTHING_TOLD
        newest = one.at if isinstance(one, Attachment) else _newest(one, own)
        return ArtifactOut(
            name=name_of(one),
            family=family_of_found(one),
            channel=channel.parent or channel.name,
            subchannel=channel.name if channel.parent else None,
            privacy=channel.privacy,
            metadata={"name": name_of(one), **_NOTHING_SAID, **own.metadata},
            download_count=downloads.get((package.type, package.name), 0) if package else 0,
            file_count=package.files if package else 1,
            size=one.size_bytes,
            state=package.state if package else "active",
            cve_count=known.count,
            cve_score=known.score if has_book else msgspec.UNSET,
            updated_at=timestamp_or_none(newest or published),
        )

    return tuple(map(show, page))


def _newest(one: ListedPackage, told: ToldPackage) -> datetime | None:
    newest_ms = one.newest_ms if one.newest_ms is not None else told.newest_ms
    return moment_of_ms(newest_ms) if newest_ms is not None else None
