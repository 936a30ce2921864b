"""What clients see of a channel's published revision: files by name, what they need, what a dependency chooses."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from libs.common.deciding.explain_files import Place
from libs.common.deciding.known_needs import KnownNeeds
from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.domain.manifest import UNREAD
from libs.common.domain.revision import Contents, ContentsEntry, ContentsPart, Revision
from libs.common.ecosystems.asking import Needed, Target, Wanted
from libs.common.ecosystems.protocol import ArtifactRef, Ecosystem
from libs.common.ports.records import Shards


class SeenFile(NamedTuple):
    """A file that clients see, and the mirror that brings it."""

    mirror_id: str
    ref: ArtifactRef


class SeenFiles:
    """Reads it, each name once; all methods raise as ports do, and NotFound where records are lost.

    It has the partitions of one ecosystem.
    """

    def __init__(
        self,
        contents: Contents,
        *,
        revision: Revision | None,
        ecosystem: Ecosystem,
        shards: Shards,
        known: KnownNeeds,
    ) -> None:
        self.parts: Mapping[str, ContentsPart] = {
            partition: part
            for partition, part in contents.parts.items()
            if revision is not None and _is_of(ecosystem, part, revision)
        }
        self._revision = revision
        self._ecosystem = ecosystem
        self._shards = shards
        self._known = known
        self._seen: dict[Place, Mapping[str, SeenFile]] = {}
        self._payloads: dict[str, dict[str, list[bytes]]] = {}
        self._needs: dict[tuple[Place, str], Mapping[str, tuple[Needed, ...]]] = {}

    async def at(self, place: Place) -> Mapping[str, SeenFile]:
        """Return what clients see of a name, by ckey."""
        if place not in self._seen:
            entry = self._entry(place)
            found: dict[str, SeenFile] = {}
            if entry is not None and self._revision is not None:
                payloads = await self._shards.get(_shards_of(entry))
                for number, shard in entry.origins:
                    if shard == UNREAD:
                        continue
                    mirror_id = self._revision.mirrors[number].mirror_id
                    for ref in self._ecosystem.artifacts(payload_there(payloads, shard), partition=place.partition):
                        found.setdefault(ref.ckey, SeenFile(mirror_id, ref))
            self._seen[place] = found
        return self._seen[place]

    def files_at(self, place: Place) -> int:
        """Return how many files clients see of a name, without a look at its records."""
        entry = self._entry(place)
        return entry.files if entry is not None else 0

    def is_unread(self, place: Place, *, mirror_id: str | None = None) -> bool:
        """Tell whether clients see a name of which some mirror, or this one, has not read what files there are."""
        entry = self._entry(place)
        if entry is None or self._revision is None:
            return False
        return any(
            shard == UNREAD and mirror_id in (None, self._revision.mirrors[number].mirror_id)
            for number, shard in entry.origins
        )

    async def payloads_of(self, name: str) -> Mapping[str, list[bytes]]:
        """Return the records of a name that clients see, by partition."""
        if name not in self._payloads:
            found: dict[str, list[bytes]] = {}
            for partition in self.parts:
                entry = self._entry(Place(partition, name))
                if entry is not None:
                    shards = _shards_of(entry)
                    payloads = await self._shards.get(shards)
                    found[partition] = [payload_there(payloads, shard) for shard in shards]
            self._payloads[name] = found
        return self._payloads[name]

    async def chosen_by(self, needed: Needed, target: Target) -> list[tuple[Place, str]]:
        """Return the files that clients see and a dependency chooses at a target, the newest names of files first."""
        payloads = await self.payloads_of(needed.name)
        wanted = Wanted(name=needed.name, spec=needed.spec)

        def choose() -> list[tuple[Place, str]]:
            return [
                (Place(partition, needed.name), filename)
                for partition in target.partitions
                for payload in payloads.get(partition, ())
                for filename in sorted(
                    chosen_files(wanted, payload, partition=partition, ecosystem=self._ecosystem), reverse=True
                )
            ]

        return await asyncio.to_thread(choose)

    async def needs(self, place: Place, filename: str, target: Target) -> tuple[Needed, ...]:
        """Return what a file that clients see needs at a target."""
        key = (place, target.name)
        if key not in self._needs:
            payloads = [
                await self._known.add(payload, partition=place.partition, name=place.name)
                for payload in (await self.payloads_of(place.name)).get(place.partition, ())
            ]
            self._needs[key] = await asyncio.to_thread(self._read_needs, payloads, place.partition, target)
        return self._needs[key].get(filename, ())

    def _entry(self, place: Place) -> ContentsEntry | None:
        part = self.parts.get(place.partition)
        return part.entries.get(place.name) if part is not None else None

    def _read_needs(
        self, payloads: Sequence[bytes], partition: str, target: Target
    ) -> Mapping[str, tuple[Needed, ...]]:
        found: dict[str, tuple[Needed, ...]] = {}
        for payload in payloads:
            found = {**self._ecosystem.needs(payload, partition=partition, target=target), **found}
        return found


def chosen_files(wanted: Wanted, payload: bytes, *, partition: str, ecosystem: Ecosystem) -> frozenset[str]:
    """Return the files that are meant; all of them where a spec can't be read, as in closures."""
    files = (ref.filename for ref in ecosystem.artifacts(payload, partition=partition))
    if wanted.filename is not None:
        return frozenset(files) & {wanted.filename}
    try:
        return ecosystem.select([wanted.spec], payload, partition=partition, name=wanted.name)
    except InvalidInput:
        return frozenset(files)


def payload_there(payloads: Mapping[bytes, bytes], shard: bytes) -> bytes:
    """Return the payload of a shard.

    Raises:
        NotFound: when it is missing.
    """
    if shard not in payloads:
        raise NotFound(f"shard {shard.hex()} is missing; run ./tain verify --repair")
    return payloads[shard]


def _shards_of(entry: ContentsEntry) -> list[bytes]:
    return [shard for _, shard in entry.origins if shard != UNREAD]


def _is_of(ecosystem: Ecosystem, part: ContentsPart, revision: Revision) -> bool:
    """Tell whose a partition is, by any name of it."""
    return any(
        revision.mirrors[entry.origins[0][0]].type == ecosystem.type for entry in islice(part.entries.values(), 1)
    )
