"""two revisions -> packages and files that came, went and were replaced; only what differs is read.

Rules of this file:
1. Where a name is in one revision alone, its counts tell how many files came or went.
2. Else the records of both are read, and files are compared by their names: a file is `replaced`
   where both list it, with other bytes.
3. Several mirrors' records of a name are laid over each other as when they were published.
4. A package may have no changed file: its source tells something else of the same files, or
   nobody has read it.
5. What is summed up is not kept: memory holds the records of a few packages at a time.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from libs.common.deciding.compare_catalogues import Amount
from libs.common.deciding.explain_files import FILES_A_PAGE
from libs.common.domain.compare_contents import ChangedPackage, ListedName, NameChange, PackageChange
from libs.common.domain.digest import Digest
from libs.common.domain.errors import InvalidInput, NotKept
from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.protocol import ArtifactRef, Ecosystem
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.records import Shards

_CHUNK_PACKAGES = 50


class FileWord(StrEnum):
    """What became of a file."""

    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"


class FileDifference(msgspec.Struct, frozen=True, gc=False):
    """One file that is not the same in both; size and digest are those after, of a removed one those before."""

    ckey: str
    version: str
    change: FileWord
    size_bytes: int | None
    digest: Digest


class PackageDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A changed package with its changed files, by their paths; `is_unread` says that nobody knows all of them."""

    type: MirrorType
    name: str
    change: PackageChange
    is_unread: bool
    files: tuple[FileDifference, ...]


class FilesChanged(msgspec.Struct, frozen=True, kw_only=True):
    """How many files came, went and were replaced; `unread` counts packages of which nobody knows all files."""

    added: Amount = Amount()
    removed: Amount = Amount()
    replaced: Amount = Amount()
    unread: int = 0


class PackageWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which packages to show; what is None leaves nothing out. `text` is a part of the name, in small letters."""

    text: str | None = None
    type: MirrorType | None = None
    change: PackageChange | None = None

    def shows(self, package: ChangedPackage) -> bool:
        """Tell whether a package is to be shown."""
        return (
            self.change in (None, package.change)
            and self.type in (None, package.type)
            and (self.text is None or self.text in package.name.lower())
        )


class PackagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some changed packages, by name; `next` is where to go on, None after the last."""

    packages: tuple[PackageDifference, ...]
    next: str | None = None


class RevisionComparison:
    """Tells what of changed packages is other."""

    def __init__(self, packages: Sequence[ChangedPackage], *, shards: Shards) -> None:
        self.packages = packages
        self._shards = shards

    async def sum_up(self) -> FilesChanged:
        """Count the files.

        Raises:
            NotKept: when the records are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        total: Counter[tuple[FileWord, str]] = Counter()
        unclear: list[ChangedPackage] = []
        for package in self.packages:
            both: list[NameChange] = []
            for part in package.parts:
                if part.new is None and part.old is not None:
                    _add(total, FileWord.REMOVED, part.old.files, part.old.size_bytes)
                elif part.old is None and part.new is not None:
                    _add(total, FileWord.ADDED, part.new.files, part.new.size_bytes)
                else:
                    both.append(part)
            if both:
                unclear.append(msgspec.structs.replace(package, parts=tuple(both)))
        for chunk in _chunks(unclear):
            for compared in await self.read(chunk):
                for file in compared.files:
                    _add(total, file.change, 1, file.size_bytes or 0)
        return FilesChanged(
            added=_amount(total, FileWord.ADDED),
            removed=_amount(total, FileWord.REMOVED),
            replaced=_amount(total, FileWord.REPLACED),
            unread=sum(_is_unread(package) for package in self.packages),
        )

    async def page(self, wish: PackageWish, *, after: str | None, limit: int) -> PackagePage:
        """Return the next packages, with at least `limit` files where there are and the bound allows.

        Raises:
            InvalidInput: for a cursor that is none.
            NotKept: when the records are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        place = _read_cursor(after) if after else None
        wanted = [one for one in self.packages if (place is None or _place(one) > place) and wish.shows(one)]
        found: list[PackageDifference] = []
        files = looked = 0
        for chunk in _chunks(wanted):
            for package in await self.read(chunk):
                found.append(package)
                files += max(len(package.files), 1)
                if files >= limit and _place(package) != _place(wanted[-1]):
                    return PackagePage(packages=tuple(found), next=_cursor(package))
            looked += sum(map(_most_files, chunk))
            if looked >= FILES_A_PAGE and chunk[-1] is not wanted[-1]:
                return PackagePage(packages=tuple(found), next=_cursor(chunk[-1]))
        return PackagePage(packages=tuple(found))

    async def read(self, packages: Sequence[ChangedPackage]) -> tuple[PackageDifference, ...]:
        """Compare the files of a few packages.

        Raises:
            NotKept: when the records are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        digests = {
            shard
            for package in packages
            for part in package.parts
            for listed in (part.old, part.new)
            if listed is not None
            for shard in listed.shards
        }
        payloads = await self._shards.get(sorted(digests)) if digests else {}
        if len(payloads) < len(digests):
            raise NotKept("what one of the revisions lists is no longer kept; compare newer ones")
        return await asyncio.to_thread(lambda: tuple(_compare(package, payloads) for package in packages))


def _compare(package: ChangedPackage, payloads: Mapping[bytes, bytes]) -> PackageDifference:
    ecosystem = ecosystem_of(package.type)
    files: list[FileDifference] = []
    for part in package.parts:
        old = _files(part.old, part.partition, payloads, ecosystem)
        new = _files(part.new, part.partition, payloads, ecosystem)
        files += _differences(old, new, name=package.name, ecosystem=ecosystem)
    return PackageDifference(
        type=package.type,
        name=package.name,
        change=package.change,
        is_unread=_is_unread(package),
        files=tuple(sorted(files, key=lambda file: file.ckey)),
    )


def _files(
    listed: ListedName | None, partition: str, payloads: Mapping[bytes, bytes], ecosystem: Ecosystem
) -> Mapping[str, ArtifactRef]:
    if listed is None or not listed.shards:
        return {}
    payload = payloads[listed.shards[0]]
    if len(listed.shards) > 1:
        payload, _ = ecosystem.merge([payloads[shard] for shard in listed.shards])
    return {file.ckey: file for file in ecosystem.artifacts(payload, partition=partition)}


def _differences(
    old: Mapping[str, ArtifactRef], new: Mapping[str, ArtifactRef], *, name: str, ecosystem: Ecosystem
) -> Iterator[FileDifference]:
    for ckey in old.keys() | new.keys():
        was, now = old.get(ckey), new.get(ckey)
        if was is not None and now is not None and was.expected == now.expected:
            continue
        told = now or old[ckey]
        yield FileDifference(
            ckey,
            ecosystem.version_of(told.filename, name=name) or "",
            FileWord.ADDED if was is None else FileWord.REMOVED if now is None else FileWord.REPLACED,
            told.expected.size_bytes,
            told.expected.digest,
        )


def _chunks(packages: Sequence[ChangedPackage]) -> Iterable[Sequence[ChangedPackage]]:
    return (packages[start : start + _CHUNK_PACKAGES] for start in range(0, len(packages), _CHUNK_PACKAGES))


def _is_unread(package: ChangedPackage) -> bool:
    return any(listed is not None and listed.is_unread for part in package.parts for listed in (part.old, part.new))


def _most_files(package: ChangedPackage) -> int:
    return sum(listed.files for part in package.parts for listed in (part.old, part.new) if listed is not None)


def _add(total: "Counter[tuple[FileWord, str]]", word: FileWord, files: int, size_bytes: int) -> None:
    total[word, "files"] += files
    total[word, "bytes"] += size_bytes


def _amount(total: "Counter[tuple[FileWord, str]]", word: FileWord) -> Amount:
    return Amount(files=total[word, "files"], size_bytes=total[word, "bytes"])


def _place(package: ChangedPackage | PackageDifference) -> tuple[str, str]:
    return package.name, package.type.value


def _cursor(package: ChangedPackage | PackageDifference) -> str:
    return f"{package.type.value}/{package.name}"


def _read_cursor(text: str) -> tuple[str, str]:
    type_, slash, name = text.partition("/")
    if not slash or not name or type_ not in {one.value for one in MirrorType}:
        raise InvalidInput("the cursor is not one that a page ended with", field="cursor")
    return name, type_
