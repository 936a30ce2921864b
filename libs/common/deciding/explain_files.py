"""what a catalogue was made of -> what was decided of each file, and which rule said so.

Rules of this file:
1. Nothing per file is kept: decisions are computed again, for the names that are asked for.
2. A page goes by partition and name, whole names at a time, and looks into a bounded number of
   records: it may be short, or empty, and the next one still have more. Only without `next` it is
   the last. What the catalogue's counts rule out is not looked into.
3. Files that the source removed and the mirror keeps are decided with those that the source has.
4. A catalogue that was only thought of has no shards: `holding` is the one that has the files
   which it keeps of those that the source removed.
5. Of a name that nobody read (`UNREAD`) there are no files to tell of, but where it was read since,
   because a client asked: `asked` has these.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from libs.common.deciding.make_evaluation import compile_evaluation
from libs.common.deciding.read_stored import Stored
from libs.common.domain.catalogue import Catalogue, CatalogueEntry
from libs.common.domain.errors import InvalidInput, NotKept
from libs.common.domain.evaluation import Evaluation, FileDecision, Seen
from libs.common.domain.manifest import UNREAD, ManifestEntry, ShardDigest
from libs.common.domain.policy import Action, reason_of
from libs.common.ecosystems.protocol import Deciding, Ecosystem
from libs.common.ecosystems.served import ArtifactPath
from libs.common.ports.blobs import BlobStore
from libs.common.ports.records import Shards

FILES_A_PAGE = 20_000
"""So many records are looked into for one page, at most; about a tenth of a second."""

_CHUNK_NAMES = 200


class Place(msgspec.Struct, frozen=True, order=True):
    """A package name in a partition, where a page ended; pages go on after it."""

    partition: str
    name: str

    def __str__(self) -> str:
        return f"{self.partition}/{self.name}"


class DecisionWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which decisions to show; what is None leaves nothing out.

    `reason` is a word of `sync_state`, with its scope (`mirror_filtered.license`) or without.
    """

    package: str | None = None
    partition: str | None = None
    decision: Literal["kept", "excluded"] | None = None
    reason: str | None = None
    rule: str | None = None
    ckey: str | None = None

    def shows(self, decision: FileDecision) -> bool:
        """Tell whether a decision is to be shown."""
        return (
            (self.decision is None or decision.decision == self.decision)
            and (self.rule is None or decision.rule == self.rule)
            and (self.ckey is None or decision.ckey == self.ckey)
            and (self.reason is None or is_reason(decision.reason, self.reason))
        )


class DecisionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some decisions, sorted by partition, name and file; `next` is where to go on, None after the last."""

    decisions: tuple[FileDecision, ...]
    next: Place | None = None


def is_reason(reason: str | None, word: str) -> bool:
    """Tell whether a reason (`scope.word`) is the one that is asked for, with its scope or without."""
    return reason is not None and word in (reason, reason.partition(".")[2])


def entry_of(catalogue: Catalogue, place: Place) -> CatalogueEntry | None:
    """Return what a catalogue has of a name."""
    part = catalogue.parts.get(place.partition)
    return part.entries.get(place.name) if part is not None else None


def read_place(text: str) -> Place:
    """Read what `str` of a place wrote.

    Raises:
        InvalidInput: for anything else.
    """
    partition, slash, name = text.rpartition("/")
    if not slash or not partition:
        raise InvalidInput("the cursor is not one that a page ended with", field="cursor")
    return Place(partition, name)


class FileExplainer:
    """Explains the files of one catalogue."""

    def __init__(
        self,
        stored: Stored,
        *,
        evaluation: Evaluation,
        deciding: Deciding,
        ecosystem: Ecosystem,
        shards: Shards,
        holding: Catalogue | None = None,
        asked: Mapping[Place, ShardDigest] | None = None,
    ) -> None:
        self.stored = stored
        self.evaluation = evaluation
        self.ecosystem = ecosystem
        self.shards = shards
        self.deciding = deciding
        self._holding = holding or stored.catalogue
        self._asked = asked or {}

    def source(self, place: Place) -> ManifestEntry | None:
        """Return what the source has of a name."""
        part = self.stored.manifest.parts.get(place.partition)
        entry = part.entries.get(place.name) if part is not None else None
        if entry is not None and entry.shard == UNREAD and place in self._asked:
            return msgspec.structs.replace(entry, shard=self._asked[place])
        return entry

    def entry(self, place: Place) -> CatalogueEntry | None:
        """Return what the catalogue has of a name."""
        return entry_of(self.stored.catalogue, place)

    async def package(self, name: str) -> tuple[FileDecision, ...]:
        """Return what was decided of all files of one package name.

        Raises:
            NotKept: when the records are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        places = [Place(partition, name) for partition in self._partitions() if self._has(Place(partition, name))]
        return tuple(decision for _, decisions in await self.explain(places) for decision in decisions)

    async def page(self, wish: DecisionWish, *, after: Place | None, limit: int) -> DecisionPage:
        """Return the next decisions, at least `limit` of them where there are and the bound allows.

        Raises:
            NotKept: when the records are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        found: list[FileDecision] = []
        looked = 0
        for chunk, files in self._chunks(wish, after):
            for place, decisions in await self.explain(chunk):
                found += filter(wish.shows, decisions)
                if len(found) >= limit:
                    return DecisionPage(decisions=tuple(found), next=place)
            looked += files
            if looked >= FILES_A_PAGE:
                return DecisionPage(decisions=tuple(found), next=chunk[-1])
        return DecisionPage(decisions=tuple(found))

    async def explain(self, places: Sequence[Place]) -> list[tuple[Place, tuple[FileDecision, ...]]]:
        """Say of every file of these names what was decided, in their order.

        Raises:
            NotKept: when the records are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        payloads = await self.read(places)
        return await asyncio.to_thread(
            lambda: [(place, self._explain(place, payloads[place]) if place in payloads else ()) for place in places]
        )

    async def read(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        """Return the records that are decided on; nothing for names that there are not.

        Raises:
            NotKept: when they are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        named = {place: digests for place in places if (digests := self._digests(place))}
        wanted = {digest for digests in named.values() for digest in digests}
        payloads = await self.shards.get(sorted(wanted))
        if len(payloads) < len(wanted):
            raise NotKept("what was decided on is no longer kept; ask for a newer run")
        return {
            place: payloads[digests[0]]
            if len(digests) == 1
            else self.ecosystem.merge([payloads[digest] for digest in digests])[0]
            for place, digests in named.items()
        }

    def _explain(self, place: Place, payload: bytes) -> tuple[FileDecision, ...]:
        return self.deciding.explain(payload, partition=place.partition, name=place.name, seen=self.seen(place))

    def _digests(self, place: Place) -> tuple[bytes, ...]:
        """Return the shards that were decided on: the source's, and over it what it removed and the mirror keeps."""
        source, entry = self.source(place), self.entry(place)
        held = entry_of(self._holding, place) if entry is not None and entry.retained else None
        kept = held.shard if held is not None else None
        return tuple(digest for digest in (source.shard if source is not None else None, kept) if digest)

    def seen(self, place: Place) -> Seen | None:
        """Return when the files of a name came."""
        source, entry = self.source(place), self.entry(place)
        if entry is not None and entry.retained and entry.seen is not None:
            return entry.seen
        return source.seen if source is not None else None

    def _has(self, place: Place) -> bool:
        return self.source(place) is not None or self.entry(place) is not None

    def _partitions(self) -> list[str]:
        return sorted(self.stored.manifest.parts.keys() | self.stored.catalogue.parts.keys())

    def _chunks(self, wish: DecisionWish, after: Place | None) -> Iterator[tuple[list[Place], int]]:
        """Yield names to look into, some at a time, and how many files they have."""
        reasons = self._reasons(wish)
        chunk: list[Place] = []
        files = 0
        for place in self._places(wish, after):
            source, entry = self.source(place), self.entry(place)
            if not _may_show(entry, wish, reasons):
                continue
            chunk.append(place)
            files += max(source.files if source is not None else 0, entry.files if entry is not None else 0, 1)
            if len(chunk) >= _CHUNK_NAMES or files >= FILES_A_PAGE:
                yield chunk, files
                chunk, files = [], 0
        if chunk:
            yield chunk, files

    def _places(self, wish: DecisionWish, after: Place | None) -> Iterator[Place]:
        served = self.ecosystem.route(wish.ckey) if wish.ckey is not None else None
        file = served if isinstance(served, ArtifactPath) else None
        if wish.ckey is not None and file is None:
            return
        wanted = {wish.partition, file.partition if file is not None else None} - {None}
        for partition in self._partitions():
            if wanted - {partition} or (after is not None and partition < after.partition):
                continue
            source = self.stored.manifest.parts.get(partition)
            kept = self.stored.catalogue.parts.get(partition)
            package = wish.package or (file.name if file is not None else None)
            if package is not None:
                names: set[str] = {package} if self._has(Place(partition, package)) else set()
            else:
                names = {*(source.entries if source is not None else ()), *(kept.entries if kept is not None else ())}
            for name in sorted(names):
                place = Place(partition, name)
                if after is None or place > after:
                    yield place

    def _reasons(self, wish: DecisionWish) -> frozenset[str] | None:
        """Return under which reasons what is wanted is counted; None where counts don't tell."""
        if wish.rule is None:
            return None
        rules = [rule for rule in self.evaluation.rules if rule.id == wish.rule]
        if any(rule.action is Action.ALLOW for rule in rules):
            return None
        return frozenset(f"{rule.scope}.{reason_of(rule)}" for rule in rules)


def _may_show(entry: CatalogueEntry | None, wish: DecisionWish, reasons: frozenset[str] | None) -> bool:
    """Tell by a name's counts whether anything of it can be wanted; files that are missing are not counted as kept."""
    if entry is None:
        return True
    if wish.decision == "kept" and not (entry.files or entry.missing):
        return False
    if wish.decision == "excluded" and not entry.excluded:
        return False
    if reasons is not None and not reasons & entry.excluded.keys():
        return False
    word = wish.reason
    return word is None or any(is_reason(reason, word) for reason in entry.excluded)


async def open_explainer(
    stored: Stored,
    *,
    ecosystem: Ecosystem,
    shards: Shards,
    blobs: BlobStore,
    asked: Mapping[Place, ShardDigest] | None = None,
) -> FileExplainer:
    """Prepare what stands behind a head or a run for questions.

    Raises:
        NotKept: when what it was decided by is no longer kept.
        StoreUnavailable: when a store does not answer.
    """
    if stored.evaluation is None:
        raise NotKept("what this was decided by is not kept; run the mirror once, then ask again")
    deciding = await compile_evaluation(stored.evaluation, ecosystem=ecosystem, blobs=blobs)
    return FileExplainer(
        stored, evaluation=stored.evaluation, deciding=deciding, ecosystem=ecosystem, shards=shards, asked=asked
    )
