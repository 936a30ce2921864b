"""a channel -> the names of its packages, which page through any number of them without reading a shard."""

import asyncio
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Literal

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.domain.manifest import ShardDigest
from libs.common.domain.mirror import MirrorMode, MirrorType
from libs.common.domain.revision import Revision
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import BlobStore, read_all
from services.api.artifacts.families import family_of
from services.api.serving.recent import Recent
from services.api.serving.served_packages import PackageKey, ServedPackages

_NAMES = 1_500_000
_CHUNK_NAMES = 500

State = Literal["active", "passive", "mixed"]
"""Whether files are stored, come in when somebody asks, or some are the one and some the other."""


class ListedPackage(msgspec.Struct, frozen=True, gc=False):
    """A package: the partitions that it is in, its files there, and whose mirrors bring them.

    `folded` is the name as searches look at it. `newest_ms` is when its newest file was made, None
    where that takes a look into its records.
    """

    name: str
    folded: str
    type: MirrorType
    partitions: tuple[str, ...]
    files: int
    size_bytes: int
    state: State
    newest_ms: int | None


class ListedPackages:
    """Names by revision, which never change; those of many channels are kept."""

    def __init__(self, packages: ServedPackages, *, blobs: BlobStore) -> None:
        self._packages = packages
        self._blobs = blobs
        self._listed: Recent[str, tuple[ListedPackage, ...]] = Recent(budget=_NAMES)
        self._newest: Recent[str, Mapping[PackageKey, int]] = Recent(budget=_NAMES)

    async def of(self, channel: Channel) -> Sequence[ListedPackage]:
        """Return the packages that clients see, by name and family.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        revision = await self._packages.current(channel)
        return await self._of(revision) if revision is not None else ()

    async def newest(self, channel: Channel) -> Mapping[PackageKey, int]:
        """Return when the newest file of packages was made, in milliseconds, of those of which anything tells it.

        Where summaries do not, every record is read once for a revision: some seconds for 20,000 names.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        revision = await self._packages.current(channel)
        if revision is None:
            return {}

        async def load() -> tuple[Mapping[PackageKey, int], int]:
            newest = await self._read_newest(revision)
            return newest, len(newest) + 1

        return await self._newest.get(revision.id, load)

    async def _of(self, revision: Revision) -> tuple[ListedPackage, ...]:
        async def load() -> tuple[tuple[ListedPackage, ...], int]:
            try:
                data = await read_all(self._blobs, revision.contents)
            except NotFound as exc:
                raise StoreUnavailable("the contents of a revision are not in the blob store") from exc
            listed = await asyncio.to_thread(_list_names, revision, data)
            return listed, len(listed) + 1

        return await self._listed.get(revision.id, load)

    async def _read_newest(self, revision: Revision) -> Mapping[PackageKey, int]:
        listed = await self._of(revision)
        newest = {(one.type, one.name): one.newest_ms for one in listed if one.newest_ms is not None}
        unknown = [(one.type, one.name) for one in listed if one.newest_ms is None and one.files]
        for start in range(0, len(unknown), _CHUNK_NAMES):
            records = await self._packages.read(revision, unknown[start : start + _CHUNK_NAMES])
            newest |= await asyncio.to_thread(
                lambda records: {key: at for key, parts in records.items() if (at := newest_of(key[0], parts))}, records
            )
        return newest


def find_listed(listed: Sequence[ListedPackage], type_: MirrorType, name: str) -> ListedPackage | None:
    """Return the package of a type by the name that it is filed under, of packages sorted by name."""
    at = bisect_left(listed, name, key=attrgetter("name"))
    while at < len(listed) and listed[at].name == name:
        if listed[at].type is type_:
            return listed[at]
        at += 1
    return None


def newest_of(type_: MirrorType, parts: Mapping[str, Sequence[bytes]]) -> int | None:
    """Return when the newest file of a package's shards was made, in milliseconds; None where no record tells."""
    ecosystem = ecosystem_of(type_)
    return max(
        (
            fact.created_ms
            for partition, payloads in parts.items()
            for payload in payloads
            for fact in ecosystem.facts(payload, partition=partition)
            if fact.created_ms is not None
        ),
        default=None,
    )


class _Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """See `revision.ContentsEntry`."""

    origins: tuple[tuple[int, ShardDigest], ...]
    rendered: bytes | None
    files: int
    size_bytes: int
    summary: bytes


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    entries: dict[str, _Entry] = {}


class _Contents(msgspec.Struct, frozen=True, kw_only=True):
    parts: dict[str, _Part] = {}


_STATES: Mapping[MirrorMode, State] = {MirrorMode.ACTIVE: "active", MirrorMode.PASSIVE: "passive"}


def _list_names(revision: Revision, data: bytes) -> tuple[ListedPackage, ...]:
    contents = msgspec.msgpack.decode(data, type=_Contents)
    states = [_STATES[mirror.mode] for mirror in revision.mirrors]
    types = [mirror.type for mirror in revision.mirrors]
    tells = [ecosystem_of(type_).newest_ms for type_ in types]
    found: dict[MirrorType, dict[str, ListedPackage]] = {type_: {} for type_ in types}
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    for partition, part in sorted(contents.parts.items()):
        alone = shared.setdefault((partition,), (partition,))
        for name, entry in part.entries.items():
            first = entry.origins[0][0]
            type_, state = types[first], states[first]
            if len(entry.origins) > 1 and any(states[place] != state for place, _ in entry.origins):
                state = "mixed"
            one = ListedPackage(
                name, _folded(name), type_, alone, entry.files, entry.size_bytes, state, tells[first](entry.summary)
            )
            before = found[type_].get(name)
            found[type_][name] = one if before is None else _added(before, one, shared)
    listed = [one for names in found.values() for one in names.values()]
    listed.sort(key=lambda it: (it.name, family_of(it.type)) if len(found) > 1 else it.name)
    return tuple(listed)


def _added(one: ListedPackage, other: ListedPackage, shared: dict[tuple[str, ...], tuple[str, ...]]) -> ListedPackage:
    partitions = (*one.partitions, *other.partitions)
    return ListedPackage(
        one.name,
        one.folded,
        one.type,
        shared.setdefault(partitions, partitions),
        one.files + other.files,
        one.size_bytes + other.size_bytes,
        one.state if one.state == other.state else "mixed",
        max(one.newest_ms or 0, other.newest_ms or 0) or None,
    )


def _folded(name: str) -> str:
    """Return the name as it is found by; the same object where nothing is to be folded."""
    folded = name.casefold()
    return name if folded == name else folded
