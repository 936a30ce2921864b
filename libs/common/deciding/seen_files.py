"""What clients see of a channel's published revision: files by name, what they need, what a dependency chooses."""

import asyncio
from collections.abc import Mapping, Sequence

from libs.common.deciding.explain_files import Place
from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.domain.revision import Contents, Revision
from libs.common.ecosystems.conda.names import NOARCH
from libs.common.ecosystems.protocol import ArtifactRef, Ecosystem
from libs.common.ports.records import Shards


class SeenFiles:
    """Reads it, each name once; all methods raise as ports do, and NotFound where records are lost.

    Of names that nobody read there is nothing to see yet.
    """

    def __init__(self, contents: Contents, *, revision: Revision | None, ecosystem: Ecosystem, shards: Shards) -> None:
        self.contents = contents
        self._revision = revision
        self._ecosystem = ecosystem
        self._shards = shards
        self._seen: dict[Place, Mapping[str, tuple[str, ArtifactRef]]] = {}
        self._payloads: dict[str, dict[str, list[bytes]]] = {}
        self._depends: dict[Place, Mapping[str, tuple[str, ...]]] = {}

    async def at(self, place: Place) -> Mapping[str, tuple[str, ArtifactRef]]:
        """Return what clients see of a name, by ckey, and which mirror brings it."""
        if place not in self._seen:
            part = self.contents.parts.get(place.partition)
            entry = part.entries.get(place.name) if part is not None else None
            found: dict[str, tuple[str, ArtifactRef]] = {}
            if entry is not None and self._revision is not None:
                origins = [(number, shard) for number, shard in entry.origins if shard]
                payloads = await self._shards.get([shard for _, shard in origins])
                for number, shard in origins:
                    mirror_id = self._revision.mirrors[number].mirror_id
                    for ref in self._ecosystem.artifacts(payload_there(payloads, shard), partition=place.partition):
                        found.setdefault(ref.ckey, (mirror_id, ref))
            self._seen[place] = found
        return self._seen[place]

    async def payloads_of(self, name: str) -> Mapping[str, list[bytes]]:
        """Return the records of a name that clients see, by partition."""
        if name not in self._payloads:
            found: dict[str, list[bytes]] = {}
            for partition, part in self.contents.parts.items():
                entry = part.entries.get(name)
                if entry is not None:
                    digests = [shard for _, shard in entry.origins if shard]
                    payloads = await self._shards.get(digests)
                    found[partition] = [payload_there(payloads, shard) for shard in digests]
            self._payloads[name] = found
        return self._payloads[name]

    async def chosen_by(self, text: str, name: str, platform: str) -> list[str]:
        """Return the files that clients see and a dependency chooses, the newest names of files first."""
        payloads = await self.payloads_of(name)

        def choose() -> list[str]:
            return [
                f"{partition}/{filename}"
                for partition in dict.fromkeys((platform, NOARCH))
                for payload in payloads.get(partition, ())
                for filename in sorted(
                    chosen_files(text, payload, partition=partition, name=name, ecosystem=self._ecosystem), reverse=True
                )
            ]

        return await asyncio.to_thread(choose)

    async def needs(self, ckey: str, name: str) -> tuple[str, ...]:
        """Return the dependencies of a file that clients see."""
        partition, _, filename = ckey.rpartition("/")
        place = Place(partition, name)
        if place not in self._depends:
            payloads = (await self.payloads_of(name)).get(partition, ())
            self._depends[place] = await asyncio.to_thread(self._read_needs, payloads, partition)
        return self._depends[place].get(filename, ())

    def any_platform(self) -> str:
        """Return a platform that it has; `noarch` where it has no other."""
        return next((partition for partition in sorted(self.contents.parts) if partition != NOARCH), NOARCH)

    def _read_needs(self, payloads: Sequence[bytes], partition: str) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for payload in payloads:
            for fact in self._ecosystem.facts(payload, partition=partition):
                found.setdefault(fact.filename, fact.depends)
        return found


def chosen_files(text: str, payload: bytes, *, partition: str, name: str, ecosystem: Ecosystem) -> frozenset[str]:
    """Return the files that a dependency chooses; all of them where it can't be read, as in closures."""
    try:
        return ecosystem.select([text], payload, partition=partition, name=name)
    except InvalidInput:
        return frozenset(ref.filename for ref in ecosystem.artifacts(payload, partition=partition))


def payload_there(payloads: Mapping[bytes, bytes], shard: bytes) -> bytes:
    """Return the payload of a shard.

    Raises:
        NotFound: when it is missing.
    """
    if shard not in payloads:
        raise NotFound(f"shard {shard.hex()} is missing; run ./tain verify --repair")
    return payloads[shard]
