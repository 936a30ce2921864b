"""channels, a wish, an order -> a page of their packages, and how many there are in all.

Names are looked at in memory: neither a shard nor a record is read to find them, but for the order by
the newest file where summaries do not tell it.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import StrEnum
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Any, Literal, NamedTuple

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Attachment
from services.api.artifacts.families import ATTACHED, FAMILIES, family_of
from services.api.artifacts.listed_packages import ListedPackage
from services.api.artifacts.package_names import filed_name
from services.api.ports import Ports
from services.api.serving.served_packages import PackageKey

Found = ListedPackage | Attachment


class PackageWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which packages to show; what is None leaves nothing out. `text` is a part of the name."""

    text: str | None = None
    family: str | None = None
    platform: str | None = None
    state: Literal["active", "passive"] | None = None
    has_cves: bool = False


class PackageSort(StrEnum):
    """In which order; a minus turns it round. `match` has names first that begin with the text, then by name."""

    MATCH = "match"
    NAME = "name"
    NAME_DOWN = "-name"
    DOWNLOADS = "download_count"
    DOWNLOADS_DOWN = "-download_count"
    UPDATED = "updated_at"
    UPDATED_DOWN = "-updated_at"
    FILES = "file_count"
    FILES_DOWN = "-file_count"
    SIZE = "size"
    SIZE_DOWN = "-size"


class FoundPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was found, each with the place of its channel; `total` counts all."""

    total: int
    items: Sequence[tuple[int, Found]]


async def find_packages(
    channels: Sequence[Channel],
    wish: PackageWish,
    *,
    sort: PackageSort | None = None,
    offset: int,
    limit: int,
    ports: Ports,
) -> FoundPage:
    """Find packages; of one name in the order of the channels.

    Without an order those of a text are sorted by how they match it, others by name.

    Raises:
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    sort = sort or (PackageSort.MATCH if wish.text else PackageSort.NAME)
    search = _Search(wish, sort)
    streams: list[_Stream] = []
    for place, channel in enumerate(channels):
        facts = await _facts(channel, wish, sort, ports=ports)
        listed = await ports.listed_packages.of(channel) if wish.family is None or wish.family in FAMILIES else ()
        found = await asyncio.to_thread(search.sifted, listed, facts)
        attached = search.attached(await _attached(channel, wish, ports=ports))
        streams += [_Stream(place, items, facts) for items in (found, attached) if items]
    total = sum(len(stream.items) for stream in streams)
    if len(streams) == 1:
        (stream,) = streams
        return FoundPage(total=total, items=[(stream.place, one) for one in stream.items[offset : offset + limit]])
    page = await asyncio.to_thread(search.merged, streams, offset, limit) if streams else []
    return FoundPage(total=total, items=page)


def name_of(one: Found) -> str:
    """Return the name on the wire."""
    return one.name if isinstance(one, ListedPackage) else one.filename


def family_of_found(one: Found) -> str:
    """Return the family on the wire."""
    return family_of(one.type) if isinstance(one, ListedPackage) else one.family


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What an order or a wish takes besides names: numbers by package, and which packages have CVEs."""

    numbers: Mapping[PackageKey, int] = {}
    affected: AbstractSet[tuple[str, str]] | None = None


class _Stream(NamedTuple):
    """What was found in one channel, in order."""

    place: int
    items: Sequence[Found]
    facts: _Facts


async def _facts(channel: Channel, wish: PackageWish, sort: PackageSort, *, ports: Ports) -> _Facts:
    numbers: Mapping[PackageKey, int] = {}
    if sort in (PackageSort.DOWNLOADS, PackageSort.DOWNLOADS_DOWN):
        numbers = (await ports.download_counts.of(channel.id)).packages
    elif sort in (PackageSort.UPDATED, PackageSort.UPDATED_DOWN):
        numbers = await ports.listed_packages.newest(channel)
    affected = (await ports.channel_files.by_package(channel)).keys() if wish.has_cves else None
    return _Facts(numbers=numbers, affected=affected)


async def _attached(channel: Channel, wish: PackageWish, *, ports: Ports) -> Sequence[Attachment]:
    if wish.platform or wish.has_cves or wish.state == "passive" or wish.family in FAMILIES:
        return ()
    return [it for it in await ports.attachments.list(channel.id) if it.family in ATTACHED]


class _Search:
    """One search: what is wanted, and in which order."""

    def __init__(self, wish: PackageWish, sort: PackageSort) -> None:
        self._wish = wish
        self._text = (wish.text or "").casefold()
        self._texts = {type_: filed_name(type_, self._text).casefold() or self._text for type_ in MirrorType}
        self._starts = tuple({self._text, *self._texts.values()})
        self._sort = sort

    def sifted(self, listed: Sequence[ListedPackage], facts: _Facts) -> Sequence[ListedPackage]:
        """Return the packages that are wanted, in order; `listed` are by name."""
        return self._in_order(self._wanted(listed, facts.affected), facts.numbers)

    def attached(self, attachments: Sequence[Attachment]) -> Sequence[Attachment]:
        """Return the files that are no packages and are wanted, in order."""
        wish = self._wish
        found = [it for it in attachments if wish.family in (None, it.family) and self._text in it.filename.casefold()]
        key = self._key(_Facts())
        return sorted(found, key=lambda it: key((0, it)), reverse=self._sort is PackageSort.NAME_DOWN)

    def merged(self, streams: Sequence[_Stream], offset: int, limit: int) -> list[tuple[int, Found]]:
        """Return a page of several streams, as if they were one."""
        is_down = self._sort is PackageSort.NAME_DOWN
        merged = heapq.merge(*map(self._keyed, streams), key=itemgetter(0), reverse=is_down)
        return [item for _, item in islice(merged, offset, offset + limit)]

    def _keyed(self, stream: _Stream) -> Iterator[tuple[Any, tuple[int, Found]]]:
        key = self._key(stream.facts)
        for one in stream.items:
            item = stream.place, one
            yield key(item), item

    def _wanted(
        self, listed: Sequence[ListedPackage], affected: AbstractSet[tuple[str, str]] | None
    ) -> Sequence[ListedPackage]:
        wish, text = self._wish, self._text
        # Of 600,000 names each test takes 20 ms: what is not asked for is not looked at.
        if text:
            others = {type_: other for type_, other in self._texts.items() if other != text}
            listed = [one for one in listed if text in one.folded or (others and _is_in(one, others))]
        if wish.family:
            type_ = FAMILIES.get(wish.family)
            listed = [one for one in listed if one.type is type_]
        if wish.platform:
            listed = [one for one in listed if wish.platform in one.partitions]
        if wish.state:
            listed = [one for one in listed if one.state in (wish.state, "mixed")]
        if affected is not None:
            listed = [one for one in listed if (family_of(one.type), one.name) in affected]
        return listed

    def _in_order(self, found: Sequence[ListedPackage], numbers: Mapping[PackageKey, int]) -> Sequence[ListedPackage]:
        if self._sort is PackageSort.NAME:
            return found
        if self._sort is PackageSort.NAME_DOWN:
            return found[::-1]
        if self._sort is PackageSort.MATCH:
            first = sorted((one for one in found if one.folded.startswith(self._starts)), key=self._rank)
            return [*first, *(one for one in found if not one.folded.startswith(self._starts))]
        return self._by_number(found, numbers)

    def _by_number(self, found: Sequence[ListedPackage], numbers: Mapping[PackageKey, int]) -> Sequence[ListedPackage]:
        """Sort by what `_number` says; those that are equal, and those of which it is not known, stay by name."""
        word, is_down = self._sort.removeprefix("-"), self._sort.startswith("-")
        if word in (PackageSort.FILES, PackageSort.SIZE):
            return sorted(
                found, key=attrgetter("files" if word == PackageSort.FILES else "size_bytes"), reverse=is_down
            )
        # Few of many names were ever downloaded.
        told = [one for one in found if (one.type, one.name) in numbers]
        rest = [one for one in found if (one.type, one.name) not in numbers] if len(told) < len(found) else []
        told.sort(key=lambda one: numbers[one.type, one.name], reverse=is_down)
        return [*rest, *told] if word == PackageSort.DOWNLOADS and not is_down else [*told, *rest]

    def _rank(self, one: Found) -> int:
        folded = one.folded if isinstance(one, ListedPackage) else one.filename.casefold()
        if folded in self._starts:
            return 0
        return 1 if folded.startswith(self._starts) else 2

    def _number(self, numbers: Mapping[PackageKey, int]) -> Callable[[Found], tuple[bool, int]]:
        """Return what to sort by: whether it is not known, and the number, turned round where that is asked for."""
        word, sign = self._sort.removeprefix("-"), -1 if self._sort.startswith("-") else 1

        def number(one: Found) -> tuple[bool, int]:
            value = _number_of(one, word, numbers)
            return (True, 0) if value is None else (False, sign * value)

        return number

    def _key(self, facts: _Facts) -> Callable[[tuple[int, Found]], Any]:
        if self._sort in (PackageSort.NAME, PackageSort.NAME_DOWN):
            return lambda it: (name_of(it[1]), it[0], family_of_found(it[1]))
        first: Callable[[Found], Any] = self._rank if self._sort is PackageSort.MATCH else self._number(facts.numbers)
        return lambda it: (first(it[1]), name_of(it[1]), it[0], family_of_found(it[1]))


def _is_in(one: ListedPackage, texts: Mapping[MirrorType, str]) -> bool:
    text = texts.get(one.type)
    return text is not None and text in one.folded


def _number_of(one: Found, word: str, numbers: Mapping[PackageKey, int]) -> int | None:
    if isinstance(one, Attachment):
        return {
            PackageSort.DOWNLOADS: 0,
            PackageSort.UPDATED: int(one.at.timestamp() * 1000),
            PackageSort.FILES: 1,
            PackageSort.SIZE: one.size_bytes,
        }[PackageSort(word)]
    if word == PackageSort.FILES:
        return one.files
    if word == PackageSort.SIZE:
        return one.size_bytes
    found = numbers.get((one.type, one.name))
    return found if word == PackageSort.UPDATED else found or 0
