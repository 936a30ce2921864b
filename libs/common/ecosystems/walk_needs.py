"""The walk: from what was asked for to the files that an installer would take, the newest first.

Rules of this file:
1. Names are visited in the order in which they are asked for, breadth first. Of each the best file is
   taken that meets all that is asked of it so far.
2. A file of which some need can't be met by any file that there is can't be installed at all: the
   walk begins again without it. So what is said to be impossible is.
3. Where a file that was taken does not meet a later need, the walk begins again with that need known
   from the start. Where no file meets both, it ends, and says so: an installer would look
   for an older version of one of those that ask, and may find one. This is no such search.
4. What is needed and was not read, or files of which nobody knows what they need, end it as not known.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from libs.common.ecosystems.asking import Walked, WalkedFile
from libs.common.ecosystems.grow_closure import ITSELF, Candidate, Need, Places

_MOST_ATTEMPTS = 2_000
_MOST_WORDS = 20

NeedT = TypeVar("NeedT", bound=Need)
CandidateT = TypeVar("CandidateT", bound=Candidate)


class Installing(Protocol[NeedT, CandidateT]):
    """How an ecosystem's files are installed at one place; `place` is its bit."""

    place: Places

    def candidates(self, payload: bytes, *, partition: str, name: str) -> Sequence[CandidateT]:
        """Return the files of a shard."""

    def needs(self, file: CandidateT, extra: str, places: Places) -> Iterable[tuple[NeedT, Places]]:
        """Return what a file, or an extra of it, needs, and at which of these places."""

    def could_choose(self, need: NeedT, file: CandidateT) -> bool:
        """Tell whether a file of the name will do."""

    def rank(self, file: CandidateT, *, partition: str) -> Any:
        """Return what installers prefer files by, the greatest first."""

    def is_known(self, file: CandidateT) -> bool:
        """Tell whether it is known what the file needs."""

    def words(self, need: NeedT) -> str:
        """Write a need for people."""


class _Option(msgspec.Struct, eq=False, gc=False):
    """One file that may be taken; `why_not` tells, by extra, why it can't be."""

    name: str
    partition: str
    file: Any
    why_not: dict[str, tuple[str, ...]] = {}

    @property
    def label(self) -> str:
        return f"{self.name} {self.file.version}"


class _Ask(NamedTuple, Generic[NeedT]):
    """A need, and the file, or extra of it, that has it; None where it was asked for."""

    need: NeedT
    by: _Option | None
    extra: str = ITSELF


class NewestWalk(Generic[NeedT, CandidateT]):
    """Walks from some needs; `names` are all of the target."""

    def __init__(
        self, wishes: Sequence[NeedT], *, names: Collection[str], installing: Installing[NeedT, CandidateT]
    ) -> None:
        self._wishes = wishes
        self._names = names
        self._installing = installing
        self._options: dict[str, list[_Option]] = {}
        self._unread: set[str] = set()
        self._learned: dict[str, list[_Ask[NeedT]]] = defaultdict(list)
        self._attempts = 0
        self._ended: Walked | None = None

    def wanted(self) -> frozenset[str]:
        """Return the names whose shards are wanted next; none when the walk has ended."""
        while self._ended is None:
            pending = self._attempt()
            if pending:
                return pending
            self._attempts += 1
            if self._ended is None and self._attempts > _MOST_ATTEMPTS:
                self._end(("there are too many ways to go",), is_unknown=True)
        return frozenset()

    def add(self, name: str, payloads: Mapping[str, bytes]) -> None:
        """Take the shards of a wanted name, by partition; none where nobody has read them."""
        if not payloads:
            self._unread.add(name)
        found = [
            _Option(name, partition, file)
            for partition, payload in payloads.items()
            for file in self._installing.candidates(payload, partition=partition, name=name)
            if file.candidate_for & self._installing.place
        ]
        rank: Callable[[_Option], Any] = lambda it: self._installing.rank(it.file, partition=it.partition)  # noqa: E731
        self._options[name] = sorted(found, key=rank, reverse=True)

    def walked(self) -> Walked:
        """Return where it ended.

        Raises:
            ValueError: while names are still wanted.
        """
        if self._ended is None:
            raise ValueError("the walk has not ended")
        return self._ended

    def _attempt(self) -> frozenset[str]:
        """Walk once; return the names that are not here yet. Ends the walk, learns something, or wants names."""
        taken: dict[str, _Option] = {}
        asks: dict[str, list[_Ask[NeedT]]] = defaultdict(list)
        done: set[tuple[str, str]] = set()
        pending: set[str] = set()
        unread: set[str] = set()
        queue = deque(_Ask(need, None) for need in self._wishes)
        while queue:
            ask = queue.popleft()
            name = ask.need.name
            if name in self._names and name not in self._options:
                pending.add(name)
                continue
            if name in self._unread:
                unread.add(name)
                continue
            if not any(self._will_do(ask, option) for option in self._options.get(name, ())):
                # Rule 2; the names that are still pending do not change it.
                self._rule_out(ask)
                return frozenset()
            asks[name].append(ask)
            option = taken.get(name) or self._best(name, asks[name])
            if option is None or not self._will_do(ask, option):
                self._learn(ask, asks[name], taken.get(name))
                return frozenset()
            taken[name] = option
            queue.extend(self._next(ask, option, done))
        if not pending:
            self._finish(taken, unread)
        return frozenset(pending)

    def _will_do(self, ask: _Ask[NeedT], option: _Option) -> bool:
        return not self._why_not(ask.need, option) and self._installing.could_choose(ask.need, option.file)

    def _why_not(self, need: NeedT, option: _Option) -> tuple[str, ...]:
        return next((option.why_not[extra] for extra in (ITSELF, *need.extras) if extra in option.why_not), ())

    def _best(self, name: str, asks: Sequence[_Ask[NeedT]]) -> _Option | None:
        """Return the first file that meets what is asked and what was learned, else what is asked."""
        for some in ((*asks, *self._learned[name]), asks):
            for option in self._options[name]:
                if all(self._will_do(ask, option) for ask in some):
                    return option
        return None

    def _next(self, ask: _Ask[NeedT], option: _Option, done: set[tuple[str, str]]) -> Iterator[_Ask[NeedT]]:
        place = self._installing.place
        for extra in (ITSELF, *ask.need.extras):
            if (option.name, extra) not in done:
                done.add((option.name, extra))
                for need, where in self._installing.needs(option.file, extra, place):
                    if where & place:
                        yield _Ask(need, option, extra)

    def _rule_out(self, ask: _Ask[NeedT]) -> None:
        reasons = self._why_none(ask.need)
        if ask.by is None:
            self._end(reasons, is_unknown=False)
        else:
            needs = f"{ask.by.label} needs {self._installing.words(ask.need)}"
            ask.by.why_not[ask.extra] = (f"{needs}:", *(f"  {line}" for line in reasons))[:_MOST_WORDS]

    def _why_none(self, need: NeedT) -> tuple[str, ...]:
        """Say why no file meets a need."""
        words, options = self._installing.words(need), self._options.get(need.name, [])
        if need.name not in self._names:
            return (f"nothing in the channel is called {need.name}",)
        could = [option for option in options if self._installing.could_choose(need, option.file)]
        if not could:
            has = f", whose newest there is {options[0].file.version}" if options else ""
            return (f"no file that can be used here matches {words}{has}",)
        return (f"{words} can't be installed:", *(f"  {line}" for line in self._why_not(need, could[0])))

    def _learn(self, ask: _Ask[NeedT], asks: Sequence[_Ask[NeedT]], taken: _Option | None) -> None:
        """Remember a need that came too late; where it was known, or nothing meets all, end."""
        known = self._learned[ask.need.name]
        is_new = all((one.need, one.by) != (ask.need, ask.by) for one in known)
        if taken is not None and is_new and self._best(ask.need.name, asks) is not None:
            known.append(ask)
            return
        said = dict.fromkeys(
            f"  {one.by.label if one.by is not None else 'what was asked for'} needs {self._installing.words(one.need)}"
            for one in asks
        )
        lines = (f"no version of {ask.need.name} that is there meets all of:", *said)
        is_unknown = any(one.by is not None for one in asks)
        more = ("older versions of what needs it may go together; the walk does not try these",) if is_unknown else ()
        self._end((*lines, *more), is_unknown=is_unknown)

    def _finish(self, taken: Mapping[str, _Option], unread: Collection[str]) -> None:
        listed = [f"{name} is listed, and nobody has asked for its page yet" for name in sorted(unread)]
        silent = [one.label for one in taken.values() if not self._installing.is_known(one.file)]
        unknown = [
            f"it is not known what {label} needs: what its source lists does not tell" for label in sorted(silent)
        ]
        if listed or unknown:
            self._end((*listed, *unknown)[:_MOST_WORDS], is_unknown=True)
            return
        files = (
            WalkedFile(name=name, version=one.file.version, partition=one.partition, filename=one.file.filename)
            for name, one in sorted(taken.items())
        )
        self._ended = Walked(is_possible=True, files=tuple(files))

    def _end(self, reasons: tuple[str, ...], *, is_unknown: bool) -> None:
        self._ended = Walked(is_possible=False, reasons=reasons, is_unknown=is_unknown)
