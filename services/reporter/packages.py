"""Packages as several shards of a name lie over each other: of sources, or as clients read them."""

from collections.abc import Collection, Mapping, Sequence

from libs.common.deciding.close_dependencies import NamedPayloads
from libs.common.deciding.explain_files import Place
from libs.common.deciding.known_needs import KnownNeeds
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.manifest import UNREAD, Manifest, ShardDigest
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import Contents, Revision
from libs.common.ecosystems.protocol import Deciding, Ecosystem
from libs.common.ports.records import Shards

Layer = Mapping[str, Mapping[str, tuple[bytes, ...]]]
"""Partition -> package name -> shard digests, the first of which wins."""


class Packages:
    """What some layers have in some partitions, the first layer first.

    Shards that are `undecided` are a source's: what clients read of them is decided on here.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        ecosystem: Ecosystem,
        shards: Shards,
        known: KnownNeeds | None = None,
        undecided: Mapping[bytes, Deciding] | None = None,
    ) -> None:
        self.layers = tuple(layers)
        self._ecosystem = ecosystem
        self._shards = shards
        self._known = known
        self._undecided = undecided or {}

    def names(self) -> Mapping[str, Collection[str]]:
        """Return all package names, by partition."""
        names: dict[str, set[str]] = {}
        for layer in self.layers:
            for partition, of_partition in layer.items():
                names.setdefault(partition, set()).update(of_partition)
        return names

    def all_names(self) -> frozenset[str]:
        """Return all package names, whatever their partition."""
        return frozenset(name for layer in self.layers for of_partition in layer.values() for name in of_partition)

    def of(self, partitions: Collection[str]) -> "Packages":
        """Return what there is in these partitions alone."""
        layers = [{name: part for name, part in layer.items() if name in partitions} for layer in self.layers]
        return Packages(
            layers, ecosystem=self._ecosystem, shards=self._shards, known=self._known, undecided=self._undecided
        )

    async def read(self, names: Sequence[str]) -> NamedPayloads:
        """Return the shards of some names, merged over the layers; none of a name that nobody read.

        Raises:
            StoreUnavailable: when the database does not answer, or lost a shard.
        """
        wanted = {
            (name, partition): digests
            for name in names
            for partition in self.partitions()
            if (digests := self._digests(name, partition))
        }
        payloads = await self._shards.get([digest for digests in wanted.values() for digest in digests])
        found: dict[str, dict[str, bytes]] = {name: {} for name in names}
        for (name, partition), digests in wanted.items():
            lost = [digest for digest in digests if digest not in payloads]
            if lost:
                raise StoreUnavailable(f"a shard of {partition}/{name} is not in the database")
            kept = [one for one in (self._kept(it, payloads[it], name, partition) for it in digests) if one is not None]
            if not kept:
                continue
            payload, _ = self._ecosystem.merge(kept)
            if self._known is not None:
                payload = await self._known.add(payload, partition=partition, name=name)
            found[name][partition] = payload
        return found

    def partitions(self) -> tuple[str, ...]:
        """Return the partitions that some layer has, sorted."""
        return tuple(sorted({partition for layer in self.layers for partition in layer}))

    def _kept(self, digest: bytes, payload: bytes, name: str, partition: str) -> bytes | None:
        deciding = self._undecided.get(digest)
        return payload if deciding is None else deciding.decide(payload, partition=partition, name=name).payload

    def _digests(self, name: str, partition: str) -> tuple[bytes, ...]:
        return tuple(
            dict.fromkeys(
                digest for layer in self.layers for digest in layer.get(partition, {}).get(name, ()) if digest != UNREAD
            )
        )


def layer_of_manifest(manifest: Manifest) -> Layer:
    """Return what a source has."""
    return {
        partition: {name: (entry.shard,) for name, entry in part.entries.items()}
        for partition, part in manifest.parts.items()
    }


def layer_of_contents(
    contents: Contents,
    *,
    revision: Revision,
    type: MirrorType,
    asked: Mapping[str, Mapping[Place, ShardDigest]],
) -> Layer:
    """Return what clients read of a revision, of the mirrors of one type; `asked` by mirror id."""
    own = {place: asked.get(one.mirror_id, {}) for place, one in enumerate(revision.mirrors) if one.type is type}
    return {
        partition: names
        for partition, part in contents.parts.items()
        if (
            names := {
                name: tuple(
                    shard if shard != UNREAD else own[number].get(Place(partition, name), UNREAD)
                    for number, shard in entry.origins
                )
                for name, entry in part.entries.items()
                if entry.origins[0][0] in own
            }
        )
    }
