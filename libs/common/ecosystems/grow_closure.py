"""Closures of ecosystems whose shards are tables of files: what a rule's packages need.

Rules of this file:
1. A place is where packages are installed together: a target environment of Python, a contrib
   folder of R. A file is a candidate for some places, and is reached from some of them.
2. Every file that a reached file's needs could choose is reached, at the places where the
   need counts: whichever of them an installer takes later, it is there.
3. A file is reached as itself (`""`) or with an extra of it: extras have needs of their own.
4. Only names that are reached are looked into, each once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from libs.common.domain.evaluation import Closure
from libs.common.ecosystems.file_tables import FILES, decode_tables, read_table
from libs.common.ecosystems.protocol import Deciding, Glance

Places = int
"""A set of places, one bit each."""

ITSELF = ""


class Need(Protocol):
    """What a file asks for, hashable; `extras` with which the chosen files are reached besides as themselves."""

    @property
    def name(self) -> str:
        """The package, as shards are filed."""

    @property
    def extras(self) -> tuple[str, ...]:
        """The extras of it."""


class Candidate(msgspec.Struct, kw_only=True):
    """One file of a name; `reached` has the places by extra."""

    filename: str
    version: str
    candidate_for: Places
    is_root: bool = False
    reached: dict[str, Places] = {}


NeedT = TypeVar("NeedT", bound=Need)
CandidateT = TypeVar("CandidateT", bound=Candidate)


class Needing(Protocol[NeedT, CandidateT]):
    """How files of one ecosystem need each other."""

    def candidates(self, payload: bytes, *, partition: str, name: str) -> Sequence[CandidateT]:
        """Return the files of a shard."""

    def needs(self, file: CandidateT, extra: str, places: Places) -> Iterable[tuple[NeedT, Places]]:
        """Return what a file, or an extra of it, needs, and at which of these places."""

    def could_choose(self, need: NeedT, file: CandidateT) -> bool:
        """Tell whether a file of the name will do."""


class GrowingClosure(Generic[NeedT, CandidateT]):
    """Grows the closure of one rule's packages; `roots` is that rule, compiled to decide alone.

    `names` are all of the source, by partition.
    """

    def __init__(
        self, roots: Deciding, *, names: Mapping[str, Collection[str]], needing: Needing[NeedT, CandidateT]
    ) -> None:
        self._roots = roots
        self._needing = needing
        self._partitions_of: dict[str, list[str]] = defaultdict(list)
        for partition, in_partition in sorted(names.items()):
            for name in in_partition:
                self._partitions_of[name].append(partition)
        self._files: dict[str, Mapping[str, Sequence[CandidateT]]] = {}
        self._wanted = {name for name in self._partitions_of if self._is_root(name)}
        self._asked: dict[NeedT, Places] = {}
        self._waiting: dict[str, dict[NeedT, Places]] = defaultdict(dict)
        self._chosen: dict[NeedT, tuple[CandidateT, ...]] = {}
        self._missing: dict[str, set[str]] = defaultdict(set)

    def wanted(self) -> frozenset[str]:
        """Return the names whose shards are wanted next; none when the closure is whole."""
        return frozenset(self._wanted)

    def add(self, name: str, payloads: Mapping[str, bytes]) -> None:
        """Take the shards of a wanted name, by partition; none where the source has no such name."""
        self._wanted.discard(name)
        if name in self._files:
            return
        self._files[name] = {
            partition: self._needing.candidates(payload, partition=partition, name=name)
            for partition, payload in sorted(payloads.items())
        }
        grown = [grow for partition, payload in payloads.items() for grow in self._take_roots(name, partition, payload)]
        for need, places in self._waiting.pop(name, {}).items():
            grown += self._choose(need, places)
        self._follow(grown)

    def closure(self) -> Closure:
        """Return what was reached, the packages of the rule included."""
        reached: dict[str, dict[str, tuple[str, ...] | None]] = defaultdict(dict)
        for name in sorted(self._files):
            for partition, files in self._files[name].items():
                taken = [file.filename for file in files if file.reached or file.is_root]
                if taken:
                    reached[partition][name] = None if len(taken) == len(files) else tuple(sorted(taken))
        return Closure(reached=dict(sorted(reached.items())))

    def missing(self) -> Mapping[str, tuple[str, ...]]:
        """Return names that are needed and that the source does not have, with who needs them (`name version`).

        Of those that ask for it in the same words only the first one is named.
        """
        return {name: tuple(sorted(askers)) for name, askers in sorted(self._missing.items())}

    def _is_root(self, name: str) -> bool:
        return any(
            self._roots.glance(name, partition=partition).verdict is not Glance.DROP
            for partition in self._partitions_of[name]
        )

    def _take_roots(self, name: str, partition: str, payload: bytes) -> "Iterator[_Grown[CandidateT]]":
        """Reach the files that the rule itself matches, at all their places."""
        decided = self._roots.decide(payload, partition=partition, name=name)
        kept = read_table(decode_tables(decided.payload), FILES) if decided.payload is not None else {}
        for file in self._files[name][partition]:
            if file.filename in kept:
                file.is_root = True
                yield from self._reach(name, (file,), ITSELF, file.candidate_for)

    def _reach(
        self, name: str, files: Iterable[CandidateT], extra: str, places: Places
    ) -> "Iterator[_Grown[CandidateT]]":
        """Reach files from some places; yield those that are new there."""
        for file in files:
            before = file.reached.get(extra, 0)
            new = places & file.candidate_for & ~before
            if new:
                file.reached[extra] = before | new
                yield name, file, extra, new

    def _follow(self, grown: "list[_Grown[CandidateT]]") -> None:
        """Follow what files need until nothing new is reached among the names that are here."""
        while grown:
            name, file, extra, places = grown.pop()
            for need, where in self._needing.needs(file, extra, places):
                grown += self._ask(need, where, asker=f"{name} {file.version}")

    def _ask(self, need: NeedT, places: Places, *, asker: str) -> "Iterable[_Grown[CandidateT]]":
        done = self._asked.get(need, 0)
        new = places & ~done
        if not new:
            return ()
        self._asked[need] = done | new
        if need.name in self._files:
            return self._choose(need, new)
        if need.name not in self._partitions_of:
            self._missing[need.name].add(asker)
            return ()
        self._wanted.add(need.name)
        waiting = self._waiting[need.name]
        waiting[need] = waiting.get(need, 0) | new
        return ()

    def _choose(self, need: NeedT, places: Places) -> "Iterator[_Grown[CandidateT]]":
        """Reach every file that a need could choose; yield those that are new."""
        chosen = self._chosen.get(need)
        if chosen is None:
            files = (file for files in self._files[need.name].values() for file in files)
            chosen = self._chosen[need] = tuple(file for file in files if self._needing.could_choose(need, file))
        for extra in (ITSELF, *need.extras):
            yield from self._reach(need.name, chosen, extra, places)


_Grown = tuple[str, CandidateT, str, Places]
"""A file of a name, or an extra of it, that is new at some places."""
