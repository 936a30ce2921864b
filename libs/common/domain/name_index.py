"""Finding, for one package name, what patterns fit it, without trying them all.

A pattern is an exact name, a name with `*` for any characters, or a test of its own (a
regular expression of an ecosystem). Exact names cost one look-up however many there are;
others are filed under the text that they begin with, or else the one that they end with.
"""

from collections.abc import Callable
from functools import partial
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")


class NameTest(NamedTuple):
    """A test of names that all begin with `start`."""

    start: str
    test: Callable[[str], bool]


NamePattern = str | NameTest
"""A normalised name, one with `*`, or a test of normalised names."""

_Filed = tuple[Callable[[str], bool], Item]


class NameIndex(Generic[Item]):
    """Patterns and what is filed under them."""

    def __init__(self) -> None:
        self._exact: dict[str, list[Item]] = {}
        self._by_start: dict[int, dict[str, list[_Filed[Item]]]] = {}
        self._by_end: dict[int, dict[str, list[_Filed[Item]]]] = {}

    def add(self, pattern: NamePattern, item: Item) -> None:
        """File an item under a name, a glob or a test."""
        if isinstance(pattern, NameTest):
            self._file(self._by_start, pattern.start, pattern.test, item)
        elif "*" not in pattern:
            self._exact.setdefault(pattern, []).append(item)
        elif pattern.startswith("*") and not pattern.endswith("*"):
            self._file(self._by_end, pattern.rpartition("*")[2], partial(fits, pattern), item)
        else:
            self._file(self._by_start, pattern.partition("*")[0], partial(fits, pattern), item)

    def of(self, name: str) -> list[Item]:
        """Return what is filed under patterns that fit the name."""
        found = list(self._exact.get(name, ()))
        for length, starts in self._by_start.items():
            found += [item for test, item in starts.get(name[:length], ()) if test(name)]
        for length, ends in self._by_end.items():
            found += [item for test, item in ends.get(name[-length:], ()) if test(name)]
        return found

    @staticmethod
    def _file(
        under: dict[int, dict[str, list[_Filed[Item]]]], text: str, test: Callable[[str], bool], item: Item
    ) -> None:
        under.setdefault(len(text), {}).setdefault(text, []).append((test, item))


def fits(pattern: str, name: str) -> bool:
    """Match `*` in time that grows with the name alone, unlike a backtracking expression."""
    if "*" not in pattern:
        return pattern == name
    first, *middle, last = pattern.split("*")
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in middle:
        place = name.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return True
