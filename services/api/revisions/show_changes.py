"""two revisions of a channel -> what differs, as the wire has it, page by page."""

import asyncio
from collections.abc import Sequence

from libs.common.deciding.compare_revisions import (
    FileDifference,
    FilesChanged,
    FileWord,
    PackageDifference,
    PackageWish,
    RevisionComparison,
)
from libs.common.domain.channel import Channel
from libs.common.domain.compare_contents import PackageChange
from libs.common.domain.errors import NotKept
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import PackagesChanged, Revision
from libs.common.domain.upload import Removal
from services.api.channel_files import WORDS
from services.api.ports import Ports
from services.api.revisions.kept_revisions import find_revision, kept_revisions
from services.api.revisions.schemas import FilesChangedOut, PackageChangeOut, RevisionChanges, RevisionFileOut
from services.api.revisions.show_revisions import show_packages_changed
from services.api.show_differences import show_amount

_LOOKS_AT_ONCE = 16
_CAME = frozenset({FileWord.ADDED, FileWord.REPLACED})


class RemovedByHand:
    """What people have taken out of a channel's mirrors by hand, to be looked up."""

    def __init__(self, removals: Sequence[Removal]) -> None:
        self._packages = {(it.type, it.name) for it in removals if it.ckey is None}
        self._files = {(it.type, it.ckey) for it in removals if it.ckey is not None}
        self._named = {(it.type, it.name) for it in removals}

    def touches(self, type_: MirrorType, name: str) -> bool:
        """Tell whether any file of a package was removed."""
        return (type_, name) in self._named

    def has(self, type_: MirrorType, name: str, ckey: str) -> bool:
        """Tell whether a file was removed."""
        return (type_, name) in self._packages or (type_, ckey) in self._files


async def show_changes(
    channel: Channel,
    number: int,
    against: int | None,
    wish: PackageWish,
    *,
    cursor: str | None,
    limit: int,
    ports: Ports,
) -> RevisionChanges:
    """Compare a revision with another one, the one before it where none is named.

    Raises:
        NotFound: when there is no such revision.
        NotKept: when there was, or the one before it is no longer kept.
        InvalidInput: for a cursor that is none.
        StoreUnavailable: when a store does not answer.
    """
    kept = await kept_revisions(channel, revisions=ports.revisions)
    after = find_revision(kept, number, channel=channel)
    before = find_revision(kept, against, channel=channel) if against is not None else _before(after, kept)
    comparison = await ports.comparisons.compare(before, after)
    page = await comparison.page(wish, after=cursor, limit=limit)
    removed = RemovedByHand(await ports.removals.list(channel.id))
    return RevisionChanges(
        revision=number,
        against=before.number if before is not None else None,
        summary=await _summary(before, after, comparison, removed, ports=ports) if cursor is None else None,
        items=await _show(page.packages, removed, ports=ports),
        next_cursor=page.next,
    )


def _before(revision: Revision, kept: Sequence[Revision]) -> Revision | None:
    before = next((one for one in kept if one.number < revision.number), None)
    if before is None and revision.number > 1:
        raise NotKept(f"the revision before {revision.number} is no longer kept; name another one with `against`")
    return before


async def _summary(
    before: Revision | None,
    after: Revision,
    comparison: RevisionComparison,
    removed: RemovedByHand,
    *,
    ports: Ports,
) -> FilesChangedOut:
    packages = await ports.comparisons.count(before, after)
    files = await ports.comparisons.sum_up(before, after)
    touched = [
        package
        for package in comparison.packages
        if package.change is not PackageChange.REMOVED and removed.touches(package.type, package.name)
    ]
    count = 0
    for start in range(0, len(touched), _LOOKS_AT_ONCE):
        for package in await comparison.read(touched[start : start + _LOOKS_AT_ONCE]):
            count += sum(_is_removed(file, package, removed) for file in package.files)
    return _written(packages, files, removed_by_hand=count)


def _written(packages: PackagesChanged, files: FilesChanged, *, removed_by_hand: int) -> FilesChangedOut:
    return FilesChangedOut(
        packages=show_packages_changed(packages),
        added=show_amount(files.added),
        removed=show_amount(files.removed),
        replaced=show_amount(files.replaced),
        unread=files.unread,
        removed_by_hand=removed_by_hand,
    )


def _is_removed(file: FileDifference, package: PackageDifference, removed: RemovedByHand) -> bool:
    return file.change in _CAME and removed.has(package.type, package.name, file.ckey)


async def _show(
    packages: Sequence[PackageDifference], removed: RemovedByHand, *, ports: Ports
) -> tuple[PackageChangeOut, ...]:
    at_once = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def is_stored(file: FileDifference) -> bool:
        async with at_once:
            return await ports.blobs.find(file.digest) is not None

    files = [file for package in packages for file in package.files]
    stored = dict(zip(map(id, files), await asyncio.gather(*map(is_stored, files)), strict=True))
    return tuple(
        PackageChangeOut(
            name=package.name,
            family=WORDS[package.type],
            change=package.change,
            is_unread=package.is_unread,
            files=tuple(
                RevisionFileOut(
                    ckey=file.ckey,
                    version=file.version,
                    change=file.change,
                    size_bytes=file.size_bytes,
                    is_stored=stored[id(file)],
                    is_removed_by_hand=_is_removed(file, package, removed),
                )
                for file in package.files
            ),
        )
        for package in packages
    )
