"""previews of a channel's mirrors -> packages that can be installed now, and could not be then.

Rules of this file:
1. All mirrors of a channel are looked at together: what one of them drops, another may bring.
2. Dependencies tell which packages lose something; whether such a package can still be
   installed is told by a real solve, before and after.
3. Only so many are solved. Those of which no file has all it needs any more are named without
   a solve, too; the others are counted as not solved.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from libs.common.deciding.close_dependencies import NamedPayloads, grow
from libs.common.deciding.decide_manifest import Change
from libs.common.deciding.explain_files import FileExplainer, Place, open_explainer
from libs.common.deciding.preview_rules import Preview
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.deciding.think_catalogue import sift_both
from libs.common.domain.channel import Channel
from libs.common.domain.evaluation import Evaluation, FileDecision
from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.conda.breaking import CondaBreaking, Loss, name_of
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.reporting.policy_preview import Uninstallable
from libs.common.solving.order import Ask
from libs.common.solving.solve import solve
from services.reporter.report_ports import ReportPorts

MOST_SOLVED = 40
"""Packages of a channel and platform, the surest first."""

_SOLVE_S = 5.0
_CHUNK_NAMES = 500


class ChannelPreview(msgspec.Struct, frozen=True, kw_only=True):
    """The previews of a channel's mirrors, by mirror id; those that are not in it stay as they are."""

    channel: Channel
    previews: dict[str, Preview]


class _Layer:
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
        catalogue = self.before.stored.catalogue
        listed = {Place(partition, name) for partition, part in catalogue.parts.items() for name in part.entries}
        return sorted(listed | self.changed.keys())


async def find_uninstallable(
    channels: Sequence[ChannelPreview], *, ports: ReportPorts
) -> tuple[tuple[Uninstallable, ...], int]:
    """Return the packages that could not be installed any more, and how many there was no time to solve.

    Raises:
        NotFound: when records are lost.
        StoreUnavailable: when a store does not answer.
    """
    found: list[Uninstallable] = []
    unsolved = 0
    for previewed in channels:
        if not _loses(previewed):
            continue
        finding = _Finding(previewed.channel, await _layers(previewed, ports=ports))
        some, more = await finding.find()
        found, unsolved = [*found, *some], unsolved + more
    return tuple(found), unsolved


def has_to_be_solved(channels: Iterable[ChannelPreview]) -> bool:
    """Tell whether anything is lost: else everything can be installed as before, without a look."""
    return any(map(_loses, channels))


def _loses(previewed: ChannelPreview) -> bool:
    changes = (change for preview in previewed.previews.values() for change in preview.compared.changes)
    return any(change.old is not None and change.old.files for change in changes)


async def _layers(previewed: ChannelPreview, *, ports: ReportPorts) -> list[_Layer]:
    layers: list[_Layer] = []
    for mirror in await ports.mirrors.list(channel=previewed.channel.key):
        preview = previewed.previews.get(mirror.id)
        head = await ports.heads.get(mirror.id)
        if mirror.type is not MirrorType.CONDA or (preview is None and head is None):
            continue
        if preview is not None:
            layers.append(_Layer(preview.before, preview))
        elif head is not None:
            stored = await read_head(head, blobs=ports.blobs)
            if stored.evaluation is None:
                stored = Stored(manifest=stored.manifest, evaluation=Evaluation(), catalogue=stored.catalogue)
            before = await open_explainer(
                stored, ecosystem=ecosystem_of(mirror.type), shards=ports.shards, blobs=ports.blobs
            )
            layers.append(_Layer(before, None))
    return layers


class _Finding:
    """One channel that is looked at."""

    def __init__(self, channel: Channel, layers: Sequence[_Layer]) -> None:
        self._channel = channel
        self._layers = layers
        self._ecosystem: Ecosystem = ecosystem_of(MirrorType.CONDA)
        self._by: dict[str, FileDecision | None] = {}

    async def find(self) -> tuple[list[Uninstallable], int]:
        breaking = CondaBreaking({place.partition for layer in self._layers for place in layer.places()})
        for layer in self._layers:
            places = layer.places()
            for start in range(0, len(places), _CHUNK_NAMES):
                await self._add(breaking, layer, places[start : start + _CHUNK_NAMES])
        losses = await asyncio.to_thread(breaking.losses)
        ordered = sorted(losses, key=lambda loss: (not loss.is_whole, loss.is_narrowed, len(loss.chain), loss.name))
        solved = ordered[:MOST_SOLVED]
        rest = ordered[MOST_SOLVED:]
        found = await self._solve(solved)
        found += [await self._tell(loss, ()) for loss in rest if loss.is_whole]
        found.sort(key=lambda one: (one.name, one.platform))
        return found, sum(not loss.is_whole for loss in rest)

    async def _add(self, breaking: CondaBreaking, layer: _Layer, places: Sequence[Place]) -> None:
        """Let it take some names of a mirror."""
        same = {
            place: entry.shard
            for place in places
            if place not in layer.changed and (entry := layer.before.entry(place)) is not None and entry.shard
        }
        payloads = await layer.before.shards.get(sorted(set(same.values())))
        changed = await self._read_changed(layer, [place for place in places if place in layer.changed])

        def add() -> None:
            for place, digest in same.items():
                if digest in payloads:
                    breaking.add(place.name, place.partition, payloads[digest])
            for place, (payload, was, now) in changed.items():
                breaking.add(place.name, place.partition, payload, before=was, after=now)

        await asyncio.to_thread(add)

    async def _read_changed(
        self, layer: _Layer, places: Sequence[Place]
    ) -> Mapping[Place, tuple[bytes, frozenset[str], frozenset[str]]]:
        """Return the records of changed names, and which of their files were and will be there."""
        preview = layer.preview
        if preview is None or not places:
            return {}
        records = await preview.after.read(places)
        listed: Mapping[bytes, bytes] = {}
        if not preview.is_plain:
            shards = {entry.shard for place in places if (entry := preview.before.entry(place)) is not None}
            listed = await preview.before.shards.get([shard for shard in shards if shard is not None])
        return await asyncio.to_thread(self._sift, preview, records, listed)

    def _sift(
        self, preview: Preview, records: Mapping[Place, bytes], listed: Mapping[bytes, bytes]
    ) -> Mapping[Place, tuple[bytes, frozenset[str], frozenset[str]]]:
        found: dict[Place, tuple[bytes, frozenset[str], frozenset[str]]] = {}
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
            found[place] = (payload, names, frozenset(now.kept))
        return found

    def _filenames(self, payload: bytes, place: Place) -> frozenset[str]:
        return frozenset(file.filename for file in self._ecosystem.artifacts(payload, partition=place.partition))

    async def _solve(self, losses: Sequence[Loss]) -> list[Uninstallable]:
        """Return those packages that a solver finds before and does not find after."""
        if not losses:
            return []
        rule = Rule(
            id="preview",
            action=Action.REQUIRE,
            where=Where(name=tuple(sorted({loss.name for loss in losses}))),
            include_dependencies=True,
        )
        names: dict[str, set[str]] = {}
        for layer in self._layers:
            for place in layer.places():
                names.setdefault(place.partition, set()).add(place.name)
        closing = await asyncio.to_thread(self._ecosystem.closing, rule, names=names)
        await grow(closing, self._read_both)
        reached = sorted({name for part in closing.closure().reached.values() for name in part})
        asks = [Ask(specs=(loss.name,), platform=loss.platform) for loss in losses]
        after = await solve(asks, payloads=_by_partition(await self._read(reached, after=True)), time_limit_s=_SOLVE_S)
        failed = [(loss, solution) for loss, solution in zip(losses, after, strict=True) if not solution.is_possible]
        asks = [Ask(specs=(loss.name,), platform=loss.platform) for loss, _ in failed]
        before = await solve(
            asks, payloads=_by_partition(await self._read(reached, after=False)), time_limit_s=_SOLVE_S
        )
        return [
            await self._tell(loss, solution.reasons)
            for (loss, solution), was in zip(failed, before, strict=True)
            if was.is_possible and (loss.is_whole or not solution.is_unknown)
        ]

    async def _tell(self, loss: Loss, reasons: tuple[str, ...]) -> Uninstallable:
        goes = loss.chain[-1] if loss.chain else ""
        by = await self._dropped(name_of(goes))
        return Uninstallable(
            name=loss.name,
            channel=self._channel.key,
            platform=loss.platform,
            goes=goes,
            rule=by.rule if by is not None else None,
            policy=by.policy if by is not None else None,
            reasons=reasons,
        )

    async def _dropped(self, name: str) -> FileDecision | None:
        """Return the decision on some file of a name that goes."""
        if name not in self._by:
            self._by[name] = None
            for layer in self._layers:
                places = layer.changed_of.get(name, [])
                if layer.preview is None or not places:
                    continue
                changed = await self._read_changed(layer, places)
                for place, decisions in await layer.preview.after.explain(places):
                    _, was, _ = changed.get(place, (b"", frozenset[str](), frozenset[str]()))
                    gone = (one for one in decisions if one.decision == "excluded" and _filename(one) in was)
                    self._by[name] = self._by[name] or next(gone, None)
        return self._by[name]

    async def _read_both(self, names: Sequence[str]) -> NamedPayloads:
        before, after = await self._read(names, after=False), await self._read(names, after=True)
        return {
            name: {
                partition: self._merge([of[partition] for of in (before[name], after[name]) if partition in of])
                for partition in before[name].keys() | after[name].keys()
            }
            for name in names
        }

    async def _read(self, names: Sequence[str], *, after: bool) -> NamedPayloads:
        """Return what a channel lists of some names, before or after."""
        found: dict[str, dict[str, list[bytes]]] = {name: {} for name in names}
        for layer in self._layers:
            partitions = sorted({*layer.before.stored.catalogue.parts, *(place.partition for place in layer.changed)})
            places = [Place(partition, name) for name in names for partition in partitions]
            changed = await self._read_changed(layer, [place for place in places if place in layer.changed])
            same = {
                place: entry.shard
                for place in places
                if place not in layer.changed and (entry := layer.before.entry(place)) is not None and entry.shard
            }
            payloads = await layer.before.shards.get(sorted(set(same.values())))
            for place, shard in same.items():
                if shard in payloads:
                    found[place.name].setdefault(place.partition, []).append(payloads[shard])
            for place, (payload, was, now) in changed.items():
                rest = self._ecosystem.without(payload, self._filenames(payload, place) - (now if after else was))
                if rest.payload is not None:
                    found[place.name].setdefault(place.partition, []).append(rest.payload)
        return {
            name: {partition: self._merge(some) for partition, some in parts.items()} for name, parts in found.items()
        }

    def _merge(self, payloads: Sequence[bytes]) -> bytes:
        return payloads[0] if len(payloads) == 1 else self._ecosystem.merge(payloads)[0]


def _filename(decision: FileDecision) -> str:
    return decision.ckey.rpartition("/")[2]


def _by_partition(payloads: NamedPayloads) -> Mapping[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for parts in payloads.values():
        for partition, payload in parts.items():
            found.setdefault(partition, []).append(payload)
    return found
