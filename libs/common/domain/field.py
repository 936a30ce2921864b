"""A field of a rule's `where`, compiled.

A field is brought to a package name first. Mostly the name, or its partition, answers
already; only where it does not is there a test of each file.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any, NamedTuple

from libs.common.domain.evaluation import Seen
from libs.common.domain.file_view import Dialect, FileView
from libs.common.domain.name_index import NameIndex
from libs.common.domain.policy import Among


class Stance(Enum):
    """Whether a condition lets files in or keeps them out; it matters to texts of several licenses.

    Who lets in what is under MIT means that MIT alone is enough; who keeps out what is
    under the GPL means that there is no way around the GPL.
    """

    PERMIT = "permit"
    PROHIBIT = "prohibit"

    def turned(self) -> "Stance":
        """Return the other one."""
        return Stance.PROHIBIT if self is Stance.PERMIT else Stance.PERMIT


class Unreadable(Enum):
    """What becomes of a spec or range that an ecosystem can't read."""

    REFUSED = "refused"
    MATCHES_NOTHING = "matches nothing"


class ShardState:
    """What tests need of the other files of a shard.

    `builds` are those of the kept files that are not legacy; `newest` has the newest
    versions by how many were asked for.
    """

    __slots__ = ("builds", "newest", "seen")

    def __init__(self, seen: Seen | None) -> None:
        self.seen = seen
        self.builds: set[str] = set()
        self.newest: Mapping[int, frozenset[str]] = {}


Test = Callable[[Any, ShardState], bool]
"""Tells of a file, a `FileView` of the ecosystem, whether it matches."""


class Named(NamedTuple):
    """A pattern in the index of names: the rule and the field that has it.

    `test` is None where the name alone decides.
    """

    rule: int
    field: int
    text: str
    test: Callable[[Any], bool] | None


class Place(NamedTuple):
    """A package name in a partition, and what the index of names has for it, by field."""

    partition: str
    hits: Mapping[int, list[Named]]
    may_have_findings: bool


class Sight(NamedTuple):
    """One file, and where it stands."""

    file: FileView
    shard: ShardState
    place: Place


class Field(NamedTuple):
    """A field of a `where`, compiled; `words` says why it matches (True) or does not (False)."""

    at: Callable[[Place], bool | Test]
    words: Callable[[Sight, bool], str]


class Making(NamedTuple):
    """What the compiling of a field needs.

    `rule` is the place of its rule, `numbers` gives each field that looks at names its own,
    `path` is where the field stands in the rules. `unreadable` is for what is not in the
    ecosystem's words.
    """

    dialect: Dialect[Any]
    names: NameIndex[Named]
    numbers: Iterator[int]
    today: date | None
    rule: int
    stance: Stance
    path: str
    unreadable: Unreadable = Unreadable.REFUSED

    def below(self, step: str) -> "Making":
        """Return the same for what stands below, `step` further."""
        return self._replace(path=self.path + step)


def of_file(test: Test | None, words: Callable[[FileView, bool], str]) -> Field:
    """Make a field that is decided by each file; without a test the ecosystem has no such thing."""
    brought: bool | Test = False if test is None else test
    return Field(lambda _: brought, lambda sight, matched: words(sight.file, matched))


def of_file_alone(test: Callable[[Any], bool] | None) -> Test | None:
    """Make a test of one that looks at the file alone."""
    return None if test is None else lambda file, _: test(file)


def words_of(among: Among) -> tuple[tuple[str, ...], str]:
    """Return the words of a list, and under which key they stand."""
    return (among.in_, "in") if among.in_ is not None else (among.not_in or (), "not_in")
