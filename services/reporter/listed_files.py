"""previews of a channel's mirrors of one type -> what they list before and after, as one."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from libs.common.deciding.close_dependencies import NamedPayloads
from libs.common.deciding.decide_manifest import Change
from libs.common.deciding.explain_files import FileExplainer, Place, open_explainer
from libs.common.deciding.filling_mirrors import filling_mirrors
from libs.common.deciding.preview_rules import Preview
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.deciding.think_catalogue import sift_both
from libs.common.domain.channel import Channel
from libs.common.domain.evaluation import Evaluation, FileDecision
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from services.reporter.report_ports import ReportPorts


class ChannelPreview(msgspec.Struct, frozen=True, kw_only=True):
    """The previews of a channel's mirrors, by mirror id; those that are not in it stay as they are."""

    channel: Channel
    previews: dict[str, Preview]


class ChangedFiles(msgspec.Struct, frozen=True):
    """The records of a name that changes, and which of its files were and will be there."""

    payload: bytes
    before: frozenset[str]
    after: frozenset[str]


class Layer:
    """One mirror: the files that it lists before and after, by name."""

    def __init__(self, before: FileExplainer, preview: Preview | None) -> None:
        self.before = before
        self.preview = preview
        changes = preview.compared.changes if preview is not None else ()
        self.changed: Mapping[Place, Change] = {Place(one.partition, one.name): one for one in changes}
        self.changed_of: dict[str, list[Place]] = {}
        for place in self.changed:
            self.changed_of.setdefault(place.name, []).append(place)

    def places(self) -> list[Place]:
        """Return all names, sorted."""
        return sorted(self._listed() | self.changed.keys())

    def names(self, *, after: bool) -> Iterator[Place]:
        """Yield the names that clients can see, before or after."""
        return (place for place in self._listed() | self.changed.keys() if self.is_listed(place, after=after))

    def names_read(self) -> Iterator[str]:
        """Yield the names of which there are records."""
        for part in self.before.stored.catalogue.parts.values():
            yield from (name for name, entry in part.entries.items() if entry.shard)
        yield from self.changed_of

    def _listed(self) -> set[Place]:
        catalogue = self.before.stored.catalogue
        return {Place(partition, name) for partition, part in catalogue.parts.items() for name in part.entries}

    def same(self, places: Sequence[Place]) -> dict[Place, bytes]:
        """Return the shards of those names that do not change, and were read."""
        return {
            place: entry.shard
            for place in places
            if place not in self.changed and (entry := self.before.entry(place)) is not None and entry.shard
        }

    def is_listed(self, place: Place, *, after: bool) -> bool:
        """Tell whether clients can see a name, before or after."""
        change = self.changed.get(place)
        entry = self.before.entry(place) if change is None else change.new if after else change.old
        return entry is not None and (entry.files > 0 or entry.shard == UNREAD)


async def read_layers(previewed: ChannelPreview, type: MirrorType, *, ports: ReportPorts) -> list[Layer]:
    """Read what a channel's uploads and mirrors of a type list, in their order.

    Raises:
        NotFound: when records are lost.
        StoreUnavailable: when a store does not answer.
    """
    layers: list[Layer] = []
    for mirror in await filling_mirrors(previewed.channel, heads=ports.heads, mirrors=ports.mirrors):
        preview = previewed.previews.get(mirror.id)
        head = await ports.heads.get(mirror.id)
        if mirror.type is not type or (preview is None and head is None):
            continue
        if preview is not None:
            layers.append(Layer(preview.before, preview))
        elif head is not None:
            stored = await read_head(head, blobs=ports.blobs)
            if stored.evaluation is None:
                stored = Stored(manifest=stored.manifest, evaluation=Evaluation(), catalogue=stored.catalogue)
            before = await open_explainer(stored, ecosystem=ecosystem_of(type), shards=ports.shards, blobs=ports.blobs)
            layers.append(Layer(before, None))
    return layers


class ListedFiles:
    """What the layers of a channel list of names, before and after."""

    def __init__(self, layers: Sequence[Layer], *, ecosystem: Ecosystem) -> None:
        self.layers = layers
        self._ecosystem = ecosystem
        self._by: dict[str, FileDecision | None] = {}

    def names(self, *, after: bool) -> Mapping[str, set[str]]:
        """Return the names that clients can see, by partition."""
        names: dict[str, set[str]] = {}
        for layer in self.layers:
            for place in layer.names(after=after):
                names.setdefault(place.partition, set()).add(place.name)
        return names

    def names_read(self) -> frozenset[str]:
        """Return the names of which there are records: of others it is not known what they need."""
        return frozenset(name for layer in self.layers for name in layer.names_read())

    async def read_changed(self, layer: Layer, places: Sequence[Place]) -> Mapping[Place, ChangedFiles]:
        """Return the records of changed names, and which of their files were and will be there."""
        preview = layer.preview
        if preview is None or not places:
            return {}
        records = await preview.after.read(places)
        listed: Mapping[bytes, bytes] = {}
        if not preview.is_plain:
            shards = {entry.shard for place in places if (entry := preview.before.entry(place)) is not None}
            listed = await preview.before.shards.get([shard for shard in shards if shard])
        return await asyncio.to_thread(self._sift, preview, records, listed)

    async def read(self, names: Sequence[str], *, after: bool) -> NamedPayloads:
        """Return what a channel lists of some names, before or after."""
        found: dict[str, dict[str, list[bytes]]] = {name: {} for name in names}
        for layer in self.layers:
            partitions = sorted({*layer.before.stored.catalogue.parts, *(place.partition for place in layer.changed)})
            places = [Place(partition, name) for name in names for partition in partitions]
            changed = await self.read_changed(layer, [place for place in places if place in layer.changed])
            same = layer.same(places)
            payloads = await layer.before.shards.get(sorted(set(same.values())))
            for place, shard in same.items():
                if shard in payloads:
                    found[place.name].setdefault(place.partition, []).append(payloads[shard])
            for place, files in changed.items():
                gone = self._filenames(files.payload, place) - (files.after if after else files.before)
                rest = self._ecosystem.without(files.payload, gone)
                if rest.payload is not None:
                    found[place.name].setdefault(place.partition, []).append(rest.payload)
        return {
            name: {partition: self._merge(some) for partition, some in parts.items()} for name, parts in found.items()
        }

    async def read_both(self, names: Sequence[str]) -> NamedPayloads:
        """Return what it lists before or after."""
        before, after = await self.read(names, after=False), await self.read(names, after=True)
        return {
            name: {
                partition: self._merge([of[partition] for of in (before[name], after[name]) if partition in of])
                for partition in before[name].keys() | after[name].keys()
            }
            for name in names
        }

    async def dropped(self, name: str) -> FileDecision | None:
        """Return the decision on some file of a name that goes."""
        if name not in self._by:
            self._by[name] = None
            for layer in self.layers:
                places = layer.changed_of.get(name, [])
                if layer.preview is None or not places:
                    continue
                changed = await self.read_changed(layer, places)
                for place, decisions in await layer.preview.after.explain(places):
                    gone = self._gone(changed.get(place), place, decisions)
                    self._by[name] = self._by[name] or next(gone, None)
        return self._by[name]

    def _gone(
        self, files: ChangedFiles | None, place: Place, decisions: Sequence[FileDecision]
    ) -> Iterator[FileDecision]:
        if files is None:
            return iter(())
        artifacts = self._ecosystem.artifacts(files.payload, partition=place.partition)
        were = {file.ckey for file in artifacts if file.filename in files.before}
        return (one for one in decisions if one.decision == "excluded" and one.ckey in were)

    def _sift(
        self, preview: Preview, records: Mapping[Place, bytes], listed: Mapping[bytes, bytes]
    ) -> Mapping[Place, ChangedFiles]:
        found: dict[Place, ChangedFiles] = {}
        for place, payload in records.items():
            now, was = sift_both(
                preview.after.deciding,
                preview.before.deciding,
                payload,
                partition=place.partition,
                name=place.name,
                seen=preview.after.seen(place),
            )
            entry = preview.before.entry(place)
            names = frozenset(was.kept)
            if not preview.is_plain:
                shard = entry.shard if entry is not None else None
                names = self._filenames(listed[shard], place) if shard is not None and shard in listed else frozenset()
            found[place] = ChangedFiles(payload, names, frozenset(now.kept))
        return found

    def _filenames(self, payload: bytes, place: Place) -> frozenset[str]:
        return frozenset(file.filename for file in self._ecosystem.artifacts(payload, partition=place.partition))

    def _merge(self, payloads: Sequence[bytes]) -> bytes:
        return payloads[0] if len(payloads) == 1 else self._ecosystem.merge(payloads)[0]
